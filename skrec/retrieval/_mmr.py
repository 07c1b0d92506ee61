"""Lists whose items differ from each other: maximal marginal relevance."""

from collections.abc import Callable
from dataclasses import dataclass
from numbers import Integral, Real
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse

from skrec._text import quoted
from skrec.data import SEQUENCE, factorize, role_of, tokens
from skrec.retrieval._at_most import FIRST, Room


@dataclass(frozen=True)
class MMR:
    r"""Maximal marginal relevance: an item counts less, the nearer it is to one that the list has already.

    .. math:: \arg\max_{i \in C \setminus S} \; (1 - d) \, r_i - d \max_{j \in S} \mathrm{sim}(i, j), \quad
        r_i = \frac{s_i - \min_C s}{\max_C s - \min_C s}

    is the next item of a list S, with the candidates C, the best items of a user, whose scores s are brought to [0, 1].

    Parameters
    ----------
    diversity : float, default=0.3
        d, in [0, 1): 0 is the list of the best items.
    by : str, list of str or None, default=None
        Columns of items by which two are alike: the share of the values that they have in common, 1 or 0 where cells
        are no lists, on average over the columns; a missing value is common with nobody. None is the cosine of the
        items' vectors, for an estimator that has them.
    n_candidates : int, default=100
        Best items of a user from which a list is picked. Where `at_most` leaves none of them, the next best ones
        follow.

    References
    ----------
    Carbonell, Goldstein (1998), The Use of MMR, Diversity-Based Reranking for Reordering Documents and Producing
    Summaries.

    Examples
    --------
    >>> import pandas as pd
    >>> from skrec.baselines import Popularity
    >>> from skrec.retrieval import MMR, Recommender
    >>> log = pd.DataFrame({"user_id": list("abcdefabcdabc"), "item_id": ["tea"] * 6 + ["mate"] * 4 + ["jam"] * 3})
    >>> items = pd.DataFrame({"item_id": ["tea", "mate", "jam"], "kind": ["drink", "drink", "food"]})
    >>> recommender = Recommender(Popularity().fit(log), items)
    >>> recommender.recommend(["a"], 2, diversity=MMR(0.5, by="kind"))["item_id"].tolist()
    ['tea', 'jam']
    """

    diversity: float = 0.3
    by: Any = None
    n_candidates: int = 100


def check_diversity(diversity: Any, items: pd.DataFrame) -> MMR | None:
    """Return the MMR that `diversity` is, or None, with its columns as a list.

    Raises
    ------
    TypeError
        If it is neither an MMR nor a number.
    ValueError
        If a number is out of its range, or a column is not there.
    """
    if diversity is None:
        return None
    if not isinstance(diversity, MMR):
        if not isinstance(diversity, Real) or isinstance(diversity, bool):
            raise TypeError(f"Expected diversity as a float or an MMR(...), got {quoted(diversity)}")
        diversity = MMR(float(diversity))
    share, by, n_candidates = diversity.diversity, diversity.by, diversity.n_candidates
    if not isinstance(share, Real) or isinstance(share, bool) or not 0 <= float(share) < 1:
        raise ValueError(f"Expected diversity of at least 0 and below 1, got {quoted(share)}")
    if not isinstance(n_candidates, Integral) or isinstance(n_candidates, bool) or n_candidates < 1:
        raise ValueError(f"Expected n_candidates of MMR as an int of at least 1, got {quoted(n_candidates)}")
    names = None if by is None else [by] if isinstance(by, str) else list(by)
    for name in names or ():
        if name not in items:
            raise ValueError(f"MMR(by=...) names {quoted(name)}, which is no column of items; it has {quoted(items)}")
    return MMR(float(share), names, int(n_candidates))


class Diverse:
    """Picks items by their marginal relevance, as many as the limits leave.

    Parameters
    ----------
    mmr : MMR
    similarity : callable
        Rows (n,) in the catalogue to how alike these items are, (n, n).
    limits : list of (codes, int)
        As `check_at_most` returns them, of the items that can be found.
    """

    def __init__(
        self,
        mmr: MMR,
        similarity: Callable[[np.ndarray], np.ndarray],
        limits: list[tuple[np.ndarray, int]],
    ) -> None:
        self.mmr, self.similarity, self.limits = mmr, similarity, limits

    def first(self, k: int) -> int:
        """Return how many candidates are looked at first."""
        return max(self.mmr.n_candidates, FIRST * k)

    def __call__(self, rows: np.ndarray, scores: np.ndarray, k: int) -> list[int]:
        """Return the places of at most k of `rows`."""
        room, near = Room(self.limits), rows[: self.mmr.n_candidates]
        places = self._by_margin(near, scores[: len(near)], k, room)
        for place in range(len(near), len(rows)):
            if len(places) == k:
                break
            if room.take(rows[place]):
                places.append(place)
        return places

    def _by_margin(self, rows, scores, k, room):
        share, alike = self.mmr.diversity, self.similarity(rows)
        own, left = (1 - share) * _relevance(scores), np.ones(len(rows), bool)
        margin, nearest = own, np.full(len(rows), -np.inf)
        places: list[int] = []
        while len(places) < k and left.any():
            place = int(np.where(left, margin, -np.inf).argmax())  # of equal ones the first, the better
            places.append(place)
            room.take(rows[place])
            left[place] = False
            left &= ~room.full_beside(rows[place], rows)
            np.maximum(nearest, alike[place], out=nearest)
            margin = own - share * nearest
        return places


def cosines(vectors: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
    """Return the similarity by vectors (n_items, D); a vector of zeros is like none."""
    norms = np.linalg.norm(vectors.astype(np.float64), axis=1, keepdims=True)

    def similarity(rows):
        unit = vectors[rows] / np.where(norms[rows] > 0, norms[rows], 1)
        return unit @ unit.T

    return similarity


def shares(items: pd.DataFrame) -> Callable[[np.ndarray], np.ndarray]:
    """Return the similarity by the values of columns: the mean over them of what two items share of their values."""
    tables = [_values_of(items[name]) for name in items]

    def similarity(rows):
        total = np.zeros((len(rows), len(rows)))
        for table in tables:
            part = table[rows]
            common, sizes = (part @ part.T).toarray(), part.sum(1)
            total += common / np.maximum(sizes[:, None] + sizes - common, 1)
        return total / len(tables)

    return similarity


def _values_of(column):
    """Return which item has which value, sparse (n_items, n_values) of ones."""
    if role_of(column) == SEQUENCE:
        values, offsets = tokens(column)
    else:
        values, offsets = column, np.arange(len(column) + 1)
    codes, distinct = factorize(values.reset_index(drop=True))
    items, there = np.repeat(np.arange(len(column)), np.diff(offsets)), codes >= 0
    table = sparse.coo_array((np.ones(there.sum()), (items[there], codes[there])), (len(column), len(distinct))).tocsr()
    table.data[:] = 1  # a value that a list has twice
    return table


def _relevance(scores):
    """Return scores, the best first, in [0, 1]."""
    span = scores[0] - scores[-1] if len(scores) else 0
    return (scores - scores[-1]) / span if span > 0 else np.zeros(len(scores))
