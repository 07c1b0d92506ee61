"""Models that see a user column and an item column."""

from numbers import Integral
from typing import Any

from skrec._text import quoted
from skrec.data._columns import CATEGORICAL
from skrec.data._roles import column_of
from skrec.estimators._base import NetEstimator
from skrec.estimators._parameters import parameter, position


class IdModel(NetEstimator):
    """Base of the models that see a user column and an item column and nothing else."""

    _minimum_columns = 2
    _auto_stops = False  # every row held out is a user's or an item's own

    user: Any = parameter(0, "str or int", "The user column, by name or position.", str, position())
    item: Any = parameter(1, "str or int", "The item column, by name or position.", str, position())

    def _learn_roles(self, frame, typed):
        if typed and frame.shape[1] > 2 and not (isinstance(self.user, str) and isinstance(self.item, str)):
            raise ValueError(
                f"{type(self).__name__} got a frame of {frame.shape[1]} columns, {quoted(list(frame.columns))}; "
                "say which are the ids by name, user=... and item=..."
            )
        names = [self._id_column(frame, name, role) for name, role in ((self.user, "user"), (self.item, "item"))]
        if names[0] == names[1]:
            raise ValueError(f"Expected two columns, got user and item both as {quoted(names[0])}")
        return dict.fromkeys(names, CATEGORICAL), {}

    @staticmethod
    def _id_column(frame, name, parameter):
        if isinstance(name, Integral) and not isinstance(name, bool) and -frame.shape[1] <= name < frame.shape[1]:
            return frame.columns[name]
        return column_of(frame, name, parameter)
