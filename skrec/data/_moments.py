"""Mean and spread of a column of numbers, of any size that float64 has."""

from math import frexp
from sys import float_info

import numpy as np

LARGEST = float_info.max**0.5  # a standard deviation whose square is finite
STEPS = 8  # of its dtype within which a column is constant: sums of equal numbers differ by some
SMALLEST_TOLERANCE = 1e-12  # of float64, for sums of thousands
SHARE = 1e-4  # of the range; of rows that count the same, a hundred million are needed for so small a deviation
_FLOAT32 = float(np.finfo(np.float32).eps)
_ORDINARY = 300  # squares of up to 2**300, and down to 2**-300, can be added up a billion times


def moments(values, weight, tolerance=SMALLEST_TOLERANCE):
    """Return weighted mean and standard deviation of finite numbers, the latter 0 where they are constant.

    Parameters
    ----------
    values, weight : ndarray of shape (n_rows,)
        Numbers and their positive weights.
    tolerance : float
        Differences, relative to the largest number, that are rounding: see `tolerance_of`.
    """
    low, high = float(values.min()), float(values.max())
    spread = (high - low) / (max(-low, high) or 1.0)
    if spread <= tolerance or (spread <= STEPS * _FLOAT32 and _came_through_float32(values)):
        return low + (high - low) / 2, 0.0
    exponent = exponent_of(values)
    mean, variance = mean_and_variance(np.ldexp(values.astype(np.float64), -exponent) if exponent else values, weight)
    return float(np.ldexp(mean, exponent)), at_least(float(np.ldexp(np.sqrt(variance), exponent)), low, high)


def at_least(deviation, low, high):
    """Return a standard deviation that extreme weights, which count one row alone, leave no smaller than this."""
    return max(deviation, high * SHARE - low * SHARE)


def mean_and_variance(values, weight):
    """Return weighted mean and variance of numbers whose squares can be added up."""
    total, deviation = weight.sum(), values.astype(np.float64)
    mean = np.einsum("i,i", deviation, weight) / total
    deviation -= mean
    variance = np.einsum("i,i,i", deviation, deviation, weight) / total
    if variance <= 10 * np.finfo(np.float64).eps * mean**2:  # the mean's own rounding counts beside so small a spread
        further = mean + np.einsum("i,i", deviation, weight) / total
        deviation -= further - mean
        mean, variance = further, np.einsum("i,i,i", deviation, deviation, weight) / total
    return mean, variance


def exponent_of(values):
    """Return e such that values / 2**e, exactly as precise, have squares to add up; 0 for all but extreme values."""
    exponent = frexp(max(-float(values.min()), float(values.max()), 0.0))[1]
    return exponent if abs(exponent) > _ORDINARY else 0


def tolerance_of(column):
    """Return the differences, relative to its numbers, that are rounding in a numeric column."""
    dtype = getattr(column.dtype, "numpy_dtype", column.dtype)  # of a nullable or an Arrow one
    if isinstance(dtype, np.dtype) and dtype.kind == "f":
        return max(STEPS * float(np.finfo(dtype).eps), SMALLEST_TOLERANCE)
    return SMALLEST_TOLERANCE


def _came_through_float32(values):
    """Whether float64 numbers have no more digits than float32, which whole numbers may have not either."""
    return bool((values == values.astype(np.float32)).all() and (values != np.floor(values)).any())
