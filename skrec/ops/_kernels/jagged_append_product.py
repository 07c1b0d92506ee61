"""Compiled product of each step with its row's vector, both directions.

Shape letters: B rows, T steps of all rows together, W width. Row b has the steps from ``offsets[b]`` to
``offsets[b + 1]``, and belongs to one thread whole: no result depends on their number. What torch needs beside the
offsets, `rows` (T,), is not read.
"""

from skrec._parallel import parallel_for
from skrec.ops._kernels._compile import kernel

__all__ = ["backward", "forward"]


def forward(n_threads, steps, x, offsets, rows, appended):
    """Fill (T, 2 W) with each step of (T, W), and behind it its product with its row's vector of (B, W)."""
    parallel_for(_forward, len(x), steps.size, n_threads, steps, x, offsets, appended)


def backward(n_threads, gradient, steps, x, offsets, rows, grad_steps, grad_x):
    """Fill the gradients (T, W) and (B, W) of what `forward` read, given that of what it filled."""
    parallel_for(_backward, len(x), steps.size, n_threads, gradient, steps, x, offsets, grad_steps, grad_x)


@kernel
def _forward(first, last, steps, x, offsets, appended):
    width = x.shape[1]
    for b in range(first, last):
        for t in range(offsets[b], offsets[b + 1]):
            for k in range(width):
                appended[t, k] = steps[t, k]
                appended[t, width + k] = steps[t, k] * x[b, k]


@kernel
def _backward(first, last, gradient, steps, x, offsets, grad_steps, grad_x):
    width = x.shape[1]
    for b in range(first, last):
        grad_x[b] = 0
        for t in range(offsets[b], offsets[b + 1]):
            for k in range(width):
                of_product = gradient[t, width + k]
                grad_steps[t, k] = gradient[t, k] + of_product * x[b, k]
                grad_x[b, k] += of_product * steps[t, k]
