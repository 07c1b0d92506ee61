"""What is done to numbers on their way to a net, as nodes of ONNX: columns that take the same steps take them at once.

Shape letters: B rows, M columns, K edges of bins, Q quantiles.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

INT64, DOUBLE = 7, 11


class Arithmetic:
    """A step of a number."""

    @property
    def kind(self):
        """Return what columns share that take a step at once."""
        return type(self)

    @classmethod
    def add(cls, graph, x, steps):
        """Return the name of what the steps of M columns make of `x`, (B, M), double."""
        raise NotImplementedError


@dataclass(frozen=True)
class Fill(Arithmetic):
    """A number in the place of missing ones."""

    value: float

    @classmethod
    def add(cls, graph, x, steps):
        value = graph.constant(_each(steps, "value"))
        return graph.add("Where", [graph.add("IsNaN", [x]), value, x])


class Missing(Arithmetic):
    """One where the number is missing, zero elsewhere."""

    @classmethod
    def add(cls, graph, x, steps):
        return graph.add("Cast", [graph.add("IsNaN", [x])], to=DOUBLE)


@dataclass(frozen=True)
class Scale(Arithmetic):
    """Subtract `center`, divide by `scale`."""

    center: float
    scale: float

    @classmethod
    def add(cls, graph, x, steps):
        center, scale = (graph.constant(_each(steps, part)) for part in ("center", "scale"))
        return graph.add("Div", [graph.add("Sub", [x, center]), scale])


@dataclass(frozen=True)
class Clip(Arithmetic):
    """Nothing below `low`, nothing above `high`."""

    low: float
    high: float

    @classmethod
    def add(cls, graph, x, steps):
        low, high = (graph.constant(_each(steps, part)) for part in ("low", "high"))
        return graph.add("Min", [graph.add("Max", [x, low]), high])


@dataclass(frozen=True)
class Bin(Arithmetic):
    """How many of the `edges` (K,) are not above the number."""

    edges: Any

    @classmethod
    def add(cls, graph, x, steps):
        most = max(len(step.edges) for step in steps)
        edges = np.full((most, len(steps)), np.inf)
        for place, step in enumerate(steps):
            edges[: len(step.edges), place] = step.edges
        return graph.add("Cast", [_count(graph, "GreaterOrEqual", x, edges)], to=DOUBLE)


@dataclass(frozen=True)
class Equals(Arithmetic):
    """One where the number is `value`, zero elsewhere."""

    value: float

    @classmethod
    def add(cls, graph, x, steps):
        value = graph.constant(_each(steps, "value"))
        return graph.add("Cast", [graph.add("Equal", [x, value])], to=DOUBLE)


@dataclass(frozen=True)
class Rank(Arithmetic):
    """Which quantile the number is, between 0 and 1.

    Parameters
    ----------
    quantiles, levels : ndarray of shape (Q,)
        What was learnt, and of what shares of the rows. Where several quantiles are equal, it is the middle of them.
    margin : float
        What is within it of the first quantile, or of the last, is that one. With 0 only what equals them.
    """

    quantiles: Any
    levels: Any
    margin: float

    @property
    def kind(self):
        return type(self), len(self.levels)

    @classmethod
    def add(cls, graph, x, steps):
        quantiles, levels = (np.stack([getattr(step, part) for step in steps], 1) for part in ("quantiles", "levels"))
        rise, run = np.diff(levels, axis=0), np.diff(quantiles, axis=0)  # (Q - 1, M)
        # no slope where quantiles are equal, or so near to each other that it would be infinite
        slope = np.divide(rise, run, out=np.zeros_like(rise), where=run >= np.finfo(float).tiny)
        flat = np.zeros((1, len(steps)))
        # a line each: from the last quantile that is not above the number, and from the first that is not below it
        from_left = _count(graph, "GreaterOrEqual", x, quantiles), [0, *range(len(levels))], [flat, slope, flat]
        from_right = _count(graph, "Greater", x, quantiles), [*range(len(levels)), -1], [flat, slope, flat]
        lines = [
            _line(graph, x, place, quantiles[rows], levels[rows], np.concatenate(slopes))
            for place, rows, slopes in (from_left, from_right)
        ]
        rank = graph.add("Mul", [graph.add("Add", lines), graph.constant(np.array(0.5))])
        margin = graph.constant(_each(steps, "margin"))
        # scikit-learn's order: where first and last are the same, the first one counts
        is_last = graph.add("GreaterOrEqual", [graph.add("Add", [x, margin]), graph.constant(quantiles[-1])])
        rank = graph.add("Where", [is_last, graph.constant(np.array(1.0)), rank])
        is_first = graph.add("LessOrEqual", [graph.add("Sub", [x, margin]), graph.constant(quantiles[0])])
        return graph.add("Where", [is_first, graph.constant(np.array(0.0)), rank])


class Normal(Arithmetic):
    """The quantile of the normal distribution of a share, for shares above 1e-9, by Wichura's AS 241."""

    # of the middle, and of the tails: numerator and denominator, the constant last
    _MIDDLE = (
        (2509.0809287301226727, 33430.575583588128105, 67265.770927008700853, 45921.953931549871457,
         13731.693765509461125, 1971.5909503065514427, 133.14166789178437745, 3.387132872796366608),
        (5226.495278852545925, 28729.085735721942674, 39307.89580009271061, 21213.794301586595867,
         5394.1960214247511077, 687.1870074920579083, 42.313330701600911252, 1.0),
    )  # fmt: skip
    _TAIL = (
        (7.7454501427834140764e-4, 0.0227238449892691845833, 0.24178072517745061177, 1.27045825245236838258,
         3.64784832476320460504, 5.7694972214606914055, 4.6303378461565452959, 1.42343711074968357734),
        (1.05075007164441684324e-9, 5.475938084995344946e-4, 0.0151986665636164571966, 0.14810397642748007459,
         0.68976733498510000455, 1.6763848301838038494, 2.05319162663775882187, 1.0),
    )  # fmt: skip

    @classmethod
    def add(cls, graph, x, steps):
        def number(value):
            return graph.constant(np.array(value, np.float64))

        share = graph.add("Min", [graph.add("Max", [x, number(1e-9)]), number(1 - 1e-9)])
        q = graph.add("Sub", [share, number(0.5)])
        middle = graph.add("Sub", [number(0.180625), graph.add("Mul", [q, q])])
        inner = graph.add("Mul", [q, _ratio(graph, middle, cls._MIDDLE)])
        rest = graph.add("Min", [share, graph.add("Sub", [number(1), share])])
        r = graph.add("Sub", [graph.add("Sqrt", [graph.add("Neg", [graph.add("Log", [rest])])]), number(1.6)])
        outer = graph.add("Mul", [graph.add("Sign", [q]), _ratio(graph, r, cls._TAIL)])
        is_inner = graph.add("LessOrEqual", [graph.add("Abs", [q]), number(0.425)])
        return graph.add("Where", [is_inner, inner, outer])


def _each(steps, part):
    """Return a part of each step, (M,)."""
    return np.array([getattr(step, part) for step in steps], np.float64)


def stack(graph, numbers):
    """Return the name of numbers (B, M), double, after all their steps."""
    groups: dict[Any, list[int]] = {}
    for place, one in enumerate(numbers):
        groups.setdefault(tuple(step.kind for step in one.steps), []).append(place)
    blocks = []
    for places in groups.values():
        x = graph.beside([graph.as_column(numbers[place].of.values(graph)) for place in places])
        for steps in zip(*(numbers[place].steps for place in places), strict=True):
            x = type(steps[0]).add(graph, x, steps)
        blocks.append(x)
    order = np.argsort([place for places in groups.values() for place in places])
    whole = graph.beside(blocks)
    return whole if len(blocks) == 1 else graph.add("Gather", [whole, graph.constant(order)], axis=1)


def _count(graph, operator, x, edges):
    """Return how many (B, M), int64, of the edges (K, M) of its column compare so to each number."""
    holds = graph.add(operator, [graph.add("Unsqueeze", [x, graph.constant(np.array([1]))]), graph.constant(edges)])
    return graph.add("ReduceSum", [graph.add("Cast", [holds], to=INT64), graph.constant(np.array([1]))], keepdims=0)


def _line(graph, x, place, start, value, slope):
    """Return value + slope * (x - start), of which each number takes those of its `place` in (Q + 1, M)."""
    width = start.shape[1]
    row = graph.add("Mul", [place, graph.constant(np.array(width))])
    at = graph.add("Add", [row, graph.constant(np.arange(width))])
    start, value, slope = (graph.add("Gather", [graph.constant(of.reshape(-1)), at]) for of in (start, value, slope))
    return graph.add("Add", [value, graph.add("Mul", [slope, graph.add("Sub", [x, start])])])


def _ratio(graph, x, polynomials):
    """Return the ratio of two polynomials of x."""
    sides = []
    for first, *others in polynomials:
        y = graph.constant(np.array(first))
        for coefficient in others:
            y = graph.add("Add", [graph.add("Mul", [y, x]), graph.constant(np.array(coefficient))])
        sides.append(y)
    return graph.add("Div", sides)
