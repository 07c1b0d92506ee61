"""The columns of users, a history among them, and of the item that came next."""

from dataclasses import dataclass
from typing import Any

from skrec._text import quoted
from skrec.data import column_of
from skrec.estimators._columns._histories import HistoryColumns
from skrec.estimators._columns._sides import SideColumns


@dataclass(kw_only=True)
class SequenceColumns(SideColumns, HistoryColumns):
    """All columns, of which each is the user's, as the lists of its history are, or the item's.

    Without `user_features` and `item_features` the item's are those that `sequence_features` names, or, without lists,
    the last column.
    """

    def ids(self) -> Any:
        """Return None, for a history says nothing of who it is, and the column of the item."""
        return None, self.sides[1][0]

    def learn(self, frame: Any, typed: bool, name: str) -> tuple[dict[Any, str], dict[Any, Any]]:
        """Return {column: role} of the columns that the net sees, and {list column: column it shares with}."""
        histories = self.histories_by_name()
        if len(histories) > 1:
            raise ValueError(
                f"{name} reads one history, whose lists are of different columns of the item, got "
                f"sequence_features={quoted(self.sequence_features)}; name a list of each column once"
            )
        found = super().learn(frame, typed, name)
        for column, item in (histories[0] if histories else {}).items():
            for side, one, what in ((0, column, "user_features"), (1, item, "item_features")):
                if one not in self.sides[side]:
                    raise ValueError(
                        f"sequence_features={{{quoted(column)}: {quoted(item)}}}: expected {quoted(one)} in {what}, as "
                        f"a history is the user's and its values are items, got {what}={quoted(self.sides[side])}"
                    )
        return found

    def _split(self, frame):
        """Return the names of the user's columns and of the item's, each column on one side."""
        if self.user_features is not None or self.item_features is not None:
            return super()._split(frame)
        named = dict.fromkeys((self.sequence_features or {}).values())
        item = [column_of(frame, name, "sequence_features") for name in named] or list(frame.columns[-1:])
        user = [name for name in frame.columns if name not in item]
        if not user:
            raise ValueError(
                f"Expected columns on both sides, got {quoted(item)} of the item and none of the user; add a history, "
                "or name them in user_features"
            )
        return user, item
