"""What all baselines have: who took what, and scores of every user with items."""

from typing import Any, ClassVar, Self

import numpy as np
import pandas as pd
from scipy import sparse
from sklearn.base import BaseEstimator

from skrec._learnt import at_one_moment, learning
from skrec._site import OnSite
from skrec._text import quoted
from skrec._validation import Whole, _fit_context, check_array, check_features, check_is_fitted
from skrec._versions import VersionedPickle
from skrec.data import CATEGORICAL, Survey, as_pandas, by_name, is_frame, refuse_columns
from skrec.estimators._columns import IdColumns

SCORED = 2**24  # scores that are computed at a time


class Baseline(OnSite, VersionedPickle, BaseEstimator):
    """Base of the baselines: a subclass learns from the matrix of who took what, and scores rows of such a matrix."""

    _parameter_constraints: ClassVar[dict] = {"user": [str, Whole(-(2**63))], "item": [str, Whole(-(2**63))]}
    _minimum_columns = 2

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(self, X: Any, y: Any = None) -> Self:
        """Learn from rows of a user and an item.

        Parameters
        ----------
        X : DataFrame or array-like of shape (n_rows, n_columns)
            Who took what, a row each; rows without user or item are left out.
        y : ignored
            All rows are positives.

        Returns
        -------
        self : estimator

        Raises
        ------
        ValueError
            If no row has both, or a column is not there.
        """
        with learning(self) as work:
            frame, work._typed_ = check_features(work, X, reset=True)
            columns = IdColumns(user=work.user, item=work.item)
            roles, _ = columns.learn(frame, work._typed_, type(self).__name__)
            [user], [item] = columns.sides
            schema = Survey(roles).add(frame[[user, item]]).result()
            codes = work._codes(schema, frame[[user, item]], [user, item])
            there = (codes > 0).all(1)
            if not there.any():
                raise ValueError(
                    f"{type(self).__name__} needs rows with a user and an item, got none in columns {quoted(user)} and "
                    f"{quoted(item)}"
                )
            n_users, n_items = (len(schema.vocabularies[schema.field(name).vocabulary]) for name in (user, item))
            pairs = sparse.coo_array((np.ones(there.sum()), tuple(codes[there].T)), shape=(n_users, n_items)).tocsr()
            pairs.data[:] = 1  # once or often
            work._columns_, work.schema_, work._taken_ = columns, schema, pairs
            work._learn(frame, codes, there)
        return self

    @at_one_moment
    def decision_function(self, X: Any) -> np.ndarray:
        """Return the score of each row's user with its item.

        Parameters
        ----------
        X : DataFrame or array-like of shape (n_rows, n_columns)
            As in `fit`; of a user or an item that `fit` had not nothing is known.

        Returns
        -------
        scores : ndarray of shape (n_rows,), float
        """
        check_is_fitted(self)
        frame = check_features(self, X, reset=False)[0]
        codes = self._codes(self.schema_, frame, self._names_read())
        users, whose = np.unique(codes[:, 0], return_inverse=True)
        scores, size = np.empty(len(codes)), max(SCORED // self._taken_.shape[1], 1)
        for start in range(0, len(users), size):
            rows = np.flatnonzero((whose >= start) & (whose < start + size))
            block = self._scores(users[start : start + size])
            scores[rows] = block[whose[rows] - start, codes[rows, 1]]
        return scores

    @at_one_moment
    def represent_items(self, X: Any) -> np.ndarray:
        """Return what `score_items` has to know of items, from the item's column alone.

        Parameters
        ----------
        X : DataFrame or array-like of shape (n_items, n_columns)

        Returns
        -------
        items : ndarray of shape (n_items, 1), int32
        """
        return self._of_side(X, 1)[:, None]

    @at_one_moment
    def score_items(self, X: Any, items: Any) -> np.ndarray:
        """Return the score of each user with each item.

        Parameters
        ----------
        X : DataFrame or array-like of shape (n_users, n_columns)
            The user's column; others are not read.
        items : ndarray of shape (n_items, 1), int32
            Of `represent_items`.

        Returns
        -------
        scores : ndarray of shape (n_users, n_items), float
        """
        return self._scores(self._of_side(X, 0))[:, np.asarray(items)[:, 0]]

    def __getstate__(self) -> Any:
        return {name: _packed(value) for name, value in super().__getstate__().items()}

    def __setstate__(self, state: Any) -> None:
        super().__setstate__({name: _unpacked(value) for name, value in state.items()})

    def _learn(self, frame, codes, there):
        """Learn from `_taken_`, sparse (n_users, n_items) of ones, or from the codes (n_rows, 2) `there` are."""
        raise NotImplementedError

    def _scores(self, users):
        """Return the scores (n, n_items) of the users of codes (n,)."""
        raise NotImplementedError

    def _names_read(self, *, learning=False):
        return [side[0] for side in self._columns_.sides]

    def _of_side(self, X, side):
        """Return the codes (n_rows,) of the user's column, 0, or of the item's, 1."""
        check_is_fitted(self)
        refuse_columns(X)
        name = self._names_read()[side]
        if is_frame(X):
            frame = by_name(as_pandas(X), [name])
        else:
            array = check_array(X, dtype=np.float64)
            frame = pd.DataFrame({name: array[:, 0 if array.shape[1] == 1 else side]})
        return self._codes(self.schema_.select([name]), frame, [name])[:, 0]

    def _codes(self, schema, frame, names):
        """Return the codes of columns, in the order of `names`, (n_rows, n_names)."""
        order = [field.name for field in schema.of_role(CATEGORICAL)]
        return schema.encode(frame).codes[:, [order.index(name) for name in names]]


def _packed(value):
    """Return a sparse array as a dict of plain ones, and anything else as it is."""
    if not sparse.issparse(value):
        return value
    return {"data": value.data, "indices": value.indices, "indptr": value.indptr, "n_columns": value.shape[1]}


def _unpacked(value):
    """Return what `_packed` was given."""
    if not (isinstance(value, dict) and "indptr" in value):
        return value
    shape = (len(value["indptr"]) - 1, value["n_columns"])
    return sparse.csr_array((value["data"], value["indices"], value["indptr"]), shape=shape)
