"""Items beside those that a user took."""

from numbers import Real
from typing import Any, ClassVar

import numpy as np
from scipy import sparse

from skrec._validation import Interval, Whole
from skrec.baselines._baseline import SCORED, Baseline


class ItemKNN(Baseline):
    r"""Rank items by how near they are to those that a user took: items are near that the same users took.

    .. math:: s_{ui} = \sum_{j \in u} S_{ji}, \quad
        S_{ji} = \frac{|U_i \cap U_j|}{\sqrt{|U_i| |U_j|} + \lambda}

    with the users U of an item; of each item's similarities the largest alone count.

    Parameters
    ----------
    user, item : str or int, default=0 and 1
        The columns of the ids, by name or position.
    n_neighbors : int, default=100
        Similarities of an item that count.
    shrinkage : float, default=0.0
        Lambda, which takes trust from items with few users.

    Attributes
    ----------
    similarity_ : sparse array of shape (n_items + 1, n_items + 1)
        S, of a column the neighbours of an item.
    schema_ : Schema
        The ids.
    n_features_in_ : int
        Columns of the data.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Their names, where all are strings.

    References
    ----------
    Sarwar et al. (2001), Item-Based Collaborative Filtering Recommendation Algorithms.

    Examples
    --------
    >>> import pandas as pd
    >>> from skrec.baselines import ItemKNN
    >>> log = pd.DataFrame({"user": list("aabbc"), "item": list("uvuvu")})
    >>> ItemKNN().fit(log).decision_function(pd.DataFrame({"user": ["c"], "item": ["v"]})).round(2)
    array([0.82])
    """

    _parameter_constraints: ClassVar[dict] = {
        **Baseline._parameter_constraints,
        "n_neighbors": [Whole(1)],
        "shrinkage": [Interval(Real, 0, None, closed="left")],
    }

    def __init__(self, *, user: Any = 0, item: Any = 1, n_neighbors: int = 100, shrinkage: float = 0.0) -> None:
        self.user, self.item, self.n_neighbors, self.shrinkage = user, item, n_neighbors, shrinkage

    def _learn(self, frame, codes, there):
        taken, n_items = self._taken_, self._taken_.shape[1]
        root, parts = np.sqrt(taken.sum(0)), []
        size = max(SCORED // n_items, 1)
        for start in range(0, n_items, size):
            block = (taken[:, start : start + size].T @ taken).toarray()  # (b, n_items)
            block /= root[start : start + size, None] * root + self.shrinkage + (block == 0)
            block[np.arange(len(block)), start + np.arange(len(block))] = 0
            if self.n_neighbors < n_items:
                # of equal similarities those of the first items
                least = np.argsort(-block, axis=1, kind="stable")[:, self.n_neighbors :]
                np.put_along_axis(block, least, 0.0, axis=1)
            parts.append(sparse.csr_array(block))
        self.similarity_ = sparse.vstack(parts).T.tocsr()

    def _scores(self, users):
        return (self._taken_[users] @ self.similarity_).toarray()
