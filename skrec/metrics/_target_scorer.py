"""scikit-learn's scorers for one of several targets, or all of them, any of which may be missing in a row."""

from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin, is_classifier
from sklearn.metrics import get_scorer

from skrec._text import quoted
from skrec.data import are_there, as_pandas, is_frame, plain_column


class TargetScorer:
    """What `target_scorer` returns."""

    def __init__(self, scoring: Any, target: Any = None) -> None:
        self.scoring, self.target = scoring, target

    def __repr__(self):
        """Say what is scored."""
        return f"target_scorer({self.scoring!r}, target={self.target!r})"

    def __call__(self, estimator, X, y, sample_weight=None):
        """Return the score of a target, or the mean of all."""
        frame = as_pandas(y) if is_frame(y) else pd.DataFrame(np.asarray(y))
        names = list(frame) if is_frame(y) else list(getattr(estimator, "target_names_in_", range(frame.shape[1])))
        predicted, scores = _Predictions(estimator, X), []
        for place in range(len(names)) if self.target is None else [self._place(names)]:
            column = frame.iloc[:, place]
            rows = are_there(column).to_numpy()
            if not rows.any():
                raise ValueError(f"Target {quoted(names[place])} is missing in all rows of y; leave it out")
            one = predicted.of(place if len(names) > 1 else None, rows)
            weight = {} if sample_weight is None else {"sample_weight": np.asarray(sample_weight)[rows]}
            scores.append(get_scorer(self.scoring)(one, X, plain_column(column.to_numpy()[rows]), **weight))
        return float(np.mean(scores))

    def _place(self, names):
        if self.target in names:
            return names.index(self.target)
        if isinstance(self.target, int) and 0 <= self.target < len(names):
            return self.target
        raise ValueError(
            f"Expected target={quoted(self.target)} among the targets of y, got {quoted(names)}; name one of them, or "
            "pass its position"
        )


def target_scorer(scoring: Any, *, target: Any = None) -> Any:
    """Return a scorer of one of several targets, or of their mean, that skips the rows in which it is missing.

    Parameters
    ----------
    scoring : str or callable
        A scorer of scikit-learn for a single target, by name or as ``scorer(estimator, X, y)``.
    target : str or int, optional
        The target's name, or its position; the mean of all if not given.

    Returns
    -------
    scorer : callable
        ``scorer(estimator, X, y, sample_weight=None)``, for `cross_val_score`, `GridSearchCV` and the parameter
        `scoring` of estimators. `X` is predicted once.

    Raises
    ------
    ValueError
        When it is called, for a target that is not there, or is missing in all rows.

    Notes
    -----
    scikit-learn splits by labels where `cv` is a number, for which none may be missing: pass ``cv=KFold(...)``.

    Examples
    --------
    >>> import pandas as pd
    >>> from sklearn.model_selection import KFold, cross_val_score
    >>> from skrec import MMoEClassifier
    >>> from skrec.metrics import target_scorer
    >>> X = pd.DataFrame({"user": ["ann", "bob"] * 200, "item": ["tea", "tea", "jam", "jam"] * 100})
    >>> y = pd.DataFrame({"click": (X["user"] == "ann") == (X["item"] == "tea"), "bought": X["item"] == "tea"})
    >>> y["bought"] = y["bought"].where(y["click"])  # of what was not clicked nobody knows
    >>> scoring = {name: target_scorer("roc_auc", target=name) for name in y}
    >>> model = MMoEClassifier(lr=0.01, random_state=0)
    >>> cross_val_score(model, X, y, cv=KFold(2), scoring=target_scorer("roc_auc", target="bought"))
    array([1., 1.])
    """
    return TargetScorer(scoring, target)


class _Predictions:
    """What an estimator says of all rows, each method called once."""

    def __init__(self, estimator: Any, X: Any) -> None:
        self.estimator, self.X = estimator, X
        self.known: dict[str, Any] = {}

    def of(self, place: Any, rows: Any) -> Any:
        """Return an estimator of the target at `place`, None of a single one, for some `rows`."""
        kind = _OneClassifier if is_classifier(self.estimator) else _OneRegressor
        return kind(self, place, rows)

    def call(self, method: Any, place: Any) -> Any:
        """Return what a method says of a target."""
        if method not in self.known:
            self.known[method] = getattr(self.estimator, method)(self.X)
        found = self.known[method]
        if place is None:
            return found
        return found[place] if isinstance(found, list) else np.asarray(found)[:, place]


class _One(BaseEstimator):
    """One target of an estimator that has predicted already."""

    def __init__(self, predictions: Any, place: Any, rows: Any) -> None:
        self.predictions, self.place, self.rows = predictions, place, rows

    def __sklearn_is_fitted__(self):
        return True

    def predict(self, X: Any) -> Any:
        """Return the predictions of the rows."""
        return plain_column(self.predictions.call("predict", self.place)[self.rows])


class _OneClassifier(ClassifierMixin, _One):
    """A classifier of one target."""

    @property
    def classes_(self) -> Any:
        """Labels of the target."""
        classes = self.predictions.estimator.classes_
        return classes if self.place is None else classes[self.place]

    def predict_proba(self, X: Any) -> Any:
        """Return the probabilities of the rows."""
        return self.predictions.call("predict_proba", self.place)[self.rows]


class _OneRegressor(RegressorMixin, _One):
    """A regressor of one target."""
