"""The k best of some candidates, ties broken the same way every time.

Shape letters: Q queries, N items, C candidates, D width.
"""

from typing import NamedTuple

import numpy as np

RESCORED = 2**16  # candidates whose vectors are gathered at a time


class Found(NamedTuple):
    """The best items of each query, the best first; where a list is shorter than k, rows -1 and scores -inf."""

    rows: np.ndarray  # (Q, k) int64, positions in the catalogue
    scores: np.ndarray  # (Q, k) float


def nothing(n_queries, k, dtype=np.float32):
    """Return the Found of queries without any candidate."""
    return Found(np.full((n_queries, k), -1), np.full((n_queries, k), -np.inf, dtype))


def best(query, row, score, n_queries, k):
    """Return the Found of candidates: by score, then by the order of the catalogue.

    Parameters
    ----------
    query, row, score : ndarray of shape (C,)
        Of each candidate its query, its position in the catalogue and its score.
    n_queries, k : int
    """
    order = np.lexsort((row, -score, query))  # the last key counts first
    query = query[order]
    rank = np.arange(len(order)) - np.searchsorted(query, query)
    kept = rank < k
    found = nothing(n_queries, k, score.dtype)
    found.rows[query[kept], rank[kept]] = row[order[kept]]
    found.scores[query[kept], rank[kept]] = score[order[kept]]
    return found


def best_of_matrix(scores, k):
    """Return the Found of a matrix of scores (Q, N); -inf is never found."""
    k_th = np.partition(scores, -k, axis=1)[:, -k, None] if k < scores.shape[1] else -np.inf
    query, row = np.nonzero((scores >= k_th) & (scores > -np.inf))
    return best(query, row, scores[query, row], len(scores), k)


def merged(one, other, k):
    """Return the Found of the k best of two, which share no item."""
    (query, place), (more, at) = np.nonzero(one.rows >= 0), np.nonzero(other.rows >= 0)
    return best(
        np.concatenate([query, more]),
        np.concatenate([one.rows[query, place], other.rows[more, at]]),
        np.concatenate([one.scores[query, place], other.scores[more, at]]),
        len(one.rows),
        k,
    )


def exact_scores(queries, vectors, query, row):
    """Return the inner products of pairs, (C,) float32, the same whatever they are computed beside.

    The products of float32 numbers are exact in float64, and each pair is summed in the same order; a matrix product
    sums in an order that depends on where in the matrix a pair lies.
    """
    scores = np.empty(len(row), np.float32)
    for start in range(0, len(row), RESCORED):
        part = slice(start, start + RESCORED)
        scores[part] = (queries[query[part]].astype(np.float64) * vectors[row[part]]).sum(1)
    return scores
