"""What a column of a pipeline is, in terms of raw columns: values that have codes, numbers, hashes."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from skrec._text import quoted
from skrec.data import Vocabulary
from skrec.export._arithmetic import stack


@dataclass(frozen=True)
class Codes:
    """Values that have codes; all others have 0.

    Parameters
    ----------
    values : pandas.Index of shape (n_values,)
    codes : ndarray of shape (n_values,), int64
    """

    values: Any
    codes: Any

    @classmethod
    def of_vocabulary(cls, vocabulary):
        """Return the codes that a vocabulary has."""
        return cls(vocabulary.values, np.arange(1, len(vocabulary)))

    def of(self, values):
        """Return the codes (n,) of other values, an Index."""
        return np.append(0, self.codes)[Vocabulary(self.values).codes_of(values)]

    def among(self, values):
        """Return the codes of those that are among `values`, an Index."""
        codes = self.of(values)
        known = codes > 0 if codes.any() else slice(None)  # their type is of use even where no value is
        return Codes(values[known], codes[known])


class Column:
    """A column on its way to a net; what it cannot be is refused.

    Parameters
    ----------
    name : str
        The raw column that it is made of.
    """

    name: str

    def codes(self, graph, codes):
        """Return the name of int64 codes (B,) of the values."""
        raise refused(f"{quoted(self.name)} as a category", "leave out what is done to it before")

    def number(self):
        """Return the Number that it is."""
        raise refused(f"{quoted(self.name)} as a number", "leave out what is done to it before")

    def tokens(self, graph, codes):
        """Return the names of int64 codes (T,) of all tokens, and of how many (B,) are each row's."""
        raise refused(f"{quoted(self.name)} as lists", "leave out what is done to it before")


@dataclass(frozen=True)
class Raw(Column):
    """A column as it comes."""

    name: str

    def codes(self, graph, codes):
        return graph.look_up(self.name, codes.values, codes.codes)

    def number(self):
        return Number(self)

    def tokens(self, graph, codes):
        values = graph.look_up(f"{self.name}.values", codes.values, codes.codes, size=f"{self.name}.tokens")
        return values, graph.integers(f"{self.name}.lengths")

    def values(self, graph):
        """Return the name of the numbers (B,), double, NaN where missing."""
        return graph.number(self.name)


@dataclass(frozen=True)
class Kept(Column):
    """A column of which an encoder keeps some values, and makes the others missing."""

    of: Column
    kept: Any  # pandas.Index

    @property
    def name(self):  # type: ignore[override]  # a field elsewhere
        return self.of.name

    def codes(self, graph, codes):
        return self.of.codes(graph, codes.among(self.kept))

    def tokens(self, graph, codes):
        return self.of.tokens(graph, codes.among(self.kept))


@dataclass(frozen=True)
class Imputed(Column):
    """A raw column with a value in the place of missing ones, which need not be a number."""

    name: str
    value: Any

    def codes(self, graph, codes):
        [missing] = codes.of(pd.Index([self.value]))
        return graph.look_up(self.name, codes.values, codes.codes, missing=missing)


@dataclass(frozen=True)
class Mapped(Column):
    """A number for each value of a raw column, one for values that are not known, and one for missing ones."""

    name: str
    known: Any  # pandas.Index of shape (n_values,)
    outputs: Any  # ndarray of shape (n_values,), float64
    other: float
    missing: float

    def codes(self, graph, codes):
        other, missing = codes.of(pd.Index([self.other, self.missing]))
        return graph.look_up(self.name, self.known, codes.of(pd.Index(self.outputs)), other, missing)

    def number(self):
        return Number(self)

    def values(self, graph):
        """Return the name of the numbers (B,), double."""
        n = len(self.known)
        place = graph.look_up(self.name, self.known, np.arange(1, n + 1), missing=n + 1)
        return graph.add("Gather", [graph.constant(np.array([self.other, *self.outputs, self.missing])), place])


@dataclass(frozen=True)
class Number(Column):
    """A number, and what is done to it.

    Parameters
    ----------
    of : Raw or Mapped
        Where it begins.
    steps : tuple of Arithmetic
        One after the other.
    """

    of: Raw | Mapped
    steps: tuple[Any, ...] = ()

    @property
    def name(self):  # type: ignore[override]  # a field elsewhere
        return self.of.name

    def then(self, step):
        """Return the number after another step."""
        return replace(self, steps=(*self.steps, step))

    def number(self):
        return self

    def codes(self, graph, codes):
        x = graph.add("Squeeze", [stack(graph, [self]), graph.constant(np.array([1]))])
        return graph.encode(x, np.array(codes.values.tolist(), np.float64), codes.codes)


class Frame:
    """The columns between two steps of a pipeline.

    Parameters
    ----------
    columns : dict of {str: Column} or None
        None for the raw ones, of which any name is there.
    """

    def __init__(self, columns=None):
        self.columns = columns

    def column(self, name):
        """Return a column by its name, or of a plain array by its position or as ``"x0"``."""
        if self.columns is None:
            return Raw(name if isinstance(name, str) else f"x{name}")
        if isinstance(name, str) and name in self.columns:
            return self.columns[name]
        place = str(name).removeprefix("x")
        if not place.isdecimal() or int(place) >= len(self.columns):
            raise refused(f"a step that reads {quoted(name)}, which no step before it gives", "run it before")
        return list(self.columns.values())[int(place)]

    def seen_by(self, step):
        """Return {name: Column} of what a fitted step was given."""
        names = getattr(step, "feature_names_in_", None)
        if names is None:
            names = [f"x{place}" for place in range(step.n_features_in_)]
        return {name: self.column(name) for name in names}


def refused(what, remedy):
    """Return the error that speaks of what no graph holds."""
    return ValueError(f"Expected steps that can be written into a graph, got {what}; {remedy}")
