"""Mean and scale of a numeric column that comes in chunks."""

import numpy as np

from skrec.data._moments import Moments, tolerance_of
from skrec.data._numbers import numbers


class MomentsSurvey:
    """Learns the weighted mean and standard deviation of a column.

    Notes
    -----
    A single chunk gives them to the bit as all rows at once do, several ones but for rounding.
    """

    def __init__(self):
        self.moments, self.tolerance = None, 0.0

    def add(self, column, weight):
        """Learn from a chunk, a Series of shape (n_rows,), and the weights of its rows."""
        values = numbers(column)
        if len(values):
            self._take(values, weight, tolerance_of(column))

    def merge(self, other):
        """Learn what another MomentsSurvey has."""
        if self.moments is None:
            self.moments, self.tolerance = other.moments, other.tolerance
        elif other.moments is not None:
            values, weight = other.moments.few_rows()
            self._take(values, weight, other.tolerance)

    def result(self):
        """Return mean and standard deviation, the latter 0 where the column is constant."""
        if self.moments is None:
            raise ValueError("Expected rows to learn from, got none; let one process have some at least")
        return self.moments.mean_and_deviation(self.tolerance)

    def _take(self, values, weight, tolerance):
        if self.moments is not None:
            values, weight = map(np.concatenate, zip(self.moments.few_rows(), (values, weight), strict=True))
        self.moments = Moments.of(values, weight)
        self.tolerance = max(self.tolerance, tolerance)
