"""The parameters of which columns a model sees, and of what they are to it."""

from dataclasses import dataclass
from numbers import Real
from typing import Any

from skrec.estimators._base._parameters import one_of, parameter, position, positive


@dataclass(kw_only=True, eq=False, repr=False)
class ColumnParameters:
    """Which role a column has."""

    categorical_features: Any = parameter(
        "from_dtype",
        '"from_dtype" or list',
        """Names (positions, for an array) of columns that are categories whatever their dtype, beside those that
        are by dtype: category, str, bool. An integer column is numeric unless it is named here. Two UserWarnings tell
        of what looks otherwise: whole numbers of 100 distinct values and more, in floats of one in a thousand rows as
        well, may be ids; text of which nine rows in ten have a value of their own, in 200 rows and more, has no
        categories. A column that is named is not warned of, [] says that numbers are numbers.""",
        one_of("from_dtype"),
        "array-like",
    )
    sequence_features: Any = parameter(
        None,
        "dict or None",
        """For list columns, whose categories they hold: ``{"history": "item_id"}`` gives the column `history` the
        vocabulary and the vectors of `item_id`. Other list columns have their own.""",
        dict,
        None,
    )
    pooling: str = parameter(
        "mean",
        '{"mean", "sum", "max", "root"}',
        """How the vectors of a list column's values become one; "root" divides their sum by the root of how many they
        are: with the list of all that a row's user rated, which shares the item's vectors, an FM is SVD++. Lists with
        weights, ``{value: weight}`` in a cell, or Arrow maps, are pooled by weight, of which 2 is the value twice; not
        with "max".""",
        one_of("max", "mean", "root", "sum"),
    )


@dataclass(kw_only=True, eq=False, repr=False)
class UserColumnParameters:
    """A user-id column that is not a feature."""

    user: Any = parameter(
        None,
        "str, int or None",
        """The column that says whose row it is, by name (position, for an array). The model does not see it; where
        it draws negatives, none is an item that another row of the same user has.""",
        str,
        position(),
        None,
    )


@dataclass(kw_only=True, eq=False, repr=False)
class IdParameters:
    """A user column and an item column, and nothing else."""

    user: Any = parameter(0, "str or int", "The user column, by name or position.", str, position())
    item: Any = parameter(1, "str or int", "The item column, by name or position.", str, position())


@dataclass(kw_only=True, eq=False, repr=False)
class SideParameters:
    """Which columns are the user's, and which the item's."""

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


@dataclass(kw_only=True, eq=False, repr=False)
class HistoryParameters(ColumnParameters):
    """List columns of what came before a candidate, and how a net of them begins."""

    activation: str = parameter(
        "prelu",
        '{"relu", "prelu", "dice"}',
        """Units of the hidden layers: "prelu" has a slope to learn on its negative side, "dice" bends at the mean of
        the batch.""",
        one_of("relu", "prelu", "dice"),
    )
    init_scale: float = parameter(0.05, "float", "Standard deviation of the initial vectors.", positive(Real))

    sequence_features: Any = parameter(
        None,
        "dict or None",
        """Which list columns are histories, and of which column of the candidate:
        ``{"hist_item": "item_id", "hist_category": "category_id"}``. A list shares vocabulary and vectors of its
        candidate column. Lists of different candidate columns are attributes of the same steps, and as long as each
        other in every row; a second list of the same column belongs to a second history, in the order given. Other
        list columns are pooled.""",
        dict,
        None,
    )
