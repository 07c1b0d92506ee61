"""Draws from the list or category of a row."""

import numpy as np

from skrec.data import Vocabulary
from skrec.sampling._exclusion import ExclusionSampler


class ListDraws:
    """For each row the items of its list that its user does not have.

    Parameters
    ----------
    lists : list of tuple of (Series, ndarray of shape (n,), int64)
        Columns of lists, and the codes of the items that are in them, -1 for none.
    n_items : int
        Codes are below it.
    users, items : ndarray of shape (n_pairs,), int64
        Codes of who has what.
    n_users : int

    Notes
    -----
    A place is an item in a list. Sorted by list, the places of a list lie side by side; what a user has is cut out of
    every list that it is in, so that memory grows with the lists that the items of the log are in.
    """

    def __init__(self, lists, n_items, users, items, n_users):
        self._names = Vocabulary.learn(lists[0][0])
        for column, _ in lists[1:]:
            both = self._names.values.union(Vocabulary.learn(column).values, sort=False)
            self._names = Vocabulary.of(both, column.name)
        keys = [self.code(column) * n_items + codes for column, codes in lists]
        known = [(self.code(column) >= 0) & (codes >= 0) for column, codes in lists]
        places = np.unique(np.concatenate([key[there] for key, there in zip(keys, known, strict=True)]))
        of, self._items = np.divmod(places, n_items)
        self._first = np.searchsorted(of, np.arange(len(self._names)))
        by_item = np.argsort(self._items, kind="stable")
        start = np.searchsorted(self._items[by_item], np.arange(n_items + 1))
        count = np.diff(start)[items]
        within = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
        taken = by_item[np.repeat(start[items], count) + within]
        self._sampler = ExclusionSampler(np.repeat(users, count), taken, np.ones(len(places), np.int64), n_users)

    def code(self, column):
        """Return the codes of lists, int64, -1 for a missing or unknown one."""
        return self._names.encode(column).astype(np.int64) - 1

    def room(self, users, lists):
        """Return which part of what is left to draw is in the lists of rows: from where, to where, int64."""
        return tuple(self._sampler.before(users, self._first[lists + end]) for end in (0, 1))

    def draw(self, users, uniform, low, high):
        """Return an item code for each of `users` out of the part from `low` to `high`."""
        return self._items[self._sampler.draw(users, uniform, low, high)]
