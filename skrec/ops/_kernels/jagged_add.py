"""Compiled sum of each step and its row's vector.

Shape letters: B rows, T steps of all rows together, W width. Row b has the steps from ``offsets[b]`` to
``offsets[b + 1]``, and belongs to one thread whole: no result depends on their number. What torch needs beside the
offsets, `rows` (T,), is not read.
"""

from skrec._parallel import parallel_for
from skrec.ops._kernels._compile import kernel

__all__ = ["add"]


def add(n_threads, x, offsets, rows, steps):
    """Add to each step (T, W), in place, its row's vector of (B, W)."""
    parallel_for(_add, len(x), steps.size, n_threads, x, offsets, steps)


@kernel
def _add(first, last, x, offsets, steps):
    for b in range(first, last):
        for t in range(offsets[b], offsets[b + 1]):
            for k in range(x.shape[1]):
                steps[t, k] += x[b, k]
