"""A user column and an item column, and nothing else."""

from dataclasses import dataclass
from numbers import Integral
from typing import Any

from skrec._text import quoted
from skrec.data import CATEGORICAL, column_of
from skrec.estimators._columns._all import AllColumns


@dataclass(kw_only=True)
class IdColumns(AllColumns):
    """The two columns of ids, categories whatever their dtype.

    Parameters
    ----------
    user, item : str or int
        By name or position.
    """

    user: Any = 0
    item: Any = 1

    def learn(self, frame: Any, typed: Any, name: str) -> Any:
        """Return {column: role} of the two columns, and that they share nothing."""
        if typed and frame.shape[1] > 2 and not (isinstance(self.user, str) and isinstance(self.item, str)):
            raise ValueError(
                f"{name} got a frame of {frame.shape[1]} columns, {quoted(list(frame.columns))}; "
                "say which are the ids by name, user=... and item=..."
            )
        names = [_column(frame, given, role) for given, role in ((self.user, "user"), (self.item, "item"))]
        if names[0] == names[1]:
            raise ValueError(f"Expected two columns, got user and item both as {quoted(names[0])}")
        self.sides = [names[0]], [names[1]]
        return dict.fromkeys(names, CATEGORICAL), {}

    def read(self, seen: Any, *, learning: bool) -> Any:
        """Return the two columns."""
        return seen


def _column(frame, name, parameter):
    if isinstance(name, Integral) and not isinstance(name, bool) and -frame.shape[1] <= name < frame.shape[1]:
        return frame.columns[name]
    return column_of(frame, name, parameter)
