"""Several targets a row, any of which may be missing in a row.

Shape letters: B rows, K targets, C outputs of all targets together.
"""

from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from skrec._text import quoted

MISSING = -1  # the code of a label that is not there; a number is NaN


@dataclass(frozen=True)
class Targets:
    """What several columns of `y` mean, whose outputs lie side by side.

    Parameters
    ----------
    parts : tuple of Classes, or of Numbers
        What each means.
    shares : ndarray of shape (K,)
        The weight of the training rows in which the target is there, times the factors of their classes, over the
        weight of all.
    names : tuple of str or None
        Where `y` had some.
    chained : bool, default=False
        Whether each target needs the one before it, as a purchase a click: where that one is known to be negative, a
        missing label is negative.
    """

    parts: tuple[Any, ...]
    shares: Any
    names: tuple[str, ...] | None = None
    chained: bool = False
    loss_unit: ClassVar[float] = 1.0  # numbers of different units have none in common

    @property
    def kind(self) -> str:
        """ "classifier" or "regressor"."""
        return self.parts[0].kind

    @property
    def classes(self) -> Any:
        """Labels of each target, sorted, a list of K arrays."""
        return [part.classes for part in self.parts]

    @property
    def sizes(self) -> tuple[int, ...]:
        """How many outputs each target has, K of them."""
        return tuple(part.sizes[0] for part in self.parts)

    def encode(self, y: Any, weight: Any, dtype: Any) -> Any:
        """Return codes or standardised numbers (B, K), of missing ones `MISSING` or NaN, and the weights as they are.

        Factors of classes are left to the loss: a row has one weight.
        """
        columns: list[Any] = []
        there = are_there(y)
        for place, part in enumerate(self.parts):
            rows = there[:, place]
            with naming_target(place, self.names):
                known, _ = part.encode(plain_column(y[rows, place]), weight[rows], dtype)
            column = np.full(len(y), np.nan, dtype) if part.kind == "regressor" else np.full(len(y), MISSING)
            column[rows] = known
            if self.chained and columns:
                column[(column == MISSING) & (columns[-1] == 0)] = 0
            columns.append(column)
        return np.column_stack(columns), weight

    def targets(self, codes: Any) -> Any:
        """Return labels or numbers of `codes`, (B, K), None or NaN where one is missing."""
        columns = []
        for part, column in zip(self.parts, codes.T, strict=True):
            if part.kind == "regressor":
                columns.append(part.targets(column))
                continue
            labels = part.targets(np.maximum(column, 0))
            columns.append(np.where(column == MISSING, None, labels) if (column == MISSING).any() else labels)
        return side_by_side(columns)

    def decisions(self, outputs: Any) -> Any:
        """Return the logits of all targets, (B, C)."""
        return outputs

    def probabilities(self, outputs: Any) -> Any:
        """Return the probability of each class, a list of K arrays (B, n_classes)."""
        return [part.probabilities(own) for part, own in self._split(outputs)]

    def predictions(self, outputs: Any) -> Any:
        """Return the most probable labels, or the expected numbers, (B, K)."""
        return side_by_side([part.predictions(own) for part, own in self._split(outputs)])

    def _split(self, outputs):
        return zip(self.parts, np.split(outputs, np.cumsum(self.sizes)[:-1], axis=1), strict=True)


def are_there(y: Any) -> Any:
    """Return which targets of `y`, (B,) or (B, K), are not missing."""
    return ~pd.isna(y)


def plain_column(values: Any) -> Any:
    """Return a column out of many as an array of the dtype that it would have alone."""
    return np.array(values.tolist()) if values.dtype == object and len(values) else values


def side_by_side(columns: Any) -> Any:
    """Return K arrays (B,) as one, (B, K): of the dtype that they have in common, else of objects."""
    kinds = {column.dtype.kind for column in columns}
    if len({column.dtype for column in columns}) > 1 and not (kinds <= set("iuf") or kinds == {"U"}):
        columns = [column.astype(object) for column in columns]
    return np.column_stack(columns)


def name_of(place: Any, names: Any) -> Any:
    """Return what messages call a target."""
    return quoted(names[place]) if names else str(place)


@contextmanager
def naming_target(place: Any, names: Any) -> Any:
    """Let an error about one target say which it is."""
    try:
        yield
    except (TypeError, ValueError) as error:
        kind = TypeError if isinstance(error, TypeError) else ValueError
        raise kind(f"Target {name_of(place, names)}: {error}") from None
