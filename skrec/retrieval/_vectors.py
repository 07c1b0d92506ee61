"""What an estimator makes of users and of items apart, and the index that is searched with it."""

import numpy as np

from skrec._text import quoted
from skrec.retrieval._exact import ExactIndex
from skrec.retrieval._fingerprint import check_fingerprint
from skrec.retrieval._index import Index
from skrec.retrieval._pipelines import steps_of, typed_side
from skrec.retrieval._select import best, nothing

USERS = 2**12  # looked up at a time


def make_index(index, estimator, ids, items, names, fingerprint):
    """Return an index of the items' vectors, None where the estimator has none.

    Parameters
    ----------
    index : ExactIndex, ApproximateIndex, ShardedIndex or None
        One to build, or one that was built of the same; None is `ExactIndex()`.
    estimator : fitted estimator or Pipeline
    ids : pandas.Index of shape (n_items,)
    items : DataFrame of shape (n_items, n_columns)
    names : list of str
        All columns that the estimator reads.
    fingerprint : str
    """
    if index is not None and not isinstance(index, Index):
        raise TypeError(
            f"Expected index as an ExactIndex(), an ApproximateIndex() or a ShardedIndex(), got {quoted(index)}"
        )
    last = steps_of(estimator)[1]
    if not (hasattr(last, "embed_users") and hasattr(last, "embed_items")):
        if index is not None:
            raise ValueError(
                f"{type(last).__name__} has no vectors for an index: no embed_users and embed_items; leave it out"
            )
        return None
    index = ExactIndex() if index is None else index
    if hasattr(index, "ids"):
        check_fingerprint(index.fingerprint, fingerprint)
        return index
    return index.build(ids, last.embed_items(typed_side(estimator, items, names)), fingerprint=fingerprint)


def best_of_index(index, estimator, names, users, item, k, seen, allowed):
    """Return the Found of `users`, the parameters as in `best_of_pairs`; `item` is one, a row, for `typed_side`."""
    found = nothing(len(users), k, np.float64)
    n_found = min(k, len(index.ids))
    allowed = None if allowed.all() else allowed
    for start in range(0, len(users), USERS):
        block = slice(start, start + USERS)
        queries = steps_of(estimator)[1].embed_users(typed_side(estimator, users.iloc[block], names, item))
        block_best = _best_of_vectors(index, queries, n_found, seen[block], allowed)
        found.rows[block, :n_found], found.scores[block, :n_found] = block_best
    return found


def _best_of_vectors(index, queries, k, seen, allowed):
    """Return the Found of users by a vector each, (n, D), or by the best of several, (n, K, D)."""
    if queries.ndim == 2:
        return index.search(queries, k, exclude=seen, filter=allowed)
    n_users, n_vectors, width = queries.shape
    whose = np.repeat(np.arange(n_users), n_vectors)
    rows, scores = index.search(queries.reshape(-1, width), k, exclude=seen[whose], filter=allowed)
    query, place = np.nonzero(rows >= 0)
    of_user, row, score = whose[query], rows[query, place], scores[query, place]
    # of an item that several vectors found the best score stays
    order = np.lexsort((-score, row, of_user))
    of_user, row, score = of_user[order], row[order], score[order]
    first = np.flatnonzero((np.diff(of_user, prepend=-1) != 0) | (np.diff(row, prepend=-1) != 0))
    return best(of_user[first], row[first], score[first], n_users, k)


def item_vectors(estimator, ids, name, index):
    """Return a vector an item (n_items, D), without the bias that an index has beside; ids are in column `name`."""
    last = steps_of(estimator)[1]
    if hasattr(last, "embedding") and name in {field.name for field in last.schema_.fields}:
        frame = last.embedding(name)
        if index is None or "bias" in frame:
            vocabulary = last.schema_.vocabularies[last.schema_.field(name).vocabulary]
            codes = vocabulary.encode(ids.to_series(name=name)) - 1  # -1, the last row, is the unknown one
            return frame[[column for column in frame if isinstance(column, int)]].to_numpy()[codes]
    if index is None:
        raise TypeError(
            f"{type(last).__name__} has no vectors of items: neither embed_items nor an embedding of {quoted(name)}; "
            "of lists that are diverse, MMR(by=...) names columns by which items are alike"
        )
    return index.vectors
