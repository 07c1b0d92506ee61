"""Every column of the frame."""

from dataclasses import dataclass, field
from typing import Any

from skrec._text import quoted
from skrec.data import CATEGORICAL, NUMERIC, SEQUENCE, check_cells, column_of, learn_roles
from skrec.nets import Side


@dataclass(kw_only=True)
class AllColumns:
    """Which columns a model sees, and what they are to it: all of them, in the role of their dtype or of a parameter.

    It is made of an estimator's parameters; `learn` fixes names, and what is learnt of it is kept.

    Parameters
    ----------
    categorical_features : "from_dtype" or list
    sequence_features : dict or None
    user : str, int or None
        The user-id column, which is not a feature.
    """

    categorical_features: Any = "from_dtype"
    sequence_features: Any = None
    user: Any = None

    sides: Any = field(default=None, init=False)  # names of the user's columns, and of the item's, where they are apart

    def learn(self, frame: Any, typed: bool, name: str) -> Any:
        """Return {column: role} of the columns that the net sees, and {list column: column it shares with}.

        Parameters
        ----------
        frame : DataFrame
        typed : bool
            Whether the rows came with dtypes.
        name : str
            Of the estimator, for errors.
        """
        if self.user is not None:
            frame = self._without_user(frame)
        return learn_roles(frame, self.categorical_features, self.sequence_features, typed)

    def read(self, seen: Any, *, learning: bool) -> Any:
        """Return the columns that later rows need, the `seen` ones to predict, and what `learning` takes beside."""
        return [*seen, self.user] if learning and self.user is not None else seen

    def ids(self) -> Any:
        """Return the names of the columns that say who, or None, and what it is; None without such columns."""
        return (self.sides[0][0], self.sides[1][0]) if self.sides else None

    def learn_codes(self, schema: Any, source: Any, merge: Any = None) -> None:
        """Learn what takes the codes of all rows; `merge` returns what learns it with what other processes have."""

    def grown(self, schema: Any, source: Any) -> Any:
        """Return the columns with what rows of a `source` have beside, where `schema` knows their values already."""
        return self

    def finish(self, table: Any, schema: Any) -> Any:
        """Return the Table of some rows, checked and with what is made of its codes."""
        return table

    def candidates(self, schema: Any) -> Any:
        """Return the places of the candidate's columns among the categorical ones, the item first, and histories."""
        raise NotImplementedError

    def side(self, schema: Any, side: Any) -> Any:
        """Return the Side of the user's columns, 0, or of the item's, 1."""
        names = self.sides[side]
        positions = (
            tuple(i for i, field in enumerate(schema.of_role(role)) if field.name in names)
            for role in (CATEGORICAL, SEQUENCE, NUMERIC)
        )
        return Side(*positions)

    def _without_user(self, frame):
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
        return frame.drop(columns=name)
