"""The index that looks at every item."""

import numpy as np
import torch

from skrec._readonly import unlocked
from skrec.retrieval._candidates import Candidates
from skrec.retrieval._index import Index
from skrec.retrieval._select import Found, best, exact_scores, nothing

QUERIES, ITEMS = 128, 16384  # a block of scores, 8 MiB
PENDING = 2**17  # candidates after which the bound is raised


class ExactIndex(Index):
    """Search by inner product that compares each query with every item.

    Memory beside the vectors is some 50 MiB, whatever the number of queries and of items. Equal scores come in the
    order of the catalogue, and a query gets the same list alone as among others.

    Attributes
    ----------
    ids : pandas.Index of shape (n_items,)
        What is found, in the order of the catalogue.
    vectors : ndarray of shape (n_items, n_dimensions), float32
    fingerprint : str
        Of what the vectors came from.

    See Also
    --------
    ApproximateIndex : Faster on many items, and finds most of them.

    Notes
    -----
    Blocks of a matrix product are compared with the k-th best product so far. With u the unit roundoff of float32, a
    product is at most :math:`D u |q| |v|` off (Higham, Accuracy and Stability of Numerical Algorithms, section 3.1):
    what is more than twice that below k others is worse than all of them. The few that are left are scored again, pair
    by pair. torch multiplies, twice as fast as numpy here.

    Examples
    --------
    >>> from skrec.retrieval import ExactIndex
    >>> index = ExactIndex().build(["tea", "jam", "rum"], [[1, 0], [0, 1], [1, 0]])
    >>> found = index.search([[1.0, 0.2]], 2)
    >>> index.ids[found.rows[0]].tolist(), found.scores[0].tolist()
    (['tea', 'rum'], [1.0, 1.0])
    """

    def _search(self, queries, k, exclude, allowed):
        rows = None if allowed is None else np.flatnonzero(allowed)
        vectors = self.vectors if rows is None else self.vectors[rows]
        if exclude is not None and rows is not None:
            exclude = exclude[:, rows]
        slack = _slack(queries, vectors)
        parts = [
            _search_some(queries[start : start + QUERIES], vectors, k, exclude, slack[start : start + QUERIES], start)
            for start in range(0, len(queries), QUERIES)
        ]
        found = Found(*map(np.concatenate, zip(nothing(0, k), *parts, strict=True)))
        return found if rows is None else found._replace(rows=np.append(rows, -1)[found.rows])  # -1 stays -1


def _search_some(queries, vectors, k, exclude, slack, first):
    """Return the Found of a few queries, number `first` and following of all."""
    n_queries = len(queries)
    most = max(PENDING, 2 * n_queries * k)
    kept = Candidates(n_queries, k, slack)
    scores = np.empty(n_queries * min(ITEMS, len(vectors)), np.float32)
    above = np.empty(len(scores), bool)
    without = None if exclude is None else exclude[first : first + n_queries].tocsc()
    for start in range(0, len(vectors), ITEMS):
        block = torch.from_numpy(unlocked(vectors[start : start + ITEMS]))
        part = scores[: n_queries * len(block)].reshape(n_queries, -1)
        torch.mm(torch.from_numpy(queries), block.T, out=torch.from_numpy(part))
        if without is not None:
            out = without[:, start : start + ITEMS].tocoo()
            part[out.row, out.col] = -np.inf
        if not start:
            kept.expect(part)
        hit = above[: part.size]
        np.greater(part, kept.bound[:, None], out=hit.reshape(part.shape))
        places = np.flatnonzero(hit)  # of one dimension, which is several times as fast as of two
        query, row = np.divmod(places, len(block))
        kept.add(query, row + start, part.reshape(-1)[places])
        if kept.n_new > most:
            kept.prune()
            if len(kept) > most:  # many equal scores: the order of the catalogue decides
                kept.replace(_exactly(queries, vectors, kept, k))
    return _exactly(queries, vectors, kept.prune(), k)


def _slack(queries, vectors):
    """Return how far below the k-th best product of a query (Q,) an item of its list may be."""
    longest = np.einsum("nd,nd->n", vectors, vectors).max(initial=0) ** 0.5
    return 1.01 * (queries.shape[1] + 4) * np.finfo(np.float32).eps * np.linalg.norm(queries, axis=1) * longest  # 2u


def _exactly(queries, vectors, kept, k):
    """Return the Found of the candidates, by scores that do not depend on the block."""
    query, row, _ = kept.all()
    return best(query, row, exact_scores(queries, vectors, query, row), len(queries), k)
