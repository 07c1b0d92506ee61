"""Compiled bi-interaction, both directions in one pass over the vectors each.

Shape letters: B rows, F looked-up and M numeric fields, W columns of a field, of which the first D are its vector.
"""

import numpy as np

from skrec._parallel import parallel_for
from skrec.ops._kernels._compile import kernel

__all__ = ["backward", "forward"]


def forward(n_threads, vectors, numeric, factors, total, pairs, fields):
    """Add up the fields, and half of what the square of the sum has more than the squares.

    Parameters
    ----------
    n_threads : int, at least 1
    vectors : ndarray of shape (B, F, W), float32 or float64
    numeric, factors : ndarray of shape (B, M) and (M, W)
        Values of further fields, and their vectors.
    total, pairs : ndarray of shape (B, W) and (B, D)
        Filled with the sums and, of the first columns, with those over pairs.
    fields : ndarray of shape (B, F * D + M) or (B, 0)
        Filled with the first columns of all fields side by side and the numbers behind them, if there is room.
    """
    parallel_for(_forward, len(vectors), vectors.size, n_threads, vectors, numeric, factors, total, pairs, fields)


def backward(n_threads, vectors, total, grad_pairs, grad_linear, grad_fields, common, grad_vectors):
    """Compute the gradient towards the vectors.

    Parameters
    ----------
    n_threads : int, at least 1
    vectors, total : ndarray of shape (B, F, W) and (B, W)
        What `forward` read and filled.
    grad_pairs, grad_linear, grad_fields : ndarray of shape (B, D), (B, W - D) and that of `fields`
    common, grad_vectors : ndarray of shape (B, W) and (B, F, W)
        Filled with what all fields of a row have in common, and with that less each field's own share.
    """
    further = total, grad_pairs, grad_linear, grad_fields, common, grad_vectors
    parallel_for(_backward, len(vectors), vectors.size, n_threads, vectors, *further)


@kernel
def _forward(first, last, vectors, numeric, factors, total, pairs, fields):
    n_fields, width, n_vector = vectors.shape[1], vectors.shape[2], pairs.shape[1]
    join = fields.shape[1] > 0
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
                for k in range(n_vector):
                    fields[b, f * n_vector + k] = vectors[b, f, k]
        for m in range(len(factors)):
            for k in range(width):
                x = numeric[b, m] * factors[m, k]
                total[b, k] += x
                squares[k] += x * x
            if join:
                fields[b, n_fields * n_vector + m] = numeric[b, m]
        for k in range(n_vector):
            pairs[b, k] = (total[b, k] * total[b, k] - squares[k]) / 2


@kernel
def _backward(first, last, vectors, total, grad_pairs, grad_linear, grad_fields, common, grad_vectors):
    n_vector, width = grad_pairs.shape[1], vectors.shape[2]
    join = grad_fields.shape[1] > 0
    own = np.zeros(width, vectors.dtype)  # zero in the linear columns
    for b in range(first, last):
        for k in range(n_vector):
            own[k] = grad_pairs[b, k]
            common[b, k] = total[b, k] * own[k]
        for k in range(n_vector, width):
            common[b, k] = grad_linear[b, k - n_vector]
        for f in range(vectors.shape[1]):
            for k in range(width):
                grad_vectors[b, f, k] = common[b, k] - own[k] * vectors[b, f, k]
            if join:
                for k in range(n_vector):
                    grad_vectors[b, f, k] += grad_fields[b, f * n_vector + k]
