"""Constructor parameters, each declared once: its type, its range, its text."""

import dataclasses
from numbers import Integral, Real
from typing import Any

from skrec._validation import Interval, StrOptions, Whole


def parameter(default: Any, kind: str, text: str, *constraints: Any) -> Any:
    """Declare a constructor parameter.

    Parameters
    ----------
    default : object
        Its default value.
    kind : str
        What numpydoc's type line says of it.
    text : str
        Its description, the same in every class that has it.
    *constraints : scikit-learn parameter constraints
        What `fit` accepts.
    """
    return dataclasses.field(default=default, metadata={"kind": kind, "text": text, "constraints": list(constraints)})


def positive(kind: Any) -> Any:
    """Return the constraint of a positive number of `kind` (Integral or Real)."""
    return Whole(1) if kind is Integral else Interval(Real, 0, None, closed="neither")


def at_least_zero(kind: Any = Real) -> Any:
    """Return the constraint of a number of `kind` (Integral or Real) that may be zero."""
    return Whole(0) if kind is Integral else Interval(kind, 0, None, closed="left")


def position() -> Any:
    """Return the constraint of a column's place."""
    return Whole(-(2**63))


def one_of(*options: Any) -> Any:
    """Return the constraint of a choice between strings."""
    return StrOptions(set(options))
