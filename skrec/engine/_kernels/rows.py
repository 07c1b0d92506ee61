"""Compiled sums of the gradients of the touched rows of a table, and updates of these rows.

Shape letters: n ids of a batch, N table rows, W width.
"""

from math import sqrt

import numpy as np

from skrec._parallel import together
from skrec.ops._kernels._compile import kernel, prefetch

__all__ = ["ADAGRAD", "ADAM", "SGD", "sum_rows", "update_rows"]

ADAM, ADAGRAD, SGD = 0, 1, 2
_AHEAD = 10  # rows between a prefetch and its use: 4.5 ms to 1.9 ms a batch on one thread
_IDS_A_THREAD = 8192  # below it, waking another costs more than it does


def update_rows(n_threads, rule, ids, gradient, table, moments, constants, slots):
    """Move the rows of a table that a batch names, and their moments, in place.

    The result has the same bits for any number of threads: a row belongs to one partition, and its
    duplicates are summed in the order of the batch.

    Parameters
    ----------
    n_threads : int, at least 1
        Upper bound on the threads of this call.
    rule : {ADAM, ADAGRAD, SGD}
        Which update.
    ids : ndarray of shape (n,), int64, values in [0, N)
        The row that each gradient is for.
    gradient : ndarray of shape (n, W), float32 or float64
        Gradients; those of the same row are summed first.
    table : ndarray of shape (N, W), the gradient's dtype
        Weights.
    moments : list of up to two ndarrays of shape (N, W), the gradient's dtype
        Adam: mean and mean square; Adagrad: sum of squares; SGD: momentum, or nothing.
    constants : tuple of float
        Adam: 1 - beta1, beta2, 1 - beta2, step size, 1 / sqrt(1 - beta2^t), eps; Adagrad: step size, eps;
        SGD: step size, momentum.
    slots : ndarray of shape (at least N,), int32
        Scratch; all zeros before and after.
    """
    first, second = (*moments, table, table)[:2]
    constants = tuple(np.array((*constants, *(0.0,) * (6 - len(constants))), table.dtype))  # one type, one compilation
    arguments = (rule, ids, gradient, table, first, second, constants, slots)
    n_parts = _n_parts(n_threads, ids)
    together(_update_part, [(*arguments, part, n_parts) for part in range(n_parts)], n_parts)


def sum_rows(n_threads, ids, gradient, slots):
    """Return the distinct rows that a batch names, (U,), and the gradient of each, (U, W).

    A sum has the same bits for any number of threads, the order of the rows has not; parameters are as in
    `update_rows`.
    """
    n_parts = _n_parts(n_threads, ids)
    parts: list = [None] * n_parts

    def sum_part(part):
        parts[part] = _sum_part(ids, gradient, slots, part, n_parts)

    together(sum_part, [(part,) for part in range(n_parts)], n_parts)
    return parts[0] if n_parts == 1 else tuple(map(np.concatenate, zip(*parts, strict=True)))


def _n_parts(n_threads, ids):
    return max(1, min(n_threads, ids.size // _IDS_A_THREAD))


@kernel
def _update_part(rule, ids, gradient, table, first, second, constants, slots, part, n_parts):
    rows, total = _sum_part(ids, gradient, slots, part, n_parts)
    if rule == ADAM:
        _adam(rows, total, table, first, second, constants)
    elif rule == ADAGRAD:
        _adagrad(rows, total, table, first, constants)
    else:
        _sgd(rows, total, table, first, constants)


@kernel
def _sum_part(ids, gradient, slots, part, n_parts):
    """Return the distinct rows of a part, and their gradients; slots are all zeros again."""
    mine = _positions(ids, part, n_parts)
    rows = np.empty(mine.size, np.int64)
    total = np.empty((mine.size, gradient.shape[1]), gradient.dtype)
    count = _sum_duplicates(ids, gradient, mine, slots, rows, total)
    rows = rows[:count]
    for row in rows:
        slots[row] = 0
    return rows, total[:count]


@kernel
def _positions(ids, part, n_parts):
    """Positions in the batch whose rows belong to this part.

    Rows are dealt out in runs of 16, whole cache lines of slots and table, so that no two threads write to one line.
    """
    if n_parts == 1:
        return np.arange(ids.size)
    mine, count = np.empty(ids.size, np.int64), 0
    for i in range(ids.size):
        mine[count] = i  # without a branch: which part comes next cannot be predicted
        scattered = ((ids[i] >> 4) * 0x9E3779B1) & 0xFFFFFFFF
        count += (scattered * n_parts) >> 32 == part
    return mine[:count]


@kernel
def _sum_duplicates(ids, gradient, mine, slots, rows, total):
    """Fill `rows` with the distinct rows and `total` with their gradients; return how many."""
    count = 0
    for q in range(mine.size):
        if q + 16 < mine.size:
            prefetch(slots, (ids[mine[q + 16]],))
        i = mine[q]
        row = ids[i]
        slot = np.int64(slots[row])  # 1 + place in `rows`, 0 where the row is new
        if slot == 0:
            rows[count] = row
            for k in range(total.shape[1]):
                total[count, k] = gradient[i, k]
            count += 1
            slots[row] = count
        else:
            for k in range(total.shape[1]):
                total[slot - 1, k] += gradient[i, k]
    return count


@kernel
def _fetch(rows, u, array):
    """Ask for the cache lines of the row that comes `_AHEAD` rows later."""
    if u + _AHEAD < rows.size:
        row, width = rows[u + _AHEAD], array.shape[1]
        k = 0
        while k < width:
            prefetch(array, (row, k))
            k += 64 // array.itemsize
        prefetch(array, (row, width - 1))


@kernel
def _adam(rows, total, table, mean, square, constants):
    a1, b2, a2, size, correction, eps = constants
    for u in range(rows.size):
        _fetch(rows, u, table)
        _fetch(rows, u, mean)
        _fetch(rows, u, square)
        row = rows[u]
        for k in range(total.shape[1]):
            g = total[u, k]
            m = mean[row, k] + a1 * (g - mean[row, k])
            v = b2 * square[row, k] + a2 * (g * g)
            mean[row, k] = m
            square[row, k] = v
            table[row, k] -= size * (m / (sqrt(v) * correction + eps))


@kernel
def _adagrad(rows, total, table, square, constants):
    size, eps, _, _, _, _ = constants
    for u in range(rows.size):
        _fetch(rows, u, table)
        _fetch(rows, u, square)
        row = rows[u]
        for k in range(total.shape[1]):
            g = total[u, k]
            v = square[row, k] + g * g
            square[row, k] = v
            table[row, k] -= size * (g / (sqrt(v) + eps))


@kernel
def _sgd(rows, total, table, velocity, constants):
    size, momentum, _, _, _, _ = constants
    for u in range(rows.size):
        _fetch(rows, u, table)
        row = rows[u]
        for k in range(total.shape[1]):
            step = total[u, k]
            if momentum != 0:
                step += momentum * velocity[row, k]
                velocity[row, k] = step
            table[row, k] -= size * step
