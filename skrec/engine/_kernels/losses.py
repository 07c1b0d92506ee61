"""Losses of a row, and their derivatives."""

from math import exp, log1p

import numpy as np

from skrec.ops._kernels._compile import uncounted

__all__ = ["LOGISTIC", "SQUARED", "slope"]

LOGISTIC, SQUARED = 0, 1


@uncounted
def slope(loss, output, target):
    """Return the loss of an output and its derivative, both float64."""
    if loss.kind == LOGISTIC:
        e = exp(-abs(np.float64(output)))
        share = 1 / (1 + e) if output >= 0 else e / (1 + e)  # the sigmoid
        return max(output, 0.0) - output * target + log1p(e), share - target
    if loss.span == 0:
        error = np.float64(output) - target
        return error * error, 2 * error
    share = 1 / (1 + exp(-np.float64(output)))
    error = loss.low + loss.span * share - target
    return error * error, 2 * error * loss.span * share * (1 - share)
