"""Rows of different lengths, one behind the other: sums, means and softmax of each, without padding.

Shape letters: B rows, T steps of all rows together, W width. Row b has the steps from ``offsets[b]`` to
``offsets[b + 1]``; it may have none. The gradients are closed, for torch's own add up step by step: a row's steps lie
side by side, and summing them is the bag of an embedding.
"""

from typing import NamedTuple

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable
from torch.nn import functional

from skrec.engine import as_arrays, empty, suits_kernel


class Segments(NamedTuple):
    """Where each row's steps are, and whose each step is."""

    offsets: Tensor  # (B + 1,) int64
    rows: Tensor  # (T,) int64

    @classmethod
    def of(cls, offsets, n_steps):
        """Return the segments that `offsets` (B + 1,) cut `n_steps` steps into."""
        return cls(offsets, torch.repeat_interleave(offsets.diff(), output_size=n_steps))

    @property
    def lengths(self):
        """Steps of each row, (B,)."""
        return self.offsets.diff()


def add(steps: Tensor, x: Tensor, segments: Segments) -> Tensor:
    """Return each step plus its row's vector, (T, W), of (T, W), which may be overwritten, and (B, W)."""
    return _Add.apply(steps, x, segments)


def match(steps: Tensor, x: Tensor, segments: Segments) -> Tensor:
    """Return each step, and behind it its product with its row's vector, (T, 2 W), of (T, W) and (B, W)."""
    return _Match.apply(steps, x, segments)


def weighted_sum(steps: Tensor, weight: Tensor, segments: Segments) -> Tensor:
    """Return the weighted sum of each row's steps, (B, W), of (T, W) and (T,); zero without steps."""
    with torch.autocast(steps.device.type, enabled=False):  # sums, which bfloat16 would not hold
        return _WeightedSum.apply(steps, weight, segments)


def softmax(score: Tensor, segments: Segments) -> Tensor:
    """Return the softmax of `score` (T,) within each row, (T,)."""
    return _Softmax.apply(score, segments)


def _sum(steps, segments, weight=None):
    """Sums (B, W) of `steps` (T, W), or (B,) of (T,)."""
    n_rows = len(segments.offsets) - 1
    if steps.ndim == 1:
        return steps.new_zeros(n_rows).index_add_(0, segments.rows, steps)
    if not len(steps):
        return steps.new_zeros(n_rows, steps.shape[1])
    order = torch.arange(len(steps), device=steps.device)
    return torch.embedding_bag(
        steps, order, segments.offsets, mode=0, include_last_offset=True, per_sample_weights=weight
    )[0]


def _expand(x, segments):
    """`x` (B, W) or (B,) at each step; of matrices twice as fast as index_select."""
    return functional.embedding(segments.rows, x) if x.ndim > 1 else x.index_select(0, segments.rows)


def _run(kernel, *tensors):
    """Run a kernel on tensors, the last of which it fills."""
    from skrec.engine._kernels import segments as kernels

    getattr(kernels, kernel)(torch.get_num_threads(), *as_arrays(*tensors))


class _Add(torch.autograd.Function):
    @staticmethod
    def forward(ctx, steps, x, segments):
        ctx.segments = segments
        ctx.mark_dirty(steps)
        if suits_kernel(steps, x):
            _run("add", x, segments.offsets, steps)
        else:
            steps += _expand(x, segments)
        return steps

    @staticmethod
    @once_differentiable
    def backward(ctx, gradient):
        return gradient, _sum(gradient, ctx.segments), None


class _Match(torch.autograd.Function):
    @staticmethod
    def forward(ctx, steps, x, segments):
        ctx.save_for_backward(steps, x)
        ctx.segments = segments
        width = steps.shape[1]
        matched = empty((len(steps), 2 * width), steps)
        if suits_kernel(steps, x):
            _run("match", steps, x, segments.offsets, matched)
        else:
            matched[:, :width] = steps
            torch.mul(steps, _expand(x, segments), out=matched[:, width:])
        return matched

    @staticmethod
    @once_differentiable
    def backward(ctx, gradient):
        (steps, x), segments = ctx.saved_tensors, ctx.segments
        if suits_kernel(gradient, steps, x):
            of_steps, of_x = empty(steps.shape, steps), torch.empty_like(x)
            _run("match_backward", gradient, steps, x, segments.offsets, of_steps, of_x)
            return of_steps, of_x, None
        own, product = gradient.chunk(2, 1)  # (T, W) each
        return torch.addcmul(own, product, _expand(x, segments)), _sum(product * steps, segments), None


class _WeightedSum(torch.autograd.Function):
    @staticmethod
    def forward(ctx, steps, weight, segments):
        ctx.save_for_backward(steps, weight)
        ctx.segments = segments
        return _sum(steps, segments, weight)

    @staticmethod
    @once_differentiable
    def backward(ctx, gradient):
        steps, weight = ctx.saved_tensors
        if suits_kernel(gradient, steps, weight):
            of_steps, of_weight = empty(steps.shape, steps), torch.empty_like(weight)
            _run("weighted_sum_backward", gradient, steps, weight, ctx.segments.offsets, of_steps, of_weight)
            return of_steps, of_weight, None
        towards = _expand(gradient, ctx.segments)  # (T, W)
        grad_weight = torch.linalg.vecdot(towards, steps)
        return towards.mul_(weight[:, None]), grad_weight, None


class _Softmax(torch.autograd.Function):
    @staticmethod
    def forward(ctx, score, segments):
        largest = score.new_full((len(segments.offsets) - 1,), -torch.inf)
        largest.scatter_reduce_(0, segments.rows, score, "amax")
        weight = (score - _expand(largest, segments)).exp_()
        weight /= _expand(_sum(weight, segments), segments)
        ctx.save_for_backward(weight)
        ctx.segments = segments
        return weight

    @staticmethod
    @once_differentiable
    def backward(ctx, gradient):
        (weight,) = ctx.saved_tensors
        weighted = weight * gradient
        return weighted - weight * _expand(_sum(weighted, ctx.segments), ctx.segments), None
