"""Items that may be among the k best of their query, while scores that are a little off come in blocks.

Shape letters: Q queries, N items of a block, C candidates.
"""

import numpy as np


class Candidates:
    """Candidates of some queries, and the score that an item needs to be one.

    Parameters
    ----------
    n_queries, k : int
    slack : ndarray of shape (Q,)
        An item whose score is lower than k others by more than that is not wanted.

    Attributes
    ----------
    bound : ndarray of shape (Q,), float32
        Items are candidates whose score is above it.
    n_new : int
        Candidates that came since the bound was raised.
    """

    def __init__(self, n_queries, k, slack):
        self.k, self.slack = k, slack
        self.bound = np.full(n_queries, -np.inf, np.float32)
        self.n_new = 0
        self._parts: list = []

    def __len__(self):
        return sum(len(query) for query, _, _ in self._parts)

    def all(self):
        """Return query, row and score of each candidate, arrays (C,)."""
        if not self._parts:
            return np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, np.float32)
        return tuple(map(np.concatenate, zip(*self._parts, strict=True)))

    def add(self, query, row, score):
        """Take candidates, arrays (C,)."""
        self._parts.append((query, row, score))
        self.n_new += len(query)

    def expect(self, scores):
        """Raise the bound by the first block of scores (Q, N)."""
        if self.k < scores.shape[1]:
            self._raise(np.partition(scores, -self.k, axis=1)[:, -self.k])

    def prune(self):
        """Raise the bound by the candidates, drop those that are below it now, and return the candidates."""
        query, row, score = self.all()
        self._raise(_k_th(query, score, len(self.bound), self.k))
        left = score > self.bound[query]
        self._parts, self.n_new = [(query[left], row[left], score[left])], 0
        return self

    def replace(self, found):
        """Keep those of a Found alone; their scores are closer than asked for."""
        query, place = np.nonzero(found.rows >= 0)
        self._parts = [(query, found.rows[query, place], found.scores[query, place])]

    def _raise(self, k_th):
        lower = (k_th - self.slack).astype(np.float32)  # rounded to nearest, thus two steps down
        for _ in range(2):
            lower = np.nextafter(lower, np.float32(-np.inf))
        self.bound = np.maximum(self.bound, lower)


def _k_th(query, score, n_queries, k):
    """Return the k-th largest of each query's scores (Q,), -inf where there are fewer."""
    counts = np.bincount(query, minlength=n_queries)
    order = np.argsort(query, kind="stable")
    place = np.arange(len(query)) - np.repeat(np.cumsum(counts) - counts, counts)
    table = np.full((n_queries, max(k, counts.max(initial=0))), -np.inf, np.float32)
    table[query[order], place] = score[order]
    return np.partition(table, -k, axis=1)[:, -k]
