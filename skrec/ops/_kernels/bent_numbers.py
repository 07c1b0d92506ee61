"""Compiled vectors of numbers, both directions in one pass over them each.

Shape letters: B rows, M numeric columns, K bins, W width of a vector.
"""

import numpy as np

from skrec._parallel import parallel_for
from skrec.ops._kernels._compile import kernel, uncounted
from skrec.ops._kernels._eights import EIGHT, add, load, mul, spread, store

__all__ = ["backward", "bins", "forward"]

_ROWS_A_BLOCK = 1024  # whose gradients are one sum


def forward(n_threads, numeric, left, width, centre, weight, slope, limit, vectors):
    """Fill the vectors.

    Parameters
    ----------
    n_threads : int, at least 1
    numeric : ndarray of shape (B, M), float32 or float64
    left, width, centre : ndarray of shape (M, K)
    weight, slope : ndarray of shape (M, K, W) and (M, W)
    limit : float
    vectors : ndarray of shape (B, M, W)
        Filled.
    """
    bounds = _bounds(left, width)
    if not weight.shape[1]:  # of the bin that no column has
        weight, centre = np.zeros_like(weight, shape=(len(slope), 1, slope.shape[1])), np.zeros_like(bounds[1])
    at_left = np.zeros_like(weight)  # the vectors where bins begin, without the lines
    np.cumsum(weight[:, :-1], 1, out=at_left[:, 1:])
    at_left -= centre[:, None] @ weight
    further = *bounds, at_left, weight, slope, numeric.dtype.type(limit), vectors
    parallel_for(_forward, len(numeric), vectors.size, n_threads, numeric, *further)


def backward(n_threads, gradient, numeric, left, width, centre, limit, grad_weight, grad_slope):
    """Compute the gradients towards pieces and lines.

    Parameters
    ----------
    n_threads : int, at least 1
    gradient : ndarray of shape (B, M, W)
    numeric, left, width, centre, limit
        What `forward` read.
    grad_weight, grad_slope : ndarray of shape (M, K, W) and (M, W)
        Filled.
    """
    bounds, n_bins, n_blocks = _bounds(left, width), left.shape[1], -(-len(numeric) // _ROWS_A_BLOCK)
    of_bins = np.zeros((n_blocks, 2, *bounds[0].shape, grad_slope.shape[1]), gradient.dtype)
    of_slope = np.zeros((n_blocks, *grad_slope.shape), gradient.dtype)
    further = *bounds, numeric.dtype.type(limit), of_bins, of_slope
    parallel_for(_backward, n_blocks, gradient.size, n_threads, gradient, numeric, *further)
    rows, shares = of_bins.sum(0)  # of those in each bin
    from_here_on = rows[:, ::-1].cumsum(1)[:, ::-1]
    np.subtract(shares[:, :n_bins], centre[:, :, None] * from_here_on[:, :1], out=grad_weight)
    grad_weight[:, :-1] += from_here_on[:, 1:n_bins]
    of_slope.sum(0, out=grad_slope)


def bins(n_threads, numeric, left, width, bins, shares):
    """Find the bins of numbers.

    Parameters
    ----------
    n_threads : int, at least 1
    numeric, left, width
        As in `forward`.
    bins, shares : ndarray of shape (B, M), int32 and floating
        Filled.
    """
    parallel_for(_bins, len(numeric), numeric.size, n_threads, numeric, *_bounds(left, width), bins, shares)


def _bounds(left, width):
    """Return what `_place` reads: where bins begin, infinity for those that a column has not, and 1 / width (M, K).

    Without any there is one that no column has.
    """
    if not left.shape[1]:
        left, width = np.zeros_like(left, shape=(len(left), 1)), np.full_like(left, np.inf, shape=(len(left), 1))
    return np.where(np.isfinite(width), left, np.inf).astype(left.dtype), left, 1 / width


@uncounted
def _place(x, m, begins, left, steepness):
    """Return the bin of a column in which a number lies, and how much of it lies below.

    All bins are counted, many at a time: halving takes five times as long, each half waiting for the one before.
    """
    t = np.int32(-1)
    for k in range(begins.shape[1]):
        t += np.int32(begins[m, k] <= x)
    t = max(t, np.int32(0))
    share = (x - left[m, t]) * steepness[m, t]
    share = left.dtype.type(0) if share < 0 else share
    return t, left.dtype.type(1) if share > 1 else share


@uncounted
def _line(x, limit):
    x = limit if x > limit else x
    return -limit if x < -limit else x


@kernel
def _forward(first, last, numeric, begins, left, steepness, at_left, weight, slope, limit, vectors):
    _, n_columns, n_vector = vectors.shape
    n_blocks = n_vector - n_vector % EIGHT
    for b in range(first, last):
        for m in range(n_columns):
            t, share = _place(numeric[b, m], m, begins, left, steepness)
            x = _line(numeric[b, m], limit)
            for k in range(0, n_blocks, EIGHT):
                bent = add(mul(spread(share), load(weight, (m, t, k))), mul(spread(x), load(slope, (m, k))))
                store(vectors, (b, m, k), add(load(at_left, (m, t, k)), bent))
            for k in range(n_blocks, n_vector):
                vectors[b, m, k] = at_left[m, t, k] + share * weight[m, t, k] + x * slope[m, k]


@kernel
def _backward(first, last, gradient, numeric, begins, left, steepness, limit, of_bins, of_slope):
    n_rows, n_columns, n_vector = gradient.shape
    n_blocks = n_vector - n_vector % EIGHT
    for part in range(first, last):
        for b in range(part * _ROWS_A_BLOCK, min(n_rows, (part + 1) * _ROWS_A_BLOCK)):
            for m in range(n_columns):
                t, share = _place(numeric[b, m], m, begins, left, steepness)
                x = _line(numeric[b, m], limit)
                for k in range(0, n_blocks, EIGHT):
                    g = load(gradient, (b, m, k))
                    store(of_slope, (part, m, k), add(load(of_slope, (part, m, k)), mul(spread(x), g)))
                    rows, shares = (part, 0, m, t, k), (part, 1, m, t, k)
                    store(of_bins, rows, add(load(of_bins, rows), g))
                    store(of_bins, shares, add(load(of_bins, shares), mul(spread(share), g)))
                for k in range(n_blocks, n_vector):
                    g = gradient[b, m, k]
                    of_slope[part, m, k] += x * g
                    of_bins[part, 0, m, t, k] += g
                    of_bins[part, 1, m, t, k] += share * g


@kernel
def _bins(first, last, numeric, begins, left, steepness, bins, shares):
    for b in range(first, last):
        for m in range(numeric.shape[1]):
            bins[b, m], shares[b, m] = _place(numeric[b, m], m, begins, left, steepness)
