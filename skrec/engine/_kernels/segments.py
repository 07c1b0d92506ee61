"""Compiled passes over the steps of rows that lie one behind the other.

Shape letters: B rows, T steps of all rows together, W width. Row b has the steps from ``offsets[b]`` to
``offsets[b + 1]``, and belongs to one thread whole: no result depends on their number.
"""

from skrec._parts import in_parts
from skrec.engine._kernels._compile import kernel

__all__ = ["add", "match", "match_backward", "weighted_sum_backward"]


def add(n_threads, x, offsets, steps):
    """Add to each step (T, W), in place, its row's vector of (B, W)."""
    in_parts(_add, len(x), steps.size, n_threads, x, offsets, steps)


def match(n_threads, steps, x, offsets, matched):
    """Fill (T, 2 W) with each step of (T, W), and behind it its product with its row's vector of (B, W)."""
    in_parts(_match, len(x), steps.size, n_threads, steps, x, offsets, matched)


def match_backward(n_threads, gradient, steps, x, offsets, of_steps, of_x):
    """Fill the gradients (T, W) and (B, W) of what `match` read, given that of what it wrote."""
    in_parts(_match_backward, len(x), steps.size, n_threads, gradient, steps, x, offsets, of_steps, of_x)


def weighted_sum_backward(n_threads, gradient, steps, weight, offsets, of_steps, of_weight):
    """Fill the gradients (T, W) and (T,) of steps and weights, given that of their sums (B, W)."""
    arguments = gradient, steps, weight, offsets, of_steps, of_weight
    in_parts(_weighted_sum_backward, len(gradient), steps.size, n_threads, *arguments)


@kernel
def _add(first, last, x, offsets, steps):
    for b in range(first, last):
        for t in range(offsets[b], offsets[b + 1]):
            for k in range(x.shape[1]):
                steps[t, k] += x[b, k]


@kernel
def _match(first, last, steps, x, offsets, matched):
    width = x.shape[1]
    for b in range(first, last):
        for t in range(offsets[b], offsets[b + 1]):
            for k in range(width):
                matched[t, k] = steps[t, k]
                matched[t, width + k] = steps[t, k] * x[b, k]


@kernel
def _match_backward(first, last, gradient, steps, x, offsets, of_steps, of_x):
    width = x.shape[1]
    for b in range(first, last):
        of_x[b] = 0
        for t in range(offsets[b], offsets[b + 1]):
            for k in range(width):
                of_product = gradient[t, width + k]
                of_steps[t, k] = gradient[t, k] + of_product * x[b, k]
                of_x[b, k] += of_product * steps[t, k]


@kernel
def _weighted_sum_backward(first, last, gradient, steps, weight, offsets, of_steps, of_weight):
    for b in range(first, last):
        for t in range(offsets[b], offsets[b + 1]):
            of_weight[t] = 0
            for k in range(steps.shape[1]):
                of_weight[t] += gradient[b, k] * steps[t, k]
            for k in range(steps.shape[1]):
                of_steps[t, k] = gradient[b, k] * weight[t]
