"""Mean and spread of a column of numbers, of any size that float64 has."""

from math import frexp
from sys import float_info
from typing import Any, NamedTuple

import numpy as np

LARGEST = float_info.max**0.5  # a standard deviation whose square is finite
STEPS = 8  # of its dtype within which a column is constant: sums of equal numbers differ by some
SMALLEST_TOLERANCE = 1e-12  # of float64, for sums of thousands
SHARE = 1e-4  # of the range; of rows that count the same, a hundred million are needed for so small a deviation
_FLOAT32 = float(np.finfo(np.float32).eps)
_ORDINARY = 300  # squares of up to 2**300, and down to 2**-300, can be added up a billion times


class Moments(NamedTuple):
    """What is remembered of numbers: enough for mean and spread, and for few rows that stand for all."""

    weight: float  # of all rows
    low: float
    high: float
    exponent: int  # mean and variance are those of the numbers divided by 2**exponent
    mean: float
    variance: float
    short: bool  # whether they differ by rounding of float32 and have no more digits than it

    @classmethod
    def of(cls, values, weight):
        """Look at numbers once.

        Parameters
        ----------
        values, weight : ndarray of shape (n_rows,)
            Finite numbers, one at least, and their positive weights.
        """
        low, high, exponent, total = float(values.min()), float(values.max()), exponent_of(values), weight.sum()
        if low == high:
            return cls(total, low, high, exponent, np.ldexp(low, -exponent), 0.0, True)
        scaled = np.ldexp(values.astype(np.float64), -exponent) if exponent else values
        mean, variance = mean_and_variance(scaled, weight, total)
        short = _spread(low, high) <= STEPS * _FLOAT32 and _came_through_float32(values)
        return cls(total, low, high, exponent, mean, variance, short)

    def mean_and_deviation(self, tolerance=SMALLEST_TOLERANCE):
        """Return weighted mean and standard deviation, the latter 0 where the numbers are constant.

        Parameters
        ----------
        tolerance : float
            Differences, relative to the largest number, that are rounding: see `tolerance_of`.
        """
        if _spread(self.low, self.high) <= tolerance or self.short:
            return self.low + (self.high - self.low) / 2, 0.0
        deviation = float(np.ldexp(np.sqrt(self.variance), self.exponent))
        return float(np.ldexp(self.mean, self.exponent)), at_least(deviation, self.low, self.high)

    def few_rows(self):
        """Return up to three rows with the weight, mean, variance, minimum and maximum of all.

        Returns
        -------
        values, weight : ndarray of shape (1,) or (3,), float64
            Minimum, mean and maximum with weights W t / a, W (1 - v / ab) and W t / b, where the mean is a above the
            minimum and b below the maximum, v is the variance and t = v / (a + b).

        Notes
        -----
        The weights are not negative, for v <= ab with equality where all lies at the ends (Bhatia, Davis 2000).
        """
        low, high = np.ldexp([self.low, self.high], -self.exponent)
        below, above = self.mean - low, high - self.mean
        if not (below > 0 and above > 0):
            return np.ldexp([low], self.exponent), np.array([self.weight])
        tilt = self.variance / (below + above)
        ends = min(self.variance / (below * above), 1.0)
        weight = self.weight * np.array([tilt / below, 1 - ends, tilt / above])
        return np.ldexp([low, self.mean, high], self.exponent), weight


def at_least(deviation: Any, low: Any, high: Any) -> Any:
    """Return a standard deviation that extreme weights, which count one row alone, leave no smaller than this."""
    return max(deviation, high * SHARE - low * SHARE)


def mean_and_variance(values, weight, total):
    """Return weighted mean and variance of numbers whose squares can be added up; `total` is the weights' sum."""
    deviation = values.astype(np.float64)
    mean = np.einsum("i,i", deviation, weight) / total
    deviation -= mean
    variance = np.einsum("i,i,i", deviation, deviation, weight) / total
    if variance <= 10 * np.finfo(np.float64).eps * mean**2:  # the mean's own rounding counts beside so small a spread
        further = mean + np.einsum("i,i", deviation, weight) / total
        deviation -= further - mean
        mean, variance = further, np.einsum("i,i,i", deviation, deviation, weight) / total
    return mean, variance


def exponent_of(values: Any) -> Any:
    """Return e such that values / 2**e, exactly as precise, have squares to add up; 0 for all but extreme values."""
    exponent = frexp(max(-float(values.min()), float(values.max()), 0.0))[1]
    return exponent if abs(exponent) > _ORDINARY else 0


def tolerance_of(column):
    """Return the differences, relative to its numbers, that are rounding in a numeric column."""
    dtype = getattr(column.dtype, "numpy_dtype", column.dtype)  # of a nullable or an Arrow one
    if isinstance(dtype, np.dtype) and dtype.kind == "f":
        return max(STEPS * float(np.finfo(dtype).eps), SMALLEST_TOLERANCE)
    return SMALLEST_TOLERANCE


def _spread(low, high):
    """Return how far numbers lie apart, relative to the largest."""
    return (high - low) / (max(-low, high) or 1.0)


def _came_through_float32(values):
    """Whether float64 numbers have no more digits than float32, which whole numbers may have not either."""
    with np.errstate(over="ignore"):
        short = values.astype(np.float32)
    return bool((values == short).all() and (values != np.floor(values)).any())
