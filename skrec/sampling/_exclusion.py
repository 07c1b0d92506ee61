"""Items that a user does not have, drawn without trial and error."""

from typing import Any

import numpy as np


class ExclusionSampler:
    r"""For each user the items that are not the user's, to draw from in proportion to a mass.

    Parameters
    ----------
    users, items : ndarray of shape (n_pairs,), integers
        Codes of who has what, in any order; a pair may come twice.
    mass : ndarray of shape (n_items,), int64, at least 0
        How often an item is drawn, relative to the others; ones draw uniformly.
    n_users : int
        Codes of `users` are below it.
    ranges : bool, default=True
        Whether `before` is asked, for which 8 bytes a pair are kept beside the 12 or 16 that draws need.

    Attributes
    ----------
    room : ndarray of shape (n_users,), int64
        Mass of the items that a user does not have: 0 where nothing is left to draw.

    Notes
    -----
    Let the items lie side by side on a line, item i as long as its mass, from ``start[i]`` on. A user's own items
    :math:`a_0 < a_1 < \dots` are cut out and the rest moved together. Cut j then lies at
    ``start[a_j] - sum of the lengths of the cuts before j``, which does not decrease with j, so that a point x of the
    rest had all cuts at or before x in front of it: one binary search for their lengths gives its place on the whole
    line. No draw is repeated, and a user who has all items but one takes no longer than any other. A part of the line
    is a part of the rest, so that draws may be kept to items that lie side by side.
    """

    def __init__(self, users: Any, items: Any, mass: Any, n_users: int, *, ranges: bool = True) -> None:
        self._n_items = len(mass)
        pairs = sorted_pairs(users, items, self._n_items)
        first = np.searchsorted(pairs, np.arange(n_users + 1) * self._n_items)  # a user's first pair
        items = pairs % self._n_items
        self._start = _sums(mass)
        self._stride = self._start[-1] + 1
        self._cut = _sums(mass[items])  # (n_pairs + 1,): lengths of the cuts before a pair, over all users
        self._own = self._cut[first]  # the same at a user's first pair
        self._keys = np.repeat(np.arange(n_users) * self._stride + self._own[:-1], np.diff(first))
        self._keys += self._start[items]
        self._keys -= self._cut[:-1]
        self._uniform = bool((mass == 1).all())
        self._pairs: Any = pairs if ranges else None
        if self._cut[-1] < 2**31:
            self._cut = self._cut.astype(np.int32)
        self.room = self._start[-1] - np.diff(self._own)

    def before(self, users: Any, items: Any) -> Any:
        """Return the mass of the items below `items` that `users` do not have, (n,) int64.

        Parameters
        ----------
        users : ndarray of shape (n,), integers
        items : ndarray of shape (n,), integers, at most n_items
        """
        users = np.asarray(users, np.int64)
        n_cuts = np.searchsorted(self._pairs, users * self._n_items + items)
        return self._start[items] - (self._cut[n_cuts] - self._own[users])

    def draw(self, users: Any, uniform: Any, low: Any = 0, high: Any = None) -> np.ndarray:
        """Return an item for each of `users`, none of their own.

        Parameters
        ----------
        users : ndarray of shape (n_draws,), integers
            Their `room` is positive. Neighbours that are the same user make it faster.
        uniform : ndarray of shape (n_draws,), float64 in [0, 1)
            Random numbers.
        low, high : ndarray of shape (n_draws,), int64, default=0 and `room`
            What `before` says of the items between which to draw: ``low < high``.

        Returns
        -------
        items : ndarray of shape (n_draws,), int64
        """
        users = np.asarray(users, np.int64)
        high = self.room[users] if high is None else high
        place = low + (uniform * (high - low)).astype(np.int64)
        n_cuts = np.searchsorted(self._keys, users * self._stride + place, side="right")
        place += self._cut[n_cuts] - self._own[users]
        return place if self._uniform else np.searchsorted(self._start, place, side="right") - 1


def sorted_pairs(users, items, n_items):
    """Return user * n_items + item, int64, of each pair once, sorted.

    Parameters
    ----------
    users, items : ndarray of shape (n_pairs,), integers
    n_items : int
    """
    pairs = np.array(users, np.int64)
    pairs *= n_items
    pairs += items
    pairs.sort()
    new = np.ones(len(pairs), bool)
    np.greater(pairs[1:], pairs[:-1], out=new[1:])
    return pairs if new.all() else pairs[new]  # numpy's unique hashes, and takes five times as long


def _sums(values):
    """Return the sums of the first 0, 1, ... values, int64."""
    return np.concatenate([[0], np.cumsum(values, dtype=np.int64)])
