"""What several targets need, a column of `y` each."""

from typing import Any

import numpy as np
import pandas as pd
import torch
from sklearn.utils.metaestimators import available_if

from skrec._learnt import at_one_moment
from skrec._validation import check_is_fitted
from skrec.data import Targets
from skrec.estimators._base._classifier import NetClassifier
from skrec.estimators._base._groups import TargetParameters
from skrec.estimators._base._regressor import NetRegressor
from skrec.objectives import Classification, Regression, SeveralTargets


def _has_one_target(estimator):
    """Return whether logits of one target are there to be had; the error says what is instead."""
    target = getattr(estimator, "_target_", None)
    if isinstance(target, Targets):
        raise AttributeError(
            f"decision_function is of one target, got {len(target.parts)}; predict_proba has a list, one for each"
        )
    return True


class SeveralClassifier(TargetParameters, NetClassifier):
    """Base of the classifiers of several targets: see `NetClassifier`.

    `y` may be (n_rows, n_targets), with NaN or None where a target is missing.
    """

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags

    def _objective(self):
        one = Classification(type(self).__name__, self.class_weight, only_two=self._only_two)
        return SeveralTargets(type(self).__name__, one, self.target_weights, getattr(self, "_target_", None))

    @property
    def n_outputs_(self) -> int:
        """Number of targets."""
        return _n_targets(self)

    @property
    def target_names_in_(self) -> Any:
        """Names of the targets, where `fit` saw a frame of several."""
        return _target_names(self)

    @at_one_moment
    def predict_proba(self, X: Any) -> Any:
        """Return the probability of each class.

        Parameters
        ----------
        X : DataFrame or array-like of shape (n_rows, n_columns)
            As in `fit`; categories that are new or missing get the unknown vector.

        Returns
        -------
        probability : ndarray of shape (n_rows, n_classes), float, of several targets a list of them
            In the order of `classes_`.
        """
        outputs = self._outputs(X)
        return self._target_.probabilities(outputs)

    @available_if(_has_one_target)
    @at_one_moment
    def decision_function(self, X: Any) -> Any:
        """Return the logits; with several targets there is no such method.

        Parameters
        ----------
        X : DataFrame or array-like of shape (n_rows, n_columns)
            As in `fit`.

        Returns
        -------
        logits : ndarray of shape (n_rows,) in the binary case, else (n_rows, n_classes), float
        """
        outputs = self._outputs(X)
        return self._target_.decisions(outputs)

    @at_one_moment
    def predict(self, X: Any) -> Any:
        """Return the most probable class.

        Parameters
        ----------
        X : DataFrame or array-like of shape (n_rows, n_columns)
            As in `fit`.

        Returns
        -------
        y : ndarray of shape (n_rows,), or (n_rows, n_targets)
            Labels; a frame where `fit` had several targets with names.
        """
        outputs = self._outputs(X)
        return _with_names(self._target_, self._target_.predictions(outputs), X)


class SeveralRegressor(TargetParameters, NetRegressor):
    """Base of the regressors of several targets: see `NetRegressor`.

    `y` may be (n_rows, n_targets), with NaN where a target is missing.
    """

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags

    def _objective(self):
        known = getattr(self, "_target_", None)
        return SeveralTargets(type(self).__name__, Regression(), self.target_weights, known)

    @property
    def n_outputs_(self) -> int:
        """Number of targets."""
        return _n_targets(self)

    @property
    def target_names_in_(self) -> Any:
        """Names of the targets, where `fit` saw a frame of several."""
        return _target_names(self)

    @property
    def intercept_(self) -> Any:
        """The prediction of a row of which nothing is known, of several targets an array."""
        check_is_fitted(self)
        with torch.inference_mode():
            outputs = self.net_.module_.bias.detach()[None].numpy()
        found = self._target_.predictions(outputs)[0]
        return found if isinstance(self._target_, Targets) else float(found)

    @at_one_moment
    def predict(self, X: Any) -> Any:
        """Return the expected target.

        Parameters
        ----------
        X : DataFrame or array-like of shape (n_rows, n_columns)
            As in `fit`; categories that are new or missing get the unknown vector.

        Returns
        -------
        y : ndarray of shape (n_rows,), or (n_rows, n_targets), float
            A frame where `fit` had several targets with names.
        """
        outputs = self._outputs(X)
        return _with_names(self._target_, self._target_.predictions(outputs), X)


def target_sizes(settings: Any, n_outputs: Any) -> Any:
    """Return how many outputs each target of an estimator has, which are `n_outputs` together."""
    sizes = settings._target_.sizes
    return sizes if sum(sizes) == n_outputs else (n_outputs,)


def _n_targets(estimator):
    check_is_fitted(estimator)
    return len(getattr(estimator._target_, "parts", [None]))


def _target_names(estimator):
    check_is_fitted(estimator)
    names = getattr(estimator._target_, "names", None)
    if names is None:
        raise AttributeError(f"{type(estimator).__name__} was fitted on a y without names")
    return np.array(names, dtype=object)


def _with_names(target, predictions, X):
    """Return predictions, as a frame with the index of `X` where targets have names."""
    names = getattr(target, "names", None)
    if names is None:
        return predictions
    index = X.index if isinstance(X, pd.DataFrame) else None
    return pd.DataFrame(dict(zip(names, predictions.T, strict=True)), index=index).infer_objects()
