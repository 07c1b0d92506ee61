"""What a numeric target needs."""

from typing import Any, Self

import numpy as np
import pandas as pd
import torch

from skrec._learnt import at_one_moment
from skrec._validation import check_is_fitted
from skrec.estimators._base._estimator import NetEstimator
from skrec.estimators._base._keywords import explains_keywords
from skrec.estimators._base._sklearn import RegressorMixin
from skrec.objectives import Regression


class NetRegressor(RegressorMixin, NetEstimator):
    """Base of the regressors: see `NetEstimator` and `skrec.base`.

    They learn by least squares, of a target that the net sees with mean 0 and variance 1.
    """

    def _objective(self):
        return Regression()

    @explains_keywords
    def partial_fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Train one epoch on these rows.

        The first call fixes the vocabulary (the categories that a column's dtype declares, else those that its rows
        have) and the scale of the target. Later, other categories use the unknown vector; where they keep coming,
        set ``new_values="grow"``, or put a `HashEncoder` before.

        Parameters
        ----------
        X : DataFrame or array-like of shape (n_rows, n_columns)
            As in `fit`.
        y : array-like of shape (n_rows,)
            Target.
        sample_weight : array-like of shape (n_rows,), optional
            Row weights.

        Returns
        -------
        self : estimator

        Warns
        -----
        UserWarning
            If more than a quarter of the rows, and more than five, have a value in some column that the first call had
            not.
        """
        return self._partial_fit(X, y, sample_weight)

    @at_one_moment
    def predict(self, X: Any) -> np.ndarray:
        """Return the expected target.

        Parameters
        ----------
        X : DataFrame or array-like of shape (n_rows, n_columns)
            As in `fit`; categories that are new or missing get the unknown vector.

        Returns
        -------
        y : ndarray of shape (n_rows,), float
        """
        outputs = self._outputs(X)
        return self._target_.predictions(outputs)

    @property
    def intercept_(self) -> Any:
        """The prediction of a row of which nothing is known, in units of the target."""
        check_is_fitted(self)
        with torch.inference_mode():
            outputs = self._of_nothing(self.net_.module_)
        return float(self._target_.predictions(outputs.detach()[None].numpy())[0])

    def _of_nothing(self, module):
        """Return the net's output where all but its bias is zero, (1,)."""
        return module.bias

    @at_one_moment
    def embedding(self, column: str | int) -> pd.DataFrame:
        """Return what was learnt about each category of a column, in units of the target.

        Parameters
        ----------
        column : str or int
            A categorical or list column, by its name in `fit` (its position, for an array).

        Returns
        -------
        embedding : DataFrame of shape (n_values + 1, embedding_dim + n_linear)
            A row a value, the last one, NaN, for unknown ones. Columns 0, 1, ... are the vector, scaled so that inner
            products are in units of the target where the model adds them up; "bias" is the linear weight where the
            model has one.
        """
        frame = super().embedding(column).astype(np.float64)  # as predictions are
        scale = 1.0 if getattr(self, "y_range", None) is not None else getattr(self._target_, "scale", 1.0)
        vectors = [name for name in frame if name != "bias"]
        if self._bilinear:
            frame[vectors] *= scale**0.5
        if "bias" in frame:
            frame["bias"] *= scale
        return frame
