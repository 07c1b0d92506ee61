"""Lists that are not simply the best items: picked one by one, of as many as are needed."""

from collections.abc import Callable
from typing import Protocol

import numpy as np

from skrec.retrieval._select import Found, nothing

FURTHER = 4  # how many times as many candidates are asked for where lists are not full


class Pick(Protocol):
    """What picks; candidates that come behind others do not change what is picked of these."""

    def first(self, k: int) -> int:
        """Return how many candidates are looked at first, at least k."""

    def __call__(self, rows: np.ndarray, scores: np.ndarray, k: int) -> list[int]:
        """Return the places of at most k candidates, in the order of the list.

        Parameters
        ----------
        rows, scores : ndarray of shape (n,)
            Positions in the catalogue, the best first, and scores.
        k : int
        """


def picked(search: Callable[[int], Found], k: int, n_items: int, pick: "Pick") -> Found:
    """Return the lists that `pick` makes of the best items of each query.

    Parameters
    ----------
    search : callable
        The number of items to their Found.
    k, n_items : int
    pick : Pick
    """
    asked = min(pick.first(k), n_items)
    while True:
        found = search(asked)
        kept = _kept(found, k, pick)
        is_whole = (kept.rows[:, -1] >= 0) | (found.rows[:, -1] < 0)  # nothing is left behind a list that ends
        if asked == n_items or is_whole.all():
            return kept
        asked = min(FURTHER * asked, n_items)


def _kept(found, k, pick):
    kept = nothing(len(found.rows), k, found.scores.dtype)
    for query, rows in enumerate(found.rows):
        n_candidates = int((rows >= 0).sum())
        places = pick(rows[:n_candidates], found.scores[query, :n_candidates], k)
        kept.rows[query, : len(places)], kept.scores[query, : len(places)] = rows[places], found.scores[query, places]
    return kept
