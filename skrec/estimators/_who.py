"""Whose a row is, for models that draw negatives and do not see it."""

from typing import Any

from skrec._text import quoted
from skrec.data._columns import CATEGORICAL
from skrec.data._roles import check_cells, column_of
from skrec.estimators._features import FeatureModel
from skrec.estimators._parameters import parameter, position


class OfUsers(FeatureModel):
    """Mixin of the models that may be told whose a row is, before `FeatureModel` in the list of bases."""

    user: Any = parameter(
        None,
        "str, int or None",
        """The column that says whose row it is, by name (position, for an array). The model does not see it; where
        it draws negatives, none is an item that another row of the same user has.""",
        str,
        position(),
        None,
    )

    def _names_read(self, *, learning=False):
        names = super()._names_read()
        return [*names, self.user] if learning and self.user is not None else names

    def _learn_roles(self, frame, typed):
        if self.user is None:
            return super()._learn_roles(frame, typed)
        name = column_of(frame, self.user, "user")
        check_cells(frame, {name: CATEGORICAL})
        for option in ("categorical_features", "sequence_features", "user_features", "item_features"):
            named = getattr(self, option, None)
            named = named.values() if isinstance(named, dict) else named
            if named is not None and not isinstance(named, str) and name in list(named):
                raise ValueError(
                    f"user={quoted(name)} says whose row it is and is not seen by the model, got it in {option} too; "
                    "name it in one place"
                )
        return super()._learn_roles(frame.drop(columns=name), typed)
