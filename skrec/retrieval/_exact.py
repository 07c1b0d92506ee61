"""The index that looks at every item."""

import numpy as np
import torch

from skrec._readonly import unlocked
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
    Blocks of a matrix product are compared with the k-th best score so far; the few items above it are scored again,
    pair by pair. With u the unit roundoff of float32, the product is at most :math:`D u |q| |v|` off (Higham, Accuracy
    and Stability of Numerical Algorithms, section 3.1): the bound is lowered by twice that, so that no item is lost.
    torch multiplies, twice as fast as numpy here.

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
        parts = [
            _search_some(queries[start : start + QUERIES], vectors, k, exclude, start)
            for start in range(0, len(queries), QUERIES)
        ]
        found = Found(*map(np.concatenate, zip(nothing(0, k), *parts, strict=True)))
        return found if rows is None else found._replace(rows=np.append(rows, -1)[found.rows])  # -1 stays -1


def _search_some(queries, vectors, k, exclude, first):
    """Return the Found of a few queries, number `first` and following of all."""
    n_queries, width = queries.shape
    norms = np.linalg.norm(queries, axis=1) * (np.linalg.norm(vectors, axis=1).max() if len(vectors) else 0)
    slack = width * np.finfo(np.float32).eps * norms  # eps is 2u
    bound = np.full(n_queries, -np.inf)
    found = nothing(n_queries, k)
    pending: list = []
    n_pending = 0
    without = None if exclude is None else exclude[first : first + n_queries].tocsc()
    for start in range(0, len(vectors), ITEMS):
        block = torch.from_numpy(unlocked(vectors[start : start + ITEMS]))
        scores = (torch.from_numpy(queries) @ block.T).numpy()  # (Q, ITEMS)
        if without is not None:
            part = without[:, start : start + ITEMS].tocoo()
            scores[part.row, part.col] = -np.inf
        if not start and k < scores.shape[1]:
            bound = np.nextafter(np.partition(scores, -k, axis=1)[:, -k] - slack, -np.inf)
        query, row = np.nonzero(scores > bound[:, None])
        pending.append((query, row + start))
        n_pending += len(query)
        if n_pending > PENDING or start + ITEMS >= len(vectors):
            found = _merge(found, pending, queries, vectors, k)
            bound = found.scores[:, -1] - slack
            pending, n_pending = [], 0
    return found


def _merge(found, pending, queries, vectors, k):
    """Return the k best of what was found and of what is pending."""
    query, row = map(np.concatenate, zip(*pending, strict=True))
    old_query, place = np.nonzero(found.rows >= 0)
    return best(
        np.concatenate([old_query, query]),
        np.concatenate([found.rows[old_query, place], row]),
        np.concatenate([found.scores[old_query, place], exact_scores(queries, vectors, query, row)]),
        len(queries),
        k,
    )
