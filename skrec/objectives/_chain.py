"""Targets of which each needs the one before, as a purchase a click."""

from typing import Any

import numpy as np

from skrec.data import ChainSurvey, are_there, distinct_labels, plain_column, warn_of_strays
from skrec.objectives._several import SeveralTargets

LEAST = 1e-3  # of the rows, for a share that there is nothing of


class ChainedTargets(SeveralTargets):
    """Learn a chain of labels over all rows: where a target is negative, the next one cannot be positive.

    A label that is missing behind a negative one is negative.
    """

    def survey(self) -> Any:
        """Return what counts the kinds of rows."""
        return ChainSurvey()

    def learn(self, y: Any, weight: Any, classes: Any = None) -> Any:
        """Return what `y` means, and the log odds of each target given the one before, (n_outputs,).

        Parameters
        ----------
        y : ndarray of shape (n_kinds,) or (n_kinds, n_targets)
        weight : ndarray of shape (n_kinds, 2)
            The weight of the rows of each kind, and their number.
        classes : ndarray, or list of them, optional
        """
        weight, counts = weight.T
        if y.ndim == 1:
            return super().learn(y, weight, classes)
        columns, negative = [], np.zeros(len(y), bool)  # rows in which the target before is known to be negative
        for place, there in enumerate(are_there(y).T):
            labels = plain_column(y[there, place])
            own = distinct_labels(labels)[1] if classes is None else np.unique(classes[place])
            filled = ~there & negative if len(own) else np.zeros(len(y), bool)
            columns.append(
                (np.concatenate([labels, np.repeat(own[:1], filled.sum())]), np.r_[weight[there], weight[filled]])
            )
            negative = filled
            negative[there] = labels == own[:1]
        targets, _ = self._together(columns, weight.sum(), classes, chained=True)
        codes, _ = targets.encode(y, weight, None)
        warn_of_strays(codes, counts, targets, self.name)
        return targets, np.array(_conditional(codes, weight))


def _conditional(codes, weight):
    """Return the log odds of each target among the rows that have the one before, K of them."""
    rows, odds = np.ones(len(codes), bool), []
    for column in codes.T:
        positive, negative = (weight[rows & (column == code)].sum() for code in (1, 0))
        least = LEAST * (positive + negative) or 1.0
        odds.append(np.log((positive + least) / (negative + least)))
        rows = column == 1
    return odds
