"""Which of two labels is the positive."""

from numbers import Number
from typing import Any

import numpy as np

from skrec._text import quoted
from skrec._warn import warn


def warn_of_positive(labels: Any, learner: Any) -> None:
    """Warn which of two labels `learner` takes for the positive and that it ignores the other's rows, if they are text.

    Of numbers and booleans nobody expects another one than the larger; the order of text is that of the alphabet.
    """
    if not all(isinstance(label, (Number, np.bool_)) for label in labels):
        other, positive = (quoted(label) for label in labels)
        warn(
            f"{learner} learns from positives alone and takes {positive} for them, the last of two labels in their "
            f"order; rows of {other} are ignored. y == {positive} says the same without this warning, y == {other} "
            "takes the other one"
        )
