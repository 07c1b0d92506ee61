"""What a numeric target needs."""

import numpy as np
import torch
from sklearn.base import RegressorMixin
from sklearn.model_selection import train_test_split

from skrec._learnt import at_one_moment
from skrec._validation import check_is_fitted, check_numbers
from skrec.data._moments import LARGEST, at_least, exponent_of
from skrec.data._target_survey import NumberSurvey
from skrec.engine import Numbers
from skrec.estimators._base import NetEstimator
from skrec.estimators._keywords import explains_keywords
from skrec.losses import squared_error

SQUARES = 1e4  # room for sums of squared errors; losses in units of the target have theirs as well


class NetRegressor(RegressorMixin, NetEstimator):
    """Base of the regressors: least squares on a target that the net sees with mean 0 and variance 1."""

    _target_survey = NumberSurvey

    @explains_keywords
    def partial_fit(self, X, y, sample_weight=None):
        """Train one epoch on these rows.

        The first call fixes the vocabulary (the categories that a column's dtype declares, else those that its rows
        have) and the scale of the target. Later, other categories use the unknown vector; where they keep coming,
        put a `HashEncoder` before.

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
    def predict(self, X):
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
        return self._answers().predictions(outputs)

    @property
    def intercept_(self):
        """The prediction of a row of which nothing is known, in units of the target."""
        check_is_fitted(self)
        with torch.inference_mode():
            outputs = self._of_nothing(self.net_.module_)
        return float(self._answers().predictions(outputs.detach()[None].numpy())[0])

    def _of_nothing(self, module):
        """Return the net's output where all but its bias is zero, (1,)."""
        return module.bias

    @at_one_moment
    def embedding(self, column):
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
        scale = 1.0 if getattr(self, "y_range", None) is not None else self._y_scale_
        vectors = [name for name in frame if name != "bias"]
        if self._bilinear:
            frame[vectors] *= scale**0.5
        if "bias" in frame:
            frame["bias"] *= scale
        return frame

    def _answers(self):
        return Numbers(self._y_mean_, self._y_scale_)

    def _check_target(self, y):
        return check_numbers(y)

    def _learn_target(self, y, weight, classes):
        """Learn mean and scale; return the output that predicts the mean, (1,)."""
        exponent, low, high = exponent_of(y), float(y.min()), float(y.max())
        y = np.ldexp(y, -exponent) if exponent else y
        mean = np.average(y, weights=weight)
        scale = np.ldexp(np.sqrt(np.average((y - mean) ** 2, weights=weight)), exponent)
        scale = at_least(float(scale), low, high)
        if low == high:
            mean, scale = y[0], 1.0  # no rounding of the mean is taken for a spread
        if scale > LARGEST / SQUARES**5:
            raise ValueError(
                "Expected a target y whose squares float64 can hold, got values that differ by about "
                f"{scale:.3g}; take their logarithm, or divide them by a constant"
            )
        self._y_mean_, self._y_scale_ = float(np.ldexp(mean, exponent)), float(scale) or 1.0
        return np.zeros(1)

    def _encode_target(self, y, weight):
        dtype = self.schema_.dtype
        with np.errstate(over="ignore"):
            scaled = (y - self._y_mean_) / self._y_scale_
        far = np.abs(scaled) > np.finfo(dtype).max ** 0.5 / SQUARES
        if far.any():
            raise ValueError(
                f"Expected targets y like those of fit, of mean {self._y_mean_:.3g} and standard deviation "
                f"{self._y_scale_:.3g}, got {y[far][0]:.3g}, too far off for a finite loss; clip them, or fit afresh "
                "on rows that have both"
            )
        return scaled.astype(dtype), weight

    def _loss(self):
        return squared_error

    def _split(self, sample, seed):
        train, valid = train_test_split(
            np.arange(len(sample.y)), test_size=float(self.validation_fraction), random_state=seed
        )
        return sample.take(train), sample.take(valid)
