"""The softmax within each row; shape letters as in `_jagged`."""

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from skrec.ops._dispatch import is_traced
from skrec.ops._jagged import JaggedLayout, sum_rows

__all__ = ["jagged_softmax"]


def jagged_softmax(score: Tensor, layout: JaggedLayout) -> Tensor:
    """Return the softmax of the scores of each row's steps.

    Parameters
    ----------
    score : Tensor of shape (T,), floating
    layout : JaggedLayout

    Returns
    -------
    Tensor of shape (T,)
    """
    return _softmax(score, layout) if is_traced() else _JaggedSoftmax.apply(score, layout)


def reference(score, layout):
    """Return what `jagged_softmax` does, row by row."""
    return torch.cat([score[:0], *(row.softmax(0) for row in score.split(layout.lengths.tolist()))])


class _JaggedSoftmax(torch.autograd.Function):
    @staticmethod
    def forward(ctx, score, layout):
        weight = _softmax(score, layout)
        ctx.save_for_backward(weight)
        ctx.layout = layout
        return weight

    @staticmethod
    @once_differentiable
    def backward(ctx, gradient):
        (weight,) = ctx.saved_tensors
        weighted = weight * gradient
        return weighted - weight * sum_rows(weighted, *ctx.layout).index_select(0, ctx.layout.rows), None


def _softmax(score, layout):
    largest = score.new_full((layout.offsets.shape[0] - 1,), -torch.inf)
    largest.scatter_reduce_(0, layout.rows, score, "amax")
    weight = (score - largest.index_select(0, layout.rows)).exp_()
    weight /= sum_rows(weight, *layout).index_select(0, layout.rows)
    return weight
