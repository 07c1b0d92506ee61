"""Compiled passes over the looked-up vectors of a batch.

Shape letters: B rows, F fields, W width, N table rows, n cells, M numbers,
D columns that meet in pairs; the rest are linear.
"""

import numpy as np

from skrec._parts import in_parts
from skrec.engine._kernels._compile import kernel, prefetch_to_read

__all__ = ["factorize", "factorize_backward", "gather", "penalize"]

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
    in_parts(_gather, len(ids), vectors.size, n_threads, table, ids, vectors, outside)
    if outside[0]:
        raise IndexError(f"Expected rows in [0, {len(table)}), got {ids.min()} to {ids.max()}")


def factorize(n_threads, vectors, numeric, factors, total, pairs, joined):
    """Add up the fields, and half of what the square of the sum has more than the squares.

    Parameters
    ----------
    n_threads : int, at least 1
    vectors : ndarray of shape (B, F, W), float32 or float64
    numeric, factors : ndarray of shape (B, M) and (M, W)
        Values of further fields, and their vectors.
    total, pairs : ndarray of shape (B, W) and (B, D)
        Filled with the sums and, of the first columns, with those over pairs.
    joined : ndarray of shape (B, F * D + M) or (B, 0)
        Filled with the first columns of all fields side by side and the numbers behind them, if there is room.
    """
    in_parts(_factorize, len(vectors), vectors.size, n_threads, vectors, numeric, factors, total, pairs, joined)


def factorize_backward(n_threads, vectors, total, grad_pairs, grad_linear, grad_joined, common, gradient):
    """Compute the gradient towards the fields.

    Parameters
    ----------
    n_threads : int, at least 1
    vectors, total : ndarray of shape (B, F, W) and (B, W)
        What `factorize` read and filled.
    grad_pairs, grad_linear, grad_joined : ndarray of shape (B, D), (B, W - D) and that of `joined`
    common, gradient : ndarray of shape (B, W) and (B, F, W)
        Filled with what all fields of a row have in common, and with that less each field's own share.
    """
    further = total, grad_pairs, grad_linear, grad_joined, common, gradient
    in_parts(_factorize_backward, len(vectors), vectors.size, n_threads, vectors, *further)


def penalize(n_threads, gradient, vectors, ids, decay, rarity, penalized):
    """Add the gradient of a penalty on what was looked up.

    Parameters
    ----------
    n_threads : int, at least 1
    gradient, vectors : ndarray of shape (B, F, W), float32 or float64
    ids : ndarray of shape (B, F), int32 or int64
        The table row of each vector.
    decay, rarity : ndarray of shape (B,) and (N,), the dtype of the vectors
        Factors on a vector: that of its row in the batch, and of its row in the table; (0,) for 1.
    penalized : ndarray of shape (B, F, W)
        Filled with the gradient and factor times vector.
    """
    in_parts(_penalize, len(vectors), vectors.size, n_threads, gradient, vectors, ids, decay, rarity, penalized)


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
def _factorize(first, last, vectors, numeric, factors, total, pairs, joined):
    n_fields, width, n_pairs = vectors.shape[1], vectors.shape[2], pairs.shape[1]
    join = joined.shape[1] > 0
    squares = np.empty(width, vectors.dtype)
    for b in range(first, last):
        for k in range(width):
            total[b, k] = squares[k] = 0
        for f in range(n_fields):
            for k in range(width):
                x = vectors[b, f, k]
                total[b, k] += x
                squares[k] += x * x
            if join:
                for k in range(n_pairs):
                    joined[b, f * n_pairs + k] = vectors[b, f, k]
        for m in range(len(factors)):
            for k in range(width):
                x = numeric[b, m] * factors[m, k]
                total[b, k] += x
                squares[k] += x * x
            if join:
                joined[b, n_fields * n_pairs + m] = numeric[b, m]
        for k in range(n_pairs):
            pairs[b, k] = (total[b, k] * total[b, k] - squares[k]) / 2


@kernel
def _factorize_backward(first, last, vectors, total, grad_pairs, grad_linear, grad_joined, common, gradient):
    n_pairs, width = grad_pairs.shape[1], vectors.shape[2]
    join = grad_joined.shape[1] > 0
    own = np.zeros(width, vectors.dtype)  # zero in the linear columns
    for b in range(first, last):
        for k in range(n_pairs):
            own[k] = grad_pairs[b, k]
            common[b, k] = total[b, k] * own[k]
        for k in range(n_pairs, width):
            common[b, k] = grad_linear[b, k - n_pairs]
        for f in range(vectors.shape[1]):
            for k in range(width):
                gradient[b, f, k] = common[b, k] - own[k] * vectors[b, f, k]
            if join:
                for k in range(n_pairs):
                    gradient[b, f, k] += grad_joined[b, f * n_pairs + k]


@kernel
def _penalize(first, last, gradient, vectors, ids, decay, rarity, penalized):
    for b in range(first, last):
        for f in range(vectors.shape[1]):
            factor = decay[b]
            if len(rarity):
                factor *= rarity[ids[b, f]]
            for k in range(vectors.shape[2]):
                penalized[b, f, k] = gradient[b, f, k] + factor * vectors[b, f, k]
