"""Compiled pairs of fields through a matrix, both directions, rows innermost and sixteen at a time.

Shape letters: F fields, P pairs, D width of a vector, S stretches of sixteen rows, n sixteen.
"""

import numpy as np

from skrec._parallel import parallel_for
from skrec.ops._dispatch import LANES
from skrec.ops._kernels._compile import kernel, prefetch
from skrec.ops._kernels._lanes import fma, load, mul, scratch, spread, store, total

__all__ = ["backward", "forward"]

GROUP = 16  # stretches whose gradient towards the matrices is summed as one


def forward(n_threads, vectors, matrices, pairs):
    """Compute the pairs of all fields i < j.

    Parameters
    ----------
    n_threads : int, at least 1
    vectors : ndarray of shape (F * D, S * n), float32
    matrices : ndarray of shape (P, D, D), float32
        W_ij, transposed.
    pairs : ndarray of shape (P * D, S * n), float32, or int16 for the bits of bfloat16
        Filled with v_i W_ij * v_j.
    """
    vectors, pairs = map(_stretches, (vectors, pairs))
    parallel_for(_forward, vectors.shape[1], pairs.size, n_threads, vectors, matrices, pairs)


def backward(n_threads, vectors, matrices, pairs, grad_vectors):
    """Compute the gradients, and the pairs once more.

    Parameters
    ----------
    n_threads, vectors, matrices
        As in `forward`.
    pairs : ndarray of shape (P * D, S * n), float32, or int16 for the bits of bfloat16
        Their gradient; filled with the pairs.
    grad_vectors : ndarray of shape (F * D, S * n), float32
        What the gradient towards the vectors is added to.

    Returns
    -------
    grad_matrices : ndarray of shape (n_groups, P, D, D), float32
        The gradient towards the matrices, that of each group of rows: their sum must not depend on threads.
    """
    vectors, pairs, grad_vectors = map(_stretches, (vectors, pairs, grad_vectors))
    grad_matrices = np.empty((-(-vectors.shape[1] // GROUP), *matrices.shape), np.float32)
    further = vectors, matrices, pairs, grad_vectors, grad_matrices
    parallel_for(_backward, len(grad_matrices), pairs.size, n_threads, *further)
    return (grad_matrices,)


def _stretches(array):
    return array.reshape(len(array), -1, LANES)


@kernel
def _forward(first, last, vectors, matrices, pairs):
    width, p = matrices.shape[1], 0
    for i in range(0, len(vectors), width):
        for j in range(i + width, len(vectors), width):
            for s in range(first, last):
                for d in range(width):
                    prefetch(pairs, ((p + 1) * width + d, s, 0))
                    pair = mul(_left(vectors, matrices, i, p, d, s), load(vectors, (j + d, s)))
                    store(pairs, (p * width + d, s), pair)
            p += 1


@kernel
def _backward(first, last, vectors, matrices, pairs, grad_vectors, grad_matrices):
    width = matrices.shape[1]
    grad_left = scratch(width, GROUP)
    for group in range(first, last):
        stretches, p = (group * GROUP, min((group + 1) * GROUP, vectors.shape[1])), 0
        for i in range(0, len(vectors), width):
            for j in range(i + width, len(vectors), width):
                _pair_backward(stretches, p, i, j, vectors, matrices, pairs, grad_vectors, grad_left)
                for d in range(width):
                    for e in range(width):
                        value = spread(np.float32(0))
                        for s in range(stretches[1] - stretches[0]):
                            value = fma(load(vectors, (i + e, stretches[0] + s)), load(grad_left, (d, s)), value)
                        grad_matrices[group, p, d, e] = total(value)
                p += 1


@kernel
def _left(vectors, matrices, i, p, d, s):
    """Column d of v_i W_ij, where v_i begins in row i."""
    value = spread(np.float32(0))
    for e in range(matrices.shape[1]):
        value = fma(spread(matrices[p, d, e]), load(vectors, (i + e, s)), value)
    return value


@kernel
def _pair_backward(stretches, p, i, j, vectors, matrices, pairs, grad_vectors, grad_left):
    """Add what a pair passes back to its vectors, and leave what it passes to v_i W_ij in `grad_left`."""
    width = matrices.shape[1]
    for s in range(*stretches):
        here = s - stretches[0]
        for d in range(width):
            left, tail = _left(vectors, matrices, i, p, d, s), load(vectors, (j + d, s))
            prefetch(pairs, ((p + 1) * width + d, s, 0))
            grad = load(pairs, (p * width + d, s))
            store(pairs, (p * width + d, s), mul(left, tail))
            store(grad_vectors, (j + d, s), fma(left, grad, load(grad_vectors, (j + d, s))))
            store(grad_left, (d, here), mul(grad, tail))
        for e in range(width):
            value = load(grad_vectors, (i + e, s))
            for d in range(width):
                value = fma(spread(matrices[p, d, e]), load(grad_left, (d, here)), value)
            store(grad_vectors, (i + e, s), value)
