"""A row's vector added to each of its steps; shape letters as in `_jagged`."""

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from skrec.ops._dispatch import is_traced, with_kernel
from skrec.ops._jagged import JaggedLayout, sum_rows

__all__ = ["jagged_add"]


def jagged_add(steps: Tensor, x: Tensor, layout: JaggedLayout) -> Tensor:
    """Return each step plus its row's vector.

    Parameters
    ----------
    steps : Tensor of shape (T, W), floating
        May be overwritten.
    x : Tensor of shape (B, W), floating
    layout : JaggedLayout

    Returns
    -------
    Tensor of shape (T, W)
    """
    if is_traced():
        return reference(steps, x, layout)
    return _JaggedAdd.apply(steps, x, layout)


def reference(steps, x, layout):
    """Return what `jagged_add` does, and leave the steps as they are."""
    return steps + x[layout.rows]


class _JaggedAdd(torch.autograd.Function):
    @staticmethod
    def forward(ctx, steps, x, layout):
        ctx.layout = layout
        ctx.mark_dirty(steps)
        _add(x, *layout, steps)
        return steps

    @staticmethod
    @once_differentiable
    def backward(ctx, gradient):
        return gradient, sum_rows(gradient, *ctx.layout), None


@with_kernel()
def _add(x, offsets, rows, steps):
    """Add to each step (T, W), in place, its row's vector."""
    steps += x.index_select(0, rows)
