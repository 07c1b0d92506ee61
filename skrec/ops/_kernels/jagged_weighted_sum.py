"""Compiled gradient of the weighted sum of each row's steps.

Shape letters: B rows, T steps of all rows together, W width. Row b has the steps from ``offsets[b]`` to
``offsets[b + 1]``, and belongs to one thread whole: no result depends on their number. What torch needs beside the
offsets, `rows` (T,), is not read.
"""

from skrec._parallel import parallel_for
from skrec.ops._kernels._compile import kernel

__all__ = ["backward"]


def backward(n_threads, gradient, steps, weight, offsets, rows, grad_steps, grad_weight):
    """Fill the gradients (T, W) and (T,) of steps and weights, given that of their sums (B, W)."""
    arguments = gradient, steps, weight, offsets, grad_steps, grad_weight
    parallel_for(_backward, len(gradient), steps.size, n_threads, *arguments)


@kernel
def _backward(first, last, gradient, steps, weight, offsets, grad_steps, grad_weight):
    for b in range(first, last):
        for t in range(offsets[b], offsets[b + 1]):
            grad_weight[t] = 0
            for k in range(steps.shape[1]):
                grad_weight[t] += gradient[b, k] * steps[t, k]
            for k in range(steps.shape[1]):
                grad_steps[t, k] = gradient[b, k] * weight[t]
