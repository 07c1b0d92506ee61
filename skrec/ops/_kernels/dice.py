"""Compiled units of `Dice`: the moments of a batch, values and gradients, a pass each.

Shape letters: n rows, W width. Where no vector registers are filled by W, eight rows are computed as one.
"""

import numpy as np

from skrec._parallel import parallel_for
from skrec.ops._kernels._compile import kernel
from skrec.ops._kernels._exp import exp

__all__ = ["backward", "forward"]

_N_SUMS = 64  # parts of the rows that are summed apart, whatever the threads

_ONE = np.float32(1)


def forward(n_threads, x, share, out, eps):
    """Compute the units of a batch.

    Parameters
    ----------
    n_threads : int, at least 1
    x : ndarray of shape (n, W), float32, contiguous
    share : ndarray of shape (W,), float32
    out : ndarray of shape (n, W), float32, contiguous
        Filled with the units.
    eps : float

    Returns
    -------
    mean, variance : ndarray of shape (W,), float64
    """
    as_one = _as_one(x)
    sums = np.zeros((_N_SUMS, 2, as_one * x.shape[1]))
    parallel_for(_add_moments, _N_SUMS, x.size, n_threads, x.reshape(-1), sums)
    mean, square = _total(sums, as_one) / len(x)
    variance = np.maximum(square - mean**2, 0)
    columns = _repeat([share, mean, 1 / np.sqrt(variance + eps)], as_one)
    parallel_for(_fill_units, -(-len(x) // as_one), x.size, n_threads, x.reshape(-1), columns, out.reshape(-1))
    return mean, variance


def backward(n_threads, gradient, x, share, grad_x, mean, variance, eps):
    """Fill `grad_x` (n, W) with the gradient of what `forward` read, and return that of the shares, (W,) float64."""
    as_one, arrays = _as_one(x), (gradient.reshape(-1), x.reshape(-1))
    columns, grad_x = [share, mean, 1 / np.sqrt(variance + eps)], grad_x.reshape(-1)
    sums = np.zeros((_N_SUMS, 3, as_one * x.shape[1]), np.float32)
    parallel_for(_add_gradients, _N_SUMS, x.size, n_threads, *arrays, _repeat(columns, as_one), grad_x, sums)
    grad_share, shift, slope = _total(sums, as_one)
    columns += [shift / len(x), slope / len(x)]
    parallel_for(_fill_gradients, -(-len(x) // as_one), x.size, n_threads, *arrays, _repeat(columns, as_one), grad_x)
    return grad_share


def _as_one(x):
    return 1 if x.shape[1] % 8 == 0 else 8


def _repeat(columns, as_one):
    return np.tile(columns, as_one).astype(np.float32)


def _total(sums, as_one):
    return sums.sum(0, np.float64).reshape(sums.shape[1], as_one, -1).sum(1)


@kernel
def _sigmoid(x):
    e = exp(-abs(x))
    return (e if x < 0 else _ONE) / (_ONE + e)


@kernel
def _add_moments(first, last, x, sums):
    width = sums.shape[2]
    n_rows = -(-x.size // width)
    for part in range(first, last):
        of_values, of_squares = sums[part, 0], sums[part, 1]
        for i in range(n_rows * part // _N_SUMS, n_rows * (part + 1) // _N_SUMS):
            values = x[i * width : (i + 1) * width]  # the last ones may be fewer
            for j in range(values.size):
                value = np.float64(values[j])
                of_values[j] += value
                of_squares[j] += value * value


@kernel
def _fill_units(first, last, x, columns, out):
    share, mean, inverse = columns[0], columns[1], columns[2]
    width = share.size
    for i in range(first, last):
        values, units = x[i * width : (i + 1) * width], out[i * width : (i + 1) * width]
        for j in range(values.size):
            p = _sigmoid((values[j] - mean[j]) * inverse[j])
            units[j] = values[j] * (share[j] + (_ONE - share[j]) * p)


@kernel
def _add_gradients(first, last, gradient, x, columns, p, sums):
    """Add up what all rows' gradients need, and fill `p`, which is computed again: kept, it would double the memory."""
    mean, inverse = columns[1], columns[2]
    width = mean.size
    n_rows = -(-x.size // width)
    for part in range(first, last):
        of_share, shift, slope = sums[part, 0], sums[part, 1], sums[part, 2]
        for i in range(n_rows * part // _N_SUMS, n_rows * (part + 1) // _N_SUMS):
            here = slice(i * width, (i + 1) * width)
            g, values, gates = gradient[here], x[here], p[here]
            for j in range(values.size):  # two loops: with four arrays to write, one is not vectorised
                gates[j] = _sigmoid((values[j] - mean[j]) * inverse[j])
            for j in range(values.size):
                closed = g[j] * values[j] * (_ONE - gates[j])
                of_share[j] += closed
                shift[j] += closed * gates[j]
                slope[j] += closed * gates[j] * ((values[j] - mean[j]) * inverse[j])


@kernel
def _fill_gradients(first, last, gradient, x, columns, of_x):
    """Fill `of_x`, which holds the p of `_add_gradients`."""
    share, mean, inverse, shift, slope = columns[0], columns[1], columns[2], columns[3], columns[4]
    width = share.size
    for i in range(first, last):
        here = slice(i * width, (i + 1) * width)
        g, values, filled = gradient[here], x[here], of_x[here]
        for j in range(values.size):
            gate, rest = filled[j], _ONE - share[j]
            scaled = (values[j] - mean[j]) * inverse[j]
            through = g[j] * values[j] * gate * (_ONE - gate) - shift[j] - scaled * slope[j]
            filled[j] = g[j] * (share[j] + rest * gate) + rest * inverse[j] * through
