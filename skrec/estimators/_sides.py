"""Models that keep the columns of users and of items apart."""

from typing import Any

import numpy as np

from skrec._text import quoted
from skrec.data._roles import column_of
from skrec.estimators._features import FeatureModel
from skrec.estimators._parameters import parameter
from skrec.estimators._vectors import Separable


class TwoSides(Separable, FeatureModel):
    """Base of the binary models in which each column is the user's or the item's."""

    _minimum_columns = 2

    user_features: Any = parameter(
        None,
        "list or None",
        """Names (positions, for an array) of the user's columns, the id first if there is one; None are all that are
        not the item's, or the first column if those are not given either.""",
        "array-like",
        None,
    )
    item_features: Any = parameter(
        None,
        "list or None",
        """Names (positions, for an array) of the item's columns, the id first; None are all that are not the
        user's.""",
        "array-like",
        None,
    )

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_class = False
        return tags

    def _learn_target(self, y, weight, classes):
        if len(np.unique(y if classes is None else classes)) > 2:
            raise ValueError("Only binary classification is supported. The type of the target is multiclass.")
        return super()._learn_target(y, weight, classes)

    def _learn_roles(self, frame, typed):
        self._sides_ = self._split_columns(frame)
        return super()._learn_roles(frame, typed)

    def _side_names(self):
        return self._sides_

    def _split_columns(self, frame):
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
