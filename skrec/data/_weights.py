"""Row weights of any size: of them only ratios count."""

from math import frexp
from typing import Any

import numpy as np

__all__ = ["even_exponent", "normalized", "scaled"]


def normalized(weight: Any) -> Any:
    """Return weights (n_rows,) divided by a power of four, so that the largest is in [1, 4): see `scaled`."""
    return scaled(weight, even_exponent(weight.max()))


def scaled(weight: Any, exponent: Any) -> Any:
    """Return `weight` / 2**`exponent`, (n_rows,) float64, and zero where float32 has nothing between it and zero."""
    if exponent:
        weight = np.ldexp(weight, -exponent)
    return np.where(weight > NOTHING, weight, 0.0)


def even_exponent(largest: Any) -> Any:
    """Return the even e with which `largest` / 2**e is in [1, 4): 0 for weights of one, which stay what they are.

    By such a power all weights are divided without rounding, and their roots as well.
    """
    return (frexp(largest)[1] - 1) // 2 * 2


NOTHING = 2.0**-150  # half of float32's smallest number, and rounded to zero
