"""What a classification target needs."""

from typing import Any, Self

import numpy as np

from skrec._learnt import at_one_moment
from skrec._validation import check_classes, check_is_fitted
from skrec.estimators._base._estimator import NetEstimator
from skrec.estimators._base._groups import ClassifierParameters
from skrec.estimators._base._keywords import explains_keywords
from skrec.estimators._base._sklearn import ClassifierMixin
from skrec.objectives import Classification


class NetClassifier(ClassifierMixin, ClassifierParameters, NetEstimator):
    """Base of the classifiers, binary and multi-class: see `NetEstimator` and `skrec.base`."""

    _only_two = False  # whether more than two classes are refused

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_class = not self._only_two
        return tags

    def _objective(self):
        return Classification(type(self).__name__, self.class_weight, only_two=self._only_two)

    @explains_keywords
    def partial_fit(self, X: Any, y: Any, classes: Any = None, sample_weight: Any = None) -> Self:
        """Train one epoch on these rows.

        The first call fixes the vocabulary: the categories that a column's dtype declares, else those that its rows
        have. Later, other categories use the unknown vector, and learning from positives alone, rows with an unknown
        user or item are left out; with ``new_values="grow"`` each gets a vector of its own. Where new ones keep coming
        and memory is not to grow, put a `HashEncoder` before.

        Parameters
        ----------
        X : DataFrame or array-like of shape (n_rows, n_columns)
            As in `fit`.
        y : array-like of shape (n_rows,)
            Labels.
        classes : array-like of shape (n_classes,), optional
            All labels that will come; needed in the first call.
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
        if self.class_weight == "balanced":
            raise ValueError(
                "class_weight='balanced' needs all rows at once and does not go with partial_fit; "
                "pass the factors as a dict, or weights as sample_weight"
            )
        if classes is None or hasattr(self, "net_"):  # else it would set classes_, before anything is learnt
            check_classes(self, classes)
        return self._partial_fit(X, y, sample_weight, classes)

    @property
    def intercept_(self) -> Any:
        """Log odds of a row of which nothing is known, with more classes their logits."""
        check_is_fitted(self)
        return self.net_.module_.bias.detach().numpy().copy()

    @at_one_moment
    def predict_proba(self, X: Any) -> np.ndarray:
        """Return the probability of each class.

        Parameters
        ----------
        X : DataFrame or array-like of shape (n_rows, n_columns)
            As in `fit`; categories that are new or missing get the unknown vector.

        Returns
        -------
        probability : ndarray of shape (n_rows, n_classes), float
            In the order of `classes_`.
        """
        outputs = self._outputs(X)
        return self._target_.probabilities(outputs)

    @at_one_moment
    def decision_function(self, X: Any) -> np.ndarray:
        """Return the logits.

        Parameters
        ----------
        X : DataFrame or array-like of shape (n_rows, n_columns)
            As in `fit`.

        Returns
        -------
        logits : ndarray of shape (n_rows,) in the binary case, else (n_rows, n_classes), float
            Log odds of ``classes_[1]``; unnormalised log probabilities with more classes.
        """
        outputs = self._outputs(X)
        return self._target_.decisions(outputs)

    @at_one_moment
    def predict(self, X: Any) -> np.ndarray:
        """Return the most probable class.

        Parameters
        ----------
        X : DataFrame or array-like of shape (n_rows, n_columns)
            As in `fit`.

        Returns
        -------
        y : ndarray of shape (n_rows,)
            Labels, of the dtype of `classes_`.
        """
        outputs = self._outputs(X)
        return self._target_.predictions(outputs)
