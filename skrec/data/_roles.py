"""Which role each column of a frame has, by dtype and by parameter."""

from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from skrec._text import nearest, quoted
from skrec._warn import warn
from skrec.data._columns import CATEGORICAL, NUMERIC, SEQUENCE, is_missing, role_of
from skrec.data._hints import warn_of_ids, warn_of_texts
from skrec.data._moments import tolerance_of
from skrec.data._numbers import numbers

_REMEDIES = {
    SEQUENCE: "skrec.preprocessing.SequenceEncoder makes lists of text, HistoryEncoder of a log",
    CATEGORICAL: "a list takes the vocabulary of ids, one a row; name integer ids in categorical_features",
}


def learn_roles(frame: Any, categorical_features: Any, sequence_features: Any, typed: bool = True) -> Any:
    """Return {column: role} for all columns of `frame`, and {list column: column whose vocabulary it shares}.

    Parameters
    ----------
    frame : DataFrame
    categorical_features : "from_dtype" or list
        Columns that are categorical whatever their dtype.
    sequence_features : dict of {list column: categorical column} or None
    typed : bool, default=True
        Whether the rows came with dtypes, not as a plain array.

    Raises
    ------
    TypeError
        If a dtype has no role, or a named sequence has no list cells.
    ValueError
        If a name is not there.
    """
    roles = {name: role_of(frame[name]) for name in frame.columns}
    if isinstance(categorical_features, str):
        warn_of_ids(frame, [name for name, role in roles.items() if role == NUMERIC], partial(_ids_remedy, typed))
    else:
        for name in categorical_features:
            roles[column_of(frame, name, "categorical_features")] = CATEGORICAL
    shares = dict(sequence_features or {})
    named = [*([] if isinstance(categorical_features, str) else categorical_features), *shares.values()]
    texts = [name for name, role in roles.items() if role == CATEGORICAL and name not in named]
    warn_of_texts(frame, texts, "naming it in categorical_features")
    for name, shared in shares.items():
        if is_missing(frame[column_of(frame, name, "sequence_features")]):
            roles[name] = SEQUENCE
        for column, role in ((name, SEQUENCE), (shared, CATEGORICAL)):
            if roles[column_of(frame, column, "sequence_features")] != role:
                raise TypeError(
                    f"sequence_features={{{quoted(name)}: {quoted(shared)}}}: expected column {quoted(column)} to be "
                    f"{role}, got {roles[column]}; {_REMEDIES[role]}"
                )
    return roles, shares


def _ids_remedy(typed, names):
    """Return what to set where columns are ids, and where they are numbers."""
    without = "" if typed else ' (or, where a transformer made numbers of them, let it .set_output(transform="pandas"))'
    return f"categorical_features={names}{without}", "categorical_features=[]"


def check_cells(frame: Any, roles: Any) -> None:
    """Raise TypeError if a column has list cells where `roles` says it has none, or a dtype without a role."""
    for name, dtype in zip(frame.columns.tolist(), frame.dtypes.tolist(), strict=True):
        role = roles.get(name, SEQUENCE)
        if role != SEQUENCE and not _is_plain(dtype) and role_of(frame[name]) == SEQUENCE:
            raise TypeError(
                f"Column {quoted(name)}: expected one value a cell, as {role}, got lists; name another column"
            )


def _is_plain(dtype):
    """Whether a dtype alone says that a cell is one value; a Series for each column takes most of a row's time."""
    return isinstance(dtype, pd.CategoricalDtype) or (isinstance(dtype, np.dtype) and dtype.kind in "biuf")


def warn_of_strangers(schema: Any, lists: Any, shared: Any) -> None:
    """Warn of list columns that have none of the values of the column whose vocabulary they share."""
    for field, bag in zip(schema.of_role(SEQUENCE), lists, strict=True):
        if field.name in shared and len(bag.codes) and not bag.codes.any():
            warn(
                f"Column {quoted(field.name)}: expected values of {quoted(shared[field.name])}, whose vocabulary it "
                "shares, got none of them: all are unknown. Give both columns the same values, of one type, or let "
                "the list have its own vocabulary, without sequence_features."
            )


def warn_of_moved(schema: Any, frame: Any, known: Any) -> Any:
    """Warn of numbers that were constant in the rows of the first fit and are no more; return their names.

    Parameters
    ----------
    schema : Schema
        Of the first fit.
    frame : DataFrame
        Rows from which training goes on.
    known : frozenset
        Names that a warning has spoken of.
    """
    moved = {}
    for field, mean, scale in zip(schema.of_role(NUMERIC), schema.mean, schema.scale, strict=True):
        if scale == np.inf and field.name not in known:
            column = frame[field.name]
            values = numbers(column)
            if (np.abs(values - mean) > tolerance_of(column) * abs(mean)).any():
                moved[field.name] = mean
    if moved:
        were = ", ".join(f"{quoted(name)} ({mean:.9g})" for name, mean in moved.items())
        warn(
            f"Numeric columns that were constant in the rows of the first fit have other values now: {were}. They say "
            "nothing to the model, which has no scale for them; fit afresh, with warm_start=False, on rows in which "
            "they vary."
        )
    return known.union(moved)


def column_of(frame: Any, name: str, parameter: Any) -> Any:
    """Return `name` if `frame` has that column, else raise and propose the nearest."""
    if name in list(frame.columns):  # a list also answers for what cannot be hashed
        return name
    near = nearest(name, frame.columns)
    hint = f"did you mean {near}?" if near else f"the columns are {quoted(frame.columns)}"
    if frame.columns.tolist() == list(range(frame.shape[1])):
        hint = f"the columns are {quoted(frame.columns)}, their positions, as columns without names of text are known"
    raise ValueError(f"{parameter} names the column {quoted(name)}, which the data does not have; {hint}")
