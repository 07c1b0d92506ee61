"""The weighted sum of each row's steps; shape letters as in `_jagged`."""

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from skrec.ops._dispatch import is_traced, with_kernel
from skrec.ops._empty import empty
from skrec.ops._jagged import JaggedLayout, sum_rows
from skrec.ops._precision import full_precision

__all__ = ["jagged_weighted_sum"]


def jagged_weighted_sum(steps: Tensor, weight: Tensor, layout: JaggedLayout) -> Tensor:
    """Return the weighted sum of each row's steps, zero without steps.

    Parameters
    ----------
    steps : Tensor of shape (T, W), floating
    weight : Tensor of shape (T,), floating
    layout : JaggedLayout

    Returns
    -------
    Tensor of shape (B, W)
    """
    if is_traced():
        return reference(steps, weight, layout)
    with full_precision(steps):  # sums, which bfloat16 would not hold
        return _JaggedWeightedSum.apply(steps, weight, layout)


def reference(steps, weight, layout):
    """Return what `jagged_weighted_sum` does."""
    zeros = steps.new_zeros(layout.offsets.shape[0] - 1, steps.shape[1])
    return zeros.index_add(0, layout.rows, weight[:, None] * steps)


class _JaggedWeightedSum(torch.autograd.Function):
    @staticmethod
    def forward(ctx, steps, weight, layout):
        ctx.save_for_backward(steps, weight)
        ctx.layout = layout
        return sum_rows(steps, layout.offsets, layout.rows, weight)

    @staticmethod
    @once_differentiable
    def backward(ctx, gradient):
        steps, weight = ctx.saved_tensors
        grad_steps, grad_weight = empty(steps.shape, steps), torch.empty_like(weight)
        _backward(gradient, steps, weight, *ctx.layout, grad_steps, grad_weight)
        return grad_steps, grad_weight, None


@with_kernel()
def _backward(gradient, steps, weight, offsets, rows, grad_steps, grad_weight):
    """Fill the gradients of steps (T, W) and weights (T,), given that of the sums (B, W)."""
    torch.index_select(gradient, 0, rows, out=grad_steps)
    torch.linalg.vecdot(grad_steps, steps, out=grad_weight)
    grad_steps *= weight[:, None]
