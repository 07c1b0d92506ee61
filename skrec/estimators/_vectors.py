"""What a model makes of users and of items apart: for the most, vectors whose inner products rank."""

import numpy as np
import pandas as pd

from skrec._learnt import at_one_moment
from skrec._text import quoted
from skrec._validation import check_array, check_is_fitted
from skrec.data._column_names import by_name
from skrec.data._columns import CATEGORICAL, NUMERIC, SEQUENCE
from skrec.data._containers import as_pandas, is_frame
from skrec.data._roles import check_cells
from skrec.data._tables import refuse_columns
from skrec.engine import Rows, limit_threads, on_cpu
from skrec.estimators._base import NetEstimator
from skrec.estimators._finite import check_outputs
from skrec.nets import Side


class Separable(NetEstimator):
    """Mixin of the models whose net has `embed_users` and `embed_items`, each from the columns of a side alone."""

    def _side_names(self):
        """Return the names of the user's columns, and of the item's."""
        raise NotImplementedError

    def _side(self, names):
        """Return the Side of the columns `names`."""
        positions = (
            tuple(i for i, field in enumerate(self.schema_.of_role(role)) if field.name in names)
            for role in (CATEGORICAL, SEQUENCE, NUMERIC)
        )
        return Side(*positions)

    def _embed(self, X, side, method):
        """Return what a method of the net gives for the columns of one side, user 0 or item 1."""
        check_is_fitted(self)
        if len(self.classes_) > 2:
            raise ValueError(
                f"Expected two classes, of which one is ranked by, got {quoted(self.classes_.tolist())}; fit to one "
                f"of them, y == {quoted(self.classes_.tolist()[-1])}"
            )
        names = self._side_names()[side]
        frame = self._side_frame(X, names)
        check_cells(frame, {field.name: field.role for field in self.schema_.fields if field.name in names})
        schema = self.schema_.select(names)
        with on_cpu(), limit_threads(self._thread_limit()):
            rows = Rows(schema.encode(frame, self._threads()))
            return check_outputs(self.net_.outputs(rows, method), rows, schema)

    def _side_frame(self, X, names):
        """Return the columns `names` of a frame, or of an array that has them alone or all of `fit`."""
        refuse_columns(X)
        if is_frame(X):
            frame = as_pandas(X)
            if not hasattr(self, "feature_names_in_") and frame.shape[1] == self.n_features_in_:
                frame = frame.set_axis(range(frame.shape[1]), axis=1)
            return by_name(frame, list(names))
        if self._typed_:
            raise TypeError(
                f"{type(self).__name__} was fitted on a frame with typed columns, got {type(X).__name__} without them; "
                f"pass a frame with the columns {quoted(names)}"
            )
        array = check_array(X, dtype=[np.float64, np.float32])
        columns = list(getattr(self, "feature_names_in_", range(self.n_features_in_)))
        if array.shape[1] not in (len(names), len(columns)):
            raise ValueError(
                f"Expected an array of {len(names)} columns, {quoted(names)}, or of all {len(columns)} of fit, "
                f"got {array.shape[1]}"
            )
        return pd.DataFrame(array, columns=names if array.shape[1] == len(names) else columns)[names]


class SideVectors(Separable):
    """Mixin of the models whose users and items meet in an inner product."""

    @at_one_moment
    def embed_users(self, X):
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
        return self._embed(X, 0, "embed_users")

    @at_one_moment
    def embed_items(self, X):
        """Return the items' vectors, with a bias of the item as one of their numbers where the model has one.

        Parameters
        ----------
        X : DataFrame or array-like of shape (n_items, n_columns)
            The item's columns; others are not read. An array has all columns of `fit`, or the item's alone.

        Returns
        -------
        vectors : ndarray of shape (n_items, D), float
        """
        return self._embed(X, 1, "embed_items")
