"""Few rows that stand for all targets of rows that come in chunks."""

from typing import Any

import numpy as np

from skrec.data._moments import Moments
from skrec.data._targets import distinct_labels


class TargetSurvey:
    """Base of the surveys of a target, which say in `_few_rows` how few rows stand for many.

    Notes
    -----
    Of the last chunk all rows are kept, so that a single one stays what it is to the bit.
    """

    def __init__(self):
        self.rows = None

    def __getstate__(self) -> Any:
        return {"rows": self.rows and self._few_rows(*self.rows)}

    def add(self, y: Any, weight: Any) -> None:
        """Take a chunk: targets and positive weights of its rows, arrays of shape (n_rows,)."""
        if self.rows is None or not len(self.rows[0]):
            self.rows = y, weight
        elif len(y):
            before = self._few_rows(*self.rows)
            self.rows = tuple(np.concatenate(both) for both in zip(before, (y, weight), strict=True))

    def merge(self, other: Any) -> None:
        """Take what another survey of the same kind has."""
        if other.rows is not None:
            self.add(*other.rows if self.rows is None else other._few_rows(*other.rows))

    def result(self) -> Any:
        """Return targets and weights, arrays of shape (n,) each, from which the same is learnt as from all rows."""
        return self.rows

    def _few_rows(self, y, weight):
        raise NotImplementedError


class LabelSurvey(TargetSurvey):
    """Labels and how much weight each has."""

    def _few_rows(self, y, weight):
        codes, labels = distinct_labels(y)
        return labels, np.bincount(codes, weight)


class NumberSurvey(TargetSurvey):
    """Numbers with the mean, the variance, the minimum and the maximum of all."""

    def _few_rows(self, y, weight):
        return Moments.of(y, weight).few_rows()
