"""Lists in which few items share a value, such as a category."""

from collections.abc import Callable

import numpy as np
import pandas as pd

from skrec._text import quoted
from skrec.retrieval._select import Found, nothing

FIRST, FURTHER = 2, 4  # how many times k is asked for at first, and again where lists are not full


def check_at_most(at_most: dict | None, items: pd.DataFrame) -> list[tuple[np.ndarray, int]]:
    """Return of each column the codes of its values, (n_items,) with -1 for a missing one, and how many may share one.

    Parameters
    ----------
    at_most : dict of {column: int} or None
    items : DataFrame of shape (n_items, n_columns)

    Raises
    ------
    ValueError
        If a column is not there, or a number is no int of at least 1.
    """
    limits = []
    for name, limit in (at_most or {}).items():
        if name not in items:
            raise ValueError(
                f"at_most names {quoted(name)}, which is no column of items; it has {quoted(items.columns)}"
            )
        if not isinstance(limit, (int, np.integer)) or isinstance(limit, bool) or limit < 1:
            raise ValueError(f"Expected at_most[{quoted(name)}] as an int of at least 1, got {quoted(limit)}")
        limits.append((pd.factorize(items[name])[0], int(limit)))
    return limits


def best_within(search: Callable[[int], Found], k: int, n_items: int, limits: list[tuple[np.ndarray, int]]) -> Found:
    """Return the k best items of each query among which no value of a column comes more often than it may.

    Parameters
    ----------
    search : callable
        The number of items to their Found, whose rows index the codes.
    k, n_items : int
    limits : list of (codes, int)
        As `check_at_most` returns them, of the items that can be found.
    """
    asked = min(FIRST * k, n_items)
    while True:
        found = search(asked)
        kept = _kept(found, k, limits)
        is_whole = (kept.rows[:, -1] >= 0) | (found.rows[:, -1] < 0)  # nothing is left behind a list that ends
        if asked == n_items or is_whole.all():
            return kept
        asked = min(FURTHER * asked, n_items)


def _kept(found, k, limits):
    """Return the first k of each query that the limits leave: each item is taken if all of its values have room."""
    kept = nothing(len(found.rows), k, found.scores.dtype)
    for query, rows in enumerate(found.rows):
        counts: dict[tuple[int, int], int] = {}
        place = 0
        for at, row in enumerate(rows):
            values = [(column, int(codes[row])) for column, (codes, _) in enumerate(limits)]
            room = all(code < 0 or counts.get((column, code), 0) < limits[column][1] for column, code in values)
            if row < 0 or place == k:
                break
            if room:
                counts.update({value: counts.get(value, 0) + 1 for value in values})
                kept.rows[query, place], kept.scores[query, place] = row, found.scores[query, at]
                place += 1
    return kept
