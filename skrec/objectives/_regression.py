"""Numbers."""

from typing import Any

import numpy as np
from scipy.special import logit

from skrec._validation import check_numbers
from skrec.data import LARGEST, SQUARES, Numbers, NumberSurvey, at_least, exponent_of
from skrec.losses import WeightedLoss, squared_error
from skrec.objectives._objective import Objective

SMALLEST_SHARE = 1e-6  # of a range, for the spread of the targets in it


class Regression(Objective):
    """Learn numbers by least squares; the net sees them with mean 0 and variance 1.

    Parameters
    ----------
    y_range : pair of float, optional
        The range that the net squashes its outputs into.
    criterion : torch.nn.Module, optional
        What is minimised in place of the weighted squared error.
    """

    def __init__(self, y_range: Any = None, criterion: Any = None) -> None:
        self.y_range, self.given = y_range, criterion

    def check_target(self, y: Any) -> Any:
        """Return numbers of shape (n_rows,), float64, checked."""
        return check_numbers(y)

    def survey(self) -> Any:
        """Return what sums up numbers in few that stand for all."""
        return NumberSurvey()

    def learn(self, y: Any, weight: Any, classes: Any = None) -> Any:
        """Return the mean and the scale of numbers, and the output that predicts the mean."""
        exponent, low, high = exponent_of(y), float(y.min()), float(y.max())
        scaled = np.ldexp(y, -exponent) if exponent else y
        mean = np.average(scaled, weights=weight)
        scale = np.ldexp(np.sqrt(np.average((scaled - mean) ** 2, weights=weight)), exponent)
        scale = at_least(float(scale), low, high)
        if low == high:
            mean, scale = scaled[0], 1.0  # no rounding of the mean is taken for a spread
        if scale > LARGEST / SQUARES**5:
            raise ValueError(
                "Expected a target y whose squares float64 can hold, got values that differ by about "
                f"{scale:.3g}; take their logarithm, or divide them by a constant"
            )
        mean, scale = float(np.ldexp(mean, exponent)), float(scale) or 1.0
        if self.y_range is None:
            return Numbers(mean, scale), np.zeros(1)
        return self._learn_in_range(low, high, mean, scale)

    def criterion(self, target: Any) -> Any:
        """Return the weighted squared error, or what was given in its place."""
        return WeightedLoss(squared_error) if self.given is None else self.given

    def _learn_in_range(self, low, high, mean, scale):
        least, most = map(float, self.y_range)
        if not least < low <= high < most:
            raise ValueError(
                f"Expected targets within y_range={self.y_range}, got {low:g} to {high:g}; "
                "a sigmoid never reaches its ends, so make the range a little wider than the targets"
            )
        scale = max(scale, SMALLEST_SHARE * (most - least))  # in units of it the range stays finite
        return Numbers(mean, scale), np.array([logit((mean - least) / (most - least))])
