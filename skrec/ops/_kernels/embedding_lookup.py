"""Compiled lookup: rows of a table into cells, and the gradient of a penalty on them.

Shape letters: B rows, F fields, W width, N table rows, n cells.
"""

import numpy as np

from skrec._parallel import parallel_for
from skrec.ops._kernels._compile import kernel, prefetch_to_read

__all__ = ["gather", "penalize"]

_AHEAD = 32  # cells between a prefetch and its use


def gather(n_threads, table, ids, vectors):
    """Copy a row of the table into each cell.

    Parameters
    ----------
    n_threads : int, at least 1
    table : ndarray of shape (N, W), float32 or float64
    ids : ndarray of shape (n,), int32 or int64
    vectors : ndarray of shape (n, W), the table's dtype
        Filled with the rows.

    Raises
    ------
    IndexError
        If a row is not in the table.
    """
    outside = np.zeros(1, np.bool_)
    parallel_for(_gather, len(ids), vectors.size, n_threads, table, ids, vectors, outside)
    if outside[0]:
        raise IndexError(f"Expected rows in [0, {len(table)}), got {ids.min()} to {ids.max()}")


def penalize(n_threads, gradient, vectors, ids, decay, l2_scale, penalized):
    """Add the gradient of a penalty on what was looked up.

    Parameters
    ----------
    n_threads : int, at least 1
    gradient, vectors : ndarray of shape (B, F, W), float32 or float64
    ids : ndarray of shape (B, F), int32 or int64
        The table row of each vector.
    decay, l2_scale : ndarray of shape (B,) and (N,), the dtype of the vectors
        Factors on a vector: that of its row in the batch, and of its row in the table; (0,) for 1.
    penalized : ndarray of shape (B, F, W)
        Filled with the gradient and factor times vector.
    """
    parallel_for(_penalize, len(vectors), vectors.size, n_threads, gradient, vectors, ids, decay, l2_scale, penalized)


@kernel
def _gather(first, last, table, ids, vectors, outside):
    width = table.shape[1]
    for i in range(first, last):
        ahead = np.int64(ids[min(i + _AHEAD, last - 1)])
        k = 0
        while k < width:
            prefetch_to_read(table, (ahead, k))
            k += 64 // table.itemsize
        prefetch_to_read(table, (ahead, width - 1))
        row = np.int64(ids[i])
        if row < 0 or row >= table.shape[0]:
            outside[0] = True
            continue
        for k in range(width):
            vectors[i, k] = table[row, k]


@kernel
def _penalize(first, last, gradient, vectors, ids, decay, l2_scale, penalized):
    for b in range(first, last):
        for f in range(vectors.shape[1]):
            factor = decay[b]
            if len(l2_scale):
                factor *= l2_scale[ids[b, f]]
            for k in range(vectors.shape[2]):
                penalized[b, f, k] = gradient[b, f, k] + factor * vectors[b, f, k]
