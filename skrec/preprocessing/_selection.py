"""Which column has which role."""

import warnings
from difflib import get_close_matches
from numbers import Integral

import numpy as np
from pandas.api import types

from skrec._columns import CATEGORICAL, NUMERIC, SEQUENCE, role_of

ROLES = (CATEGORICAL, NUMERIC, SEQUENCE)
_MANY = 256  # distinct integers from which they are rather ids than numbers


def roles_of(frame, named, *, by_dtype):
    """Return the names of the columns in each role.

    Parameters
    ----------
    frame : pandas.DataFrame of shape (n_rows, n_columns)
    named : dict of {role: columns}
        What the user said: None, a name, a position, a list of these, or a callable of the frame.
    by_dtype : bool
        Whether columns that are not named get the role of their dtype; else they are dropped.

    Returns
    -------
    roles : dict of {role: list of str}
        In the order named, then in the order of the frame.
    """
    roles = {role: _names(frame, columns, role) for role, columns in named.items()}
    taken = [name for names in roles.values() for name in names]
    twice = sorted({name for name in taken if taken.count(name) > 1})
    if twice:
        raise ValueError(f"Expected one role for a column, got two or the same one twice for {twice}; name each once")
    if by_dtype:
        for name in frame.columns.difference(taken, sort=False):
            roles[role_of(frame[name])].append(name)
        _warn_of_ids(frame, [name for name in roles[NUMERIC] if name not in taken])
    if not any(roles.values()):
        raise ValueError("Expected a column in categorical, numeric or sequence, got none; name those to use")
    return roles


def _names(frame, columns, role):
    if columns is None:
        return []
    if callable(columns):
        columns = columns(frame)
    if isinstance(columns, (str, Integral)):
        columns = [columns]
    return [column_name(frame, column, role) for column in columns]


def column_name(frame, column, role, source="X"):
    """Return the name of a column given by name or position; `source` is what an error calls the frame."""
    if isinstance(column, Integral) and not isinstance(column, (bool, np.bool_)):
        if not -frame.shape[1] <= column < frame.shape[1]:
            raise ValueError(
                f"Expected positions below {frame.shape[1]} in {role}, the number of columns, got {column}; "
                f"name a column that {source} has"
            )
        return frame.columns[column]
    if column not in frame.columns:
        raise ValueError(
            f"Expected columns of {source} in {role}, got {column!r}{_nearest(column, frame.columns)}; "
            f"{source} has {list(frame.columns[:10])}{' and more' if frame.shape[1] > 10 else ''}"
        )
    return column


def _nearest(name, given):
    near = get_close_matches(str(name), [str(other) for other in given], n=1)
    return f" (did you mean {near[0]!r}?)" if near else ""


def _warn_of_ids(frame, names):
    integer = [name for name in names if types.is_integer_dtype(frame[name].dtype)]
    ids = [name for name in integer if frame[name].nunique() > _MANY]
    if ids:
        warnings.warn(
            f"Integer columns {ids} have more than {_MANY} distinct values and are taken as numbers; "
            "if they are ids, name them in TableEncoder(categorical=[...]), else in numeric=[...]",
            UserWarning,
            stacklevel=6,  # the caller of fit or fit_transform
        )
