"""Labels of classes."""

from typing import Any

import numpy as np
from sklearn.utils.class_weight import compute_class_weight

from skrec._text import quoted
from skrec._validation import check_labels
from skrec.data import Classes, LabelSurvey, distinct_labels, even_exponent
from skrec.losses import WeightedLoss, binary_cross_entropy, cross_entropy
from skrec.objectives._objective import Objective

LEAST_EXPONENT = -60  # of the factor of a class that the rows hardly have, which others to come may have


class Classification(Objective):
    """Learn the classes of rows by the cross entropy.

    Parameters
    ----------
    name : str
        Of the estimator, for errors.
    class_weight : dict, "balanced" or None
        Factors on the row weights by class.
    only_two : bool, default=False
        Whether more than two classes are refused.
    criterion : torch.nn.Module, optional
        What is minimised in place of the weighted cross entropy.
    remedy : str, default=""
        What to do about rows of one class alone.
    """

    by_label = True

    def __init__(
        self, name: str, class_weight: Any = None, *, only_two: bool = False, criterion: Any = None, remedy: str = ""
    ) -> None:
        self.name, self.class_weight, self.only_two = name, class_weight, only_two
        self.given, self.remedy = criterion, remedy

    def check_target(self, y: Any) -> Any:
        """Return labels of shape (n_rows,), checked."""
        return check_labels(y)

    def survey(self) -> Any:
        """Return what counts the weight of each label."""
        return LabelSurvey()

    def learn(self, y: Any, weight: Any, classes: Any = None) -> Any:
        """Return the Classes of labels, and the logits of their shares."""
        classes = distinct_labels(y)[1] if classes is None else classes
        if self.only_two and len(classes) > 2:
            raise ValueError("Only binary classification is supported. The type of the target is multiclass.")
        if len(classes) < 2:
            raise ValueError(
                f"{self.name} needs at least two classes, got only one class, {quoted(classes.tolist()[0])}, in the "
                f"rows of positive weight{self.remedy}"
            )
        codes = Classes(classes).encode(y, weight, None)[0]
        factors = self._factors(classes, y, codes, weight)
        total = np.bincount(codes, weight * factors[codes], minlength=len(factors))
        share = (total + 1e-3 * total.sum()) / (total.sum() * (1 + 1e-3 * len(total)))  # no class at minus infinity
        bias = np.log(share[1:] / share[:1]) if len(share) == 2 else np.log(share)
        return Classes(classes, None if self.class_weight is None else factors), bias

    def criterion(self, target: Any) -> Any:
        """Return the weighted cross entropy, or what was given in its place."""
        if self.given is not None:
            return self.given
        return WeightedLoss(binary_cross_entropy if len(target.classes) == 2 else cross_entropy)

    def _factors(self, classes, y, codes, weight):
        factors = np.ones(len(classes))
        if self.class_weight is not None:  # to be told of ones takes as long as all the rest
            factors = compute_class_weight(self.class_weight, classes=classes, y=y, sample_weight=weight)
        if not ((factors > 0) & (factors < np.inf)).all():
            raise ValueError(
                f"The 'class_weight' parameter of {self.name} must have positive factors. "
                f"Got {quoted(self.class_weight)} instead; to leave a class out, leave out its rows."
            )
        return _normalized(factors, codes, weight)


def _normalized(factors, codes, weight):
    """Return the classes' factors divided by a power of four, so that they change the sum of all weights little."""
    factors = np.ldexp(factors, -even_exponent(factors.max()))
    mean = np.average(factors[codes], weights=weight)
    return np.ldexp(factors, -max(even_exponent(mean), LEAST_EXPONENT))
