"""Lists in which few items share a value, such as a category."""

import numpy as np
import pandas as pd

from skrec._text import quoted

FIRST = 2  # how many times k is asked for at first


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


class Room:
    """Which items still have room in a list.

    Parameters
    ----------
    limits : list of (codes, int)
        As `check_at_most` returns them, of the items that can be found.
    """

    def __init__(self, limits: list[tuple[np.ndarray, int]]) -> None:
        self.limits = limits
        self.counts: dict[tuple[int, int], int] = {}

    def take(self, row: int) -> bool:
        """Take an item, and return whether all of its values had room; if not it is not taken."""
        values = [(column, int(codes[row])) for column, (codes, _) in enumerate(self.limits)]
        room = all(self.has(column, code) for column, code in values)
        if room:
            self.counts.update({value: self.counts.get(value, 0) + 1 for value in values})
        return room

    def has(self, column: int, code: int) -> bool:
        """Return whether one more item may have a value; a missing one, -1, always."""
        return code < 0 or self.counts.get((column, code), 0) < self.limits[column][1]

    def full_beside(self, row: int, rows: np.ndarray) -> np.ndarray:
        """Return which of `rows` have a value of `row` that is full, (n,) bool."""
        full = np.zeros(len(rows), bool)
        for column, (codes, _) in enumerate(self.limits):
            if not self.has(column, int(codes[row])):
                full |= codes[rows] == codes[row]
        return full


class Best:
    """Picks the best items, as many as the limits leave."""

    def __init__(self, limits: list[tuple[np.ndarray, int]]) -> None:
        self.limits = limits

    def first(self, k: int) -> int:
        """Return how many candidates are looked at first."""
        return FIRST * k

    def __call__(self, rows: np.ndarray, scores: np.ndarray, k: int) -> list[int]:
        """Return the places of at most k of `rows`: each item is taken if all of its values have room."""
        room = Room(self.limits)
        places: list[int] = []
        for place, row in enumerate(rows):
            if len(places) == k:
                break
            if room.take(row):
                places.append(place)
        return places
