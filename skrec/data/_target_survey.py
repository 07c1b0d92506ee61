"""Few rows that stand for all targets of rows that come in chunks."""

from typing import Any

import numpy as np
import pandas as pd

from skrec.data._moments import Moments
from skrec.data._several_targets import are_there, plain_column
from skrec.data._targets import distinct_labels

_KINDS = {"b": "booleans", "U": "text", "O": "objects"}


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
            kinds = [_KINDS.get(survey.rows[0].dtype.kind, "numbers") for survey in (self, other) if survey.rows]
            if len(set(kinds)) > 1:
                raise TypeError(
                    f"Expected targets y of one type in all processes, got {kinds[0]} in one and {kinds[1]} in "
                    "another; give them one type, for instance by y.astype(str)"
                )
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


class TargetsSurvey:
    """One target or several, each by a survey of its own, which sees the rows where the target is there.

    Parameters
    ----------
    survey : type
        `LabelSurvey` or `NumberSurvey`.
    """

    def __init__(self, survey):
        self.survey, self.columns, self.total = survey, [], 0.0
        self.several = False

    def add(self, y, weight):
        """Take a chunk: targets, (n_rows,) or (n_rows, K), and positive weights of its rows."""
        self.several = y.ndim > 1
        self.columns = self.columns or [self.survey() for _ in range(y.shape[1] if self.several else 1)]
        if not self.several:
            self.columns[0].add(y, weight)
            return
        there = are_there(y)
        self.total += weight.sum()
        for survey, column, rows in zip(self.columns, y.T, there.T, strict=True):
            survey.add(plain_column(column[rows]), weight[rows])

    def merge(self, other):
        """Take what another survey of the same kind has."""
        if not self.columns:
            self.columns, self.several = [self.survey() for _ in other.columns], other.several
        self.total += other.total
        for survey, more in zip(self.columns, other.columns, strict=False):  # another part may have had no row
            survey.merge(more)

    def result(self):
        """Return targets and weights of one target; of several K such pairs, and the weight of all rows."""
        results = [survey.result() for survey in self.columns]
        return (results, self.total) if self.several else results[0]


class ChainSurvey:
    """Rows of labels, those that are alike as one: there are few kinds of them."""

    def __init__(self):
        self.rows: Any = None

    def add(self, y, weight):
        """Take a chunk: labels, (n_rows,) or (n_rows, K), and positive weights of its rows."""
        self._add(pd.DataFrame(y).assign(weight=weight, count=1))

    def merge(self, other):
        """Take what another survey of the same kind has."""
        if other.rows is not None:
            self._add(other.rows)

    def _add(self, rows):
        rows = rows if self.rows is None else pd.concat([self.rows, rows])
        labels = [name for name in rows if name not in ("weight", "count")]
        self.rows = rows.groupby(labels, dropna=False, as_index=False).sum()

    def result(self):
        """Return rows of labels, (n,) or (n, K), and of each kind the weight and the number of its rows, (n, 2)."""
        y = self.rows.drop(columns=["weight", "count"]).to_numpy()
        return y[:, 0] if y.shape[1] == 1 else y, self.rows[["weight", "count"]].to_numpy(np.float64)
