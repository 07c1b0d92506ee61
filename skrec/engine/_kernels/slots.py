"""Distinct table rows of a part of a batch, each with a place for its gradient."""

import numpy as np

from skrec.ops._kernels._compile import prefetch, prefetch_to_read, uncounted

__all__ = ["fetch_row", "slot_of"]

_A_LINE = 16  # numbers of four bytes in a cache line; of eight bytes every second line is asked for


@uncounted
def slot_of(row, slots, found, count, gradient):
    """Return the place of a table row, and how many rows have one now; a new one's gradient is zero."""
    place = np.int64(slots[row]) - 1  # slots have 1 + place, 0 where the row is new
    if place >= 0:
        return place, count
    found[count] = row
    slots[row] = count + 1
    for k in range(gradient.shape[1]):
        gradient[count, k] = 0
    return count, count + 1


@uncounted
def fetch_row(i, ahead, order, rows, values, slots):
    """Ask for what the row at place `i` looks up, and for the codes of one further on."""
    if i + ahead < order.size:
        b = order[i + ahead]
        _fetch(rows.codes, b)
        _fetch(rows.numeric, b)
        prefetch_to_read(rows.target, (b,))
        prefetch_to_read(rows.weight, (b,))
    if i < order.size:
        b = order[i]
        for f in range(rows.codes.shape[1]):
            row = rows.codes[b, f] + rows.starts[f]
            prefetch(slots, (row,))
            _fetch(values, row)


@uncounted
def _fetch(array, row):
    """Ask for the cache lines of a row."""
    k, last = 0, array.shape[1] - 1
    while k < last:
        prefetch_to_read(array, (row, k))
        k += _A_LINE
    if last >= 0:
        prefetch_to_read(array, (row, last))
