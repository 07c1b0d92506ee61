"""The columns of users and of items, apart."""

from dataclasses import dataclass
from typing import Any

from skrec._text import quoted
from skrec.data import column_of
from skrec.estimators._columns._all import AllColumns


@dataclass(kw_only=True)
class SideColumns(AllColumns):
    """All columns, of which each is the user's or the item's.

    Parameters
    ----------
    user_features, item_features : list or None
        Names or positions; None are all that are not the other's.
    """

    user_features: Any = None
    item_features: Any = None

    def learn(self, frame: Any, typed: Any, name: str) -> Any:
        """Return {column: role} of the columns that the net sees, and {list column: column it shares with}."""
        self.sides = self._split(frame if self.user is None else self._without_user(frame))
        return super().learn(frame, typed, name)

    def _split(self, frame):
        """Return the names of the user's columns and of the item's, each column on one side."""
        given = {}
        for option in ("user_features", "item_features"):
            if (names := getattr(self, option)) is not None:
                given[option] = [column_of(frame, name, option) for name in names]
        user = given.get("user_features", None if given else list(frame.columns[:1]))
        item = given.get("item_features", [name for name in frame.columns if name not in (user or [])])
        user = [name for name in frame.columns if name not in item] if user is None else user
        both = [name for name in user if name in item]
        if both:
            raise ValueError(
                f"Expected each column on one side, got {quoted(both)} in user_features and in item_features"
            )
        neither = [name for name in frame.columns if name not in user and name not in item]
        if neither:
            raise ValueError(
                f"Expected each column on one side, got {quoted(neither)} neither in user_features nor in "
                "item_features; name them in one of the two, or leave them out of the data"
            )
        for option, names in (("user_features", user), ("item_features", item)):
            if not names:
                raise ValueError(f"Expected columns on both sides, got none in {option}")
            if len(set(names)) < len(names):
                raise ValueError(f"Expected each column once in {option}, got {quoted(names)}")
        return user, item
