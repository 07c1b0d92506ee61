"""The second phase of a step: gradients of all parts together, and what they move.

Shape letters: as in `skrec.engine._closed._arrays`.
"""

from math import sqrt

import numpy as np

from skrec.engine._kernels.rows import ADAGRAD, ADAM, SGD
from skrec.ops._kernels import _eights as eights
from skrec.ops._kernels._compile import prefetch, uncounted
from skrec.ops._kernels._eights import EIGHT, add, div, load, mul, spread, store, sub

__all__ = ["update"]

_AHEAD = 10  # rows between a prefetch and its use
_A_LINE = 16  # numbers of four bytes in a cache line
_LEAST_WEIGHT = 1e-30  # of a batch, as in `total_weight`


@uncounted
def update(step, part, n_parts, rule, table, dense, steps, scratch):
    """Move the table rows that fall to a part, and in the first part the dense parameters."""
    weight = 0.0
    for source in range(n_parts):
        weight += scratch.weight[source]
    share = table.values.dtype.type(1 / max(weight, _LEAST_WEIGHT))
    if part == 0:
        _move_dense(share, n_parts, rule, dense, steps.dense[step], steps.decay[step], scratch.dense)
    for source in range(n_parts):
        n_mine = _choose(scratch.rows[source], scratch.n_rows[source], part, n_parts, scratch.chosen[part])
        _move_rows(source, part, n_mine, n_parts, share, rule, steps.table[step], table, scratch)


@uncounted
def _choose(found, n_found, part, n_parts, chosen):
    """Fill `chosen` with the positions whose rows fall to a part, and return how many do.

    Rows are dealt out in runs of 16, whole cache lines of slots, so that no two threads write to one.
    """
    count = 0
    for u in range(n_found):
        chosen[count] = u  # without a branch: which part comes next cannot be predicted
        scattered = ((found[u] >> 4) * 0x9E3779B1) & 0xFFFFFFFF
        count += (scattered * n_parts) >> 32 == part
    return count


@uncounted
def _move_rows(source, part, n_mine, n_parts, share, rule, constants, table, scratch):
    """Move those of the rows that `source` has found that fall to a part and have not moved yet."""
    values, first, second, penalty = table
    found, mine, slots, gradient = scratch.rows[source], scratch.chosen[part], scratch.slots, scratch.gradient
    c0, c1, c2, c3, c4, c5 = constants[0], constants[1], constants[2], constants[3], constants[4], constants[5]
    width = values.shape[1]
    n_blocks = width - width % EIGHT
    factor = values.dtype.type(0)
    for q in range(n_mine):
        if q + _AHEAD < n_mine:
            row = found[mine[q + _AHEAD]]
            k = 0
            while k < width + _A_LINE - 1:
                at = row, min(k, width - 1)
                prefetch(values, at)
                if rule != SGD:
                    prefetch(first, at)
                if rule == ADAM:
                    prefetch(second, at)
                k += _A_LINE
            for other in range(n_parts):
                prefetch(slots, (other, row))
        u = mine[q]
        row = found[u]
        if slots[source, row] == 0:
            continue  # moved with what another part had found
        slots[source, row] = 0
        for other in range(source + 1, n_parts):
            place = np.int64(slots[other, row]) - 1
            slots[other, row] = 0
            if place >= 0:
                for k in range(width + 1):
                    gradient[source, u, k] += gradient[other, place, k]
        if penalty.size:
            factor = gradient[source, u, width] * penalty[row]
        for k in range(0, n_blocks, EIGHT):
            x = load(values, (row, k))
            g = mul(spread(share), add(load(gradient, (source, u, k)), mul(spread(factor), x)))
            if rule == ADAM:
                m, v = load(first, (row, k)), load(second, (row, k))
                m = add(m, mul(spread(c0), sub(g, m)))
                v = add(mul(spread(c1), v), mul(spread(c2), mul(g, g)))
                store(first, (row, k), m)
                store(second, (row, k), v)
                g = mul(spread(c3), div(m, add(mul(eights.sqrt(v), spread(c4)), spread(c5))))
            elif rule == ADAGRAD:
                v = add(load(first, (row, k)), mul(g, g))
                store(first, (row, k), v)
                g = mul(spread(c0), div(g, add(eights.sqrt(v), spread(c1))))
            else:
                g = mul(spread(c0), g)
            store(values, (row, k), sub(x, g))
        for k in range(n_blocks, width):
            y = values[row, k]
            g1 = share * (gradient[source, u, k] + factor * y)
            if rule == ADAM:
                m1 = first[row, k] + c0 * (g1 - first[row, k])
                v1 = c1 * second[row, k] + c2 * (g1 * g1)
                first[row, k], second[row, k] = m1, v1
                g1 = c3 * (m1 / (sqrt(v1) * c4 + c5))
            elif rule == ADAGRAD:
                v1 = first[row, k] + g1 * g1
                first[row, k] = v1
                g1 = c0 * (g1 / (sqrt(v1) + c1))
            else:
                g1 = c0 * g1
            values[row, k] = y - g1


@uncounted
def _move_dense(share, n_parts, rule, dense, constants, decay, gradients):
    values, first, second, decays = dense
    c0, c1, c2, c3, c4, c5 = constants[0], constants[1], constants[2], constants[3], constants[4], constants[5]
    n_blocks = values.size - values.size % EIGHT
    if decay != 1:
        for k in range(values.size):
            if decays[k]:
                values[k] *= decay
    for k in range(0, n_blocks, EIGHT):
        g8 = load(gradients, (0, k))
        for part in range(1, n_parts):
            g8 = add(g8, load(gradients, (part, k)))
        g8 = mul(spread(share), g8)
        if rule == ADAM:
            m8, v8 = load(first, (k,)), load(second, (k,))
            m8 = add(m8, mul(spread(c0), sub(g8, m8)))
            v8 = add(mul(spread(c1), v8), mul(spread(c2), mul(g8, g8)))
            store(first, (k,), m8)
            store(second, (k,), v8)
            g8 = mul(spread(c3), div(m8, add(mul(eights.sqrt(v8), spread(c4)), spread(c5))))
        elif rule == ADAGRAD:
            v8 = add(load(first, (k,)), mul(g8, g8))
            store(first, (k,), v8)
            g8 = mul(spread(c0), div(g8, add(eights.sqrt(v8), spread(c1))))
        else:
            g8 = mul(spread(c0), g8)
        store(values, (k,), sub(load(values, (k,)), g8))
    for k in range(n_blocks, values.size):
        g = gradients[0, k]
        for part in range(1, n_parts):
            g += gradients[part, k]
        g *= share
        if rule == ADAM:
            first[k] += c0 * (g - first[k])
            second[k] = c1 * second[k] + c2 * (g * g)
            g = c3 * (first[k] / (sqrt(second[k]) * c4 + c5))
        elif rule == ADAGRAD:
            first[k] += g * g
            g = c0 * (g / (sqrt(first[k]) + c1))
        else:
            g = c0 * g
        values[k] -= g
