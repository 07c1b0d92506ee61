"""What a classification target needs."""

import numpy as np
from sklearn.base import ClassifierMixin
from sklearn.model_selection import train_test_split
from sklearn.utils.class_weight import compute_class_weight

from skrec._learnt import at_one_moment
from skrec._text import quoted
from skrec._validation import _check_partial_fit_first_call, check_is_fitted, check_labels
from skrec.data._target_survey import LabelSurvey, distinct_labels
from skrec.data._weights import even_exponent
from skrec.engine import Classes
from skrec.estimators._base import NetEstimator
from skrec.estimators._keywords import explains_keywords
from skrec.estimators._settings import ClassifierSettings
from skrec.losses import binary_cross_entropy, cross_entropy

LEAST_EXPONENT = -60  # of the factor of a class that the rows hardly have, which others to come may have


class NetClassifier(ClassifierMixin, ClassifierSettings, NetEstimator):
    """Base of the classifiers, binary and multi-class."""

    _target_survey = LabelSurvey

    @explains_keywords
    def partial_fit(self, X, y, classes=None, sample_weight=None):
        """Train one epoch on these rows.

        The first call fixes the vocabulary: the categories that a column's dtype declares, else those that its rows
        have. Later, other categories use the unknown vector, and learning from positives alone, rows with an unknown
        user or item are left out; where new ones keep coming, put a `HashEncoder` before.

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
            _check_partial_fit_first_call(self, classes)
        return self._partial_fit(X, y, sample_weight, classes)

    @property
    def intercept_(self):
        """Log odds of a row of which nothing is known, with more classes their logits."""
        check_is_fitted(self)
        return self.net_.module_.bias.detach().numpy().copy()

    @at_one_moment
    def predict_proba(self, X):
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
        return self._answers().probabilities(outputs)

    @at_one_moment
    def decision_function(self, X):
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
        return self._answers().decisions(outputs)

    @at_one_moment
    def predict(self, X):
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
        return self._answers().predictions(outputs)

    def _answers(self):
        return Classes(self.classes_)

    def _check_target(self, y):
        return check_labels(y)

    def _learn_target(self, y, weight, classes):
        """Learn classes and their weights; return the logits of their shares, (n_outputs,)."""
        if classes is not None:
            _check_partial_fit_first_call(self, classes)
        else:
            self.classes_ = distinct_labels(y)[1]
        if len(self.classes_) < 2:
            raise ValueError(
                f"{type(self).__name__} needs at least two classes, got only one class, "
                f"{quoted(self.classes_.tolist()[0])}, in the rows of positive weight"
            )
        factors = np.ones(len(self.classes_))
        if self.class_weight is not None:  # to be told of ones takes as long as all the rest
            factors = compute_class_weight(self.class_weight, classes=self.classes_, y=y, sample_weight=weight)
        if not ((factors > 0) & (factors < np.inf)).all():
            raise ValueError(
                f"The 'class_weight' parameter of {type(self).__name__} must have positive factors. "
                f"Got {quoted(self.class_weight)} instead; to leave a class out, leave out its rows."
            )
        codes = self._codes(y)
        self._class_factors_ = factors = _normalized_factors(factors, codes, weight)
        total = np.bincount(codes, weight * factors[codes], minlength=len(factors))
        share = (total + 1e-3 * total.sum()) / (total.sum() * (1 + 1e-3 * len(total)))  # no class at minus infinity
        return np.log(share[1:] / share[:1]) if len(share) == 2 else np.log(share)

    def _encode_target(self, y, weight):
        codes = self._codes(y)
        return codes, weight if self.class_weight is None else weight * self._class_factors_[codes]

    def _codes(self, y):
        codes, labels = distinct_labels(y)
        unseen = labels[~np.isin(labels, self.classes_)]
        if len(unseen):
            raise ValueError(
                f"Expected labels among {quoted(self.classes_.tolist())}, got {quoted(unseen.tolist())} in y"
            )
        return np.searchsorted(self.classes_, labels)[codes]

    def _loss(self):
        return binary_cross_entropy if len(self.classes_) == 2 else cross_entropy

    def _split(self, sample, seed):
        """Hold out a share of the rows, stratified where it has as many rows as classes; each class is in training."""
        _, codes, counts = np.unique(sample.y, return_inverse=True, return_counts=True)
        several, single = np.flatnonzero(counts[codes] > 1), np.flatnonzero(counts[codes] == 1)
        fraction = float(self.validation_fraction)  # scikit-learn knows no other
        n_held = int(np.ceil(fraction * len(several)))
        if min(n_held, len(several) - n_held) < max((counts > 1).sum(), 1):
            train, valid = _unstratified(codes, n_held, seed)
        else:
            train, valid = train_test_split(several, test_size=fraction, random_state=seed, stratify=codes[several])
        return sample.take(np.concatenate([train, single])), sample.take(valid)


def _unstratified(codes, n_held, seed):
    """Return rows of training, a random one of each class among them, and `n_held` others; neither has single ones."""
    several = np.flatnonzero(np.bincount(codes)[codes] > 1)
    order = np.random.RandomState(seed).permutation(several)
    _, first = np.unique(codes[order], return_index=True)
    others = np.delete(order, first)
    if not 2 <= n_held <= len(others):
        raise ValueError(
            f"there are {codes.max() + 1} classes, of which each keeps a row in training: {len(others)} rows are left, "
            f"of which {n_held} would be held out, and two at least are needed"
        )
    return np.concatenate([order[first], others[n_held:]]), others[:n_held]


def _normalized_factors(factors, codes, weight):
    """Return the classes' factors divided by a power of four, so that they change the sum of all weights little."""
    factors = np.ldexp(factors, -even_exponent(factors.max()))
    mean = np.average(factors[codes], weights=weight)
    return np.ldexp(factors, -max(even_exponent(mean), LEAST_EXPONENT))
