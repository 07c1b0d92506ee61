"""What becomes of raw columns on their way to a net: lookups of values, and arithmetic of numbers."""

from dataclasses import dataclass
from itertools import count
from typing import Any, ClassVar

import numpy as np

from skrec._text import quoted
from skrec.data import CATEGORICAL, NUMERIC, SEQUENCE

TEXT, WHOLE, NUMBER = "text", "whole", "number"  # what ONNX is given of a column
_KINDS = {"string": TEXT, "empty": TEXT, "integer": WHOLE, "boolean": WHOLE, "floating": NUMBER}


@dataclass(frozen=True)
class Lookup:
    """A raw column, or list column, of which each known value has a code; any other one has 0.

    Parameters
    ----------
    name : str
        The raw column.
    values : pandas.Index of shape (n_values,)
    codes : ndarray of shape (n_values,), int
    """

    name: str
    values: Any
    codes: Any

    @property
    def kind(self):
        """What ONNX is given: text, whole numbers (booleans too) or floats."""
        kind = _KINDS.get(self.values.inferred_type if len(self.values) else "empty")
        if kind is None or (kind == WHOLE and not -(2**63) <= int(self.values.min()) <= int(self.values.max()) < 2**63):
            raise ValueError(
                f"Column {quoted(self.name)}: expected text, floats or integers of 64 bits with sign, got "
                f"{self.values.inferred_type} values; make them text before fit, for instance with .astype(str)"
            )
        return kind

    @property
    def missing(self):
        """Return a value that stands for a missing one: none that is known."""
        if self.kind == NUMBER:
            return None  # NaN
        known = set(self.values)
        candidates = map("\x7f".__mul__, count()) if self.kind == TEXT else count(-1, -1)
        return next(value for value in candidates if value not in known)


@dataclass(frozen=True)
class Number:
    """A raw column of numbers, or whether it is missing, and what is done to it.

    Parameters
    ----------
    name : str
        The raw column.
    fill : float, default=NaN
        In place of missing ones.
    is_indicator : bool, default=False
        Whether it is 1 where the column is missing, else 0.
    steps : tuple of pairs of float
        Each subtracts the first and divides by the second.
    """

    name: str
    fill: float = np.nan
    is_indicator: bool = False
    steps: tuple[tuple[float, float], ...] = ()
    kind: ClassVar[str] = NUMBER


def input_name(column):
    """Return the name of a column as the file has it."""
    return column if isinstance(column, str) else f"x{column}"


class RawColumns:
    """The frame as the estimator gets it: what its columns are made of, where nothing is before the estimator."""

    def lookup(self, name, vocabulary):
        """Return the Lookup of a categorical or list column of the estimator."""
        return Lookup(input_name(name), vocabulary.values, np.arange(1, len(vocabulary)))

    def number(self, name):
        """Return the Number of a numeric column of the estimator, before the estimator standardises it."""
        return Number(input_name(name))


class EncodedColumns(RawColumns):
    """The frame behind an encoder.

    Parameters
    ----------
    categories : dict of {str: pandas.Index}
        The categories that an encoder keeps, by the column.
    numbers : dict of {str: Number}, default=()
        Numeric columns.
    """

    def __init__(self, categories, numbers=()):
        self.categories, self.numbers = categories, dict(numbers)

    def lookup(self, name, vocabulary):
        if name not in self.categories:  # a list, which encoders leave as it is
            return super().lookup(name, vocabulary)
        values = self.categories[name]
        codes = vocabulary.codes_of(values)
        return Lookup(name, values[codes > 0], codes[codes > 0])

    def number(self, name):
        return self.numbers[name]


def columns_of(schema, source):
    """Return what the net's categorical columns, its numbers and its lists are made of, three lists.

    Parameters
    ----------
    schema : Schema
        What the net sees.
    source : RawColumns
    """
    codes, lists = (
        [source.lookup(field.name, schema.vocabularies[field.vocabulary]) for field in schema.of_role(role)]
        for role in (CATEGORICAL, SEQUENCE)
    )
    numbers = []
    for field, mean, scale in zip(schema.of_role(NUMERIC), schema.mean, schema.scale, strict=True):
        raw = source.number(field.name)
        numbers.append(Number(raw.name, raw.fill, raw.is_indicator, (*raw.steps, (mean, scale))))
    return codes, numbers, lists
