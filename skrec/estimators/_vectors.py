"""What a model makes of users and of items apart: for the most, vectors whose inner products rank."""

from typing import Any

import numpy as np
import pandas as pd

from skrec._learnt import at_one_moment
from skrec._text import quoted
from skrec._validation import check_array, check_is_fitted
from skrec.data import as_pandas, by_name, check_cells, is_frame, refuse_columns
from skrec.engine import Rows, limit_threads, on_cpu
from skrec.estimators._base import NetEstimator
from skrec.estimators._base._finite import check_outputs
from skrec.estimators._base._threads import n_threads, thread_limit

USER, ITEM = 0, 1


class SideVectors(NetEstimator):
    """Base of the models whose users and items meet in an inner product."""

    @at_one_moment
    def embed_users(self, X: Any) -> np.ndarray:
        """Return the users' vectors, whose inner products with those of items rank as the model does.

        Parameters
        ----------
        X : DataFrame or array-like of shape (n_users, n_columns)
            The user's columns; others are not read. An array has all columns of `fit`, or the user's alone.

        Returns
        -------
        vectors : ndarray of shape (n_users, D), float
            A divisor is in here.
        """
        return embed(self, X, USER)

    @at_one_moment
    def embed_items(self, X: Any) -> np.ndarray:
        """Return the items' vectors, with a bias of the item as one of their numbers where the model has one.

        Parameters
        ----------
        X : DataFrame or array-like of shape (n_items, n_columns)
            The item's columns; others are not read. An array has all columns of `fit`, or the item's alone.

        Returns
        -------
        vectors : ndarray of shape (n_items, D), float
        """
        return embed(self, X, ITEM)


def embed(estimator, X, side):
    """Return what the net's `embed_users` or `embed_items` gives for the columns of one side, USER or ITEM."""
    check_is_fitted(estimator)
    if len(estimator.classes_) > 2:
        raise ValueError(
            f"Expected two classes, of which one is ranked by, got {quoted(estimator.classes_.tolist())}; fit to one "
            f"of them, y == {quoted(estimator.classes_.tolist()[-1])}"
        )
    names = estimator._columns_.sides[side]
    frame = _side_frame(estimator, X, names)
    check_cells(frame, {field.name: field.role for field in estimator.schema_.fields if field.name in names})
    schema, method = estimator.schema_.select(names), ("embed_users", "embed_items")[side]
    with on_cpu(), limit_threads(thread_limit(estimator)):
        rows = Rows(schema.encode(frame, n_threads(estimator)))
        return check_outputs(estimator.net_.outputs(rows, method), rows, schema)


def _side_frame(estimator, X, names):
    """Return the columns `names` of a frame, or of an array that has them alone or all of `fit`."""
    refuse_columns(X)
    if is_frame(X):
        frame = as_pandas(X)
        if not hasattr(estimator, "feature_names_in_") and frame.shape[1] == estimator.n_features_in_:
            frame = frame.set_axis(range(frame.shape[1]), axis=1)
        return by_name(frame, list(names))
    if estimator._typed_:
        raise TypeError(
            f"{type(estimator).__name__} was fitted on a frame with typed columns, got {type(X).__name__} without "
            f"them; pass a frame with the columns {quoted(names)}"
        )
    array = check_array(X, dtype=[np.float64, np.float32])
    columns = list(getattr(estimator, "feature_names_in_", range(estimator.n_features_in_)))
    if array.shape[1] not in (len(names), len(columns)):
        raise ValueError(
            f"Expected an array of {len(names)} columns, {quoted(names)}, or of all {len(columns)} of fit, "
            f"got {array.shape[1]}"
        )
    return pd.DataFrame(array, columns=names if array.shape[1] == len(names) else columns)[names]
