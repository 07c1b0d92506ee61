"""Numbers whose vectors bend, within compiled steps.

A vector is x a + s (A_1 + ... + A_(t-1) + e A_t) - c_1 A_1 - ... - c_K A_K, where x lies in bin t, s is the scale of
pieces, e is the share of the bin below x, and c is what s e is in the mean. The sums of whole bins are the same for all
rows of a part of a batch, and so the gradient towards a bin's is summed up first for the rows that lie in each bin.

Shape letters: M numeric columns, K bins, W width of a vector with its linear weight. Dense parameters lie as
A (M, K, W), a (M, W), one behind the other. Shares are scaled, s e.
"""

import numpy as np

from skrec.ops._kernels._compile import uncounted
from skrec.ops._kernels._eights import EIGHT, add, load, mul, spread, store

__all__ = ["begin_numbers", "end_numbers", "number_vectors", "send_back_numbers"]


@uncounted
def begin_numbers(bent, dense, of_bins):
    """Fill `of_bins[0]` (M, K, W) with the vectors at the left edges of bins, and what gradients go to with zero."""
    n_columns, n_bins, width = bent.n_columns, bent.n_bins, bent.width
    for m in range(n_columns):
        for k in range(width):
            of_bins[0, m, 0, k] = 0
        for t in range(n_bins):
            piece, centre = (m * n_bins + t) * width, bent.centre[m, t]
            for k in range(width):
                of_bins[0, m, 0, k] -= centre * dense[piece + k]
                of_bins[1, m, t, k] = 0
                of_bins[2, m, t, k] = 0
        for t in range(1, n_bins):
            before = (m * n_bins + t - 1) * width
            for k in range(width):
                of_bins[0, m, t, k] = of_bins[0, m, t - 1, k] + bent.scale * dense[before + k]


@uncounted
def number_vectors(b, bent, dense, of_bins, vectors):
    """Fill `vectors` (M W,) with those of a row, and return the sum of their linear weights."""
    n_columns, n_bins, width = bent.n_columns, bent.n_bins, bent.width
    n_blocks, linear = width - width % EIGHT, dense.dtype.type(0)
    for m in range(n_columns):
        t, share, x = np.int64(bent.bins[b, m]), bent.shares[b, m], bent.lines[b, m]
        piece, slope, at = (m * n_bins + t) * width, (n_columns * n_bins + m) * width, m * width
        for k in range(0, n_blocks, EIGHT):
            bent_by = add(mul(spread(share), load(dense, (piece + k,))), mul(spread(x), load(dense, (slope + k,))))
            store(vectors, (at + k,), add(load(of_bins, (0, m, t, k)), bent_by))
        for k in range(n_blocks, width):
            vectors[at + k] = of_bins[0, m, t, k] + share * dense[piece + k] + x * dense[slope + k]
        linear += vectors[at + width - 1]
    return linear


@uncounted
def send_back_numbers(b, decay, bent, vectors, gradient, of_bins, of_dense):
    """Add a row's gradient towards its vectors (M W,), and their penalty, to what they are made of."""
    n_columns, n_bins, width = bent.n_columns, bent.n_bins, bent.width
    n_blocks = width - width % EIGHT
    for m in range(n_columns):
        t, share, x = np.int64(bent.bins[b, m]), bent.shares[b, m], bent.lines[b, m]
        slope, at = (n_columns * n_bins + m) * width, m * width
        for k in range(0, n_blocks, EIGHT):
            towards = add(load(gradient, (at + k,)), mul(spread(decay), load(vectors, (at + k,))))
            store(of_bins, (1, m, t, k), add(load(of_bins, (1, m, t, k)), towards))
            store(of_bins, (2, m, t, k), add(load(of_bins, (2, m, t, k)), mul(spread(share), towards)))
            store(of_dense, (slope + k,), add(load(of_dense, (slope + k,)), mul(spread(x), towards)))
        for k in range(n_blocks, width):
            g = gradient[at + k] + decay * vectors[at + k]
            of_bins[1, m, t, k] += g
            of_bins[2, m, t, k] += share * g
            of_dense[slope + k] += x * g


@uncounted
def end_numbers(bent, of_bins, of_dense):
    """Add the gradients of the rows in each bin to the bins below and to their own, and take what all have."""
    n_columns, n_bins, width = bent.n_columns, bent.n_bins, bent.width
    for m in range(n_columns):
        for t in range(n_bins - 1, 0, -1):  # of_bins[1, m, t] is then of this bin and those above
            for k in range(width):
                of_bins[1, m, t - 1, k] += of_bins[1, m, t, k]
        for t in range(n_bins):
            piece, centre = (m * n_bins + t) * width, bent.centre[m, t]
            for k in range(width):
                above = of_bins[1, m, t + 1, k] if t + 1 < n_bins else of_bins.dtype.type(0)
                of_dense[piece + k] = bent.scale * above + of_bins[2, m, t, k] - centre * of_bins[1, m, 0, k]
