"""Which column has which role."""

from functools import partial
from numbers import Integral

import numpy as np

from skrec._text import nearest, quoted
from skrec.data import CATEGORICAL, NUMERIC, SEQUENCE, role_of, warn_of_ids, warn_of_texts

ROLES = (CATEGORICAL, NUMERIC, SEQUENCE)


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
        raise ValueError(
            f"Expected one role for a column, got two or the same one twice for {quoted(twice)}; name each once"
        )
    if by_dtype:
        for name in frame.columns.difference(taken, sort=False):
            roles[role_of(frame[name])].append(name)
        numeric, categorical = ([n for n in roles[role] if n not in taken] for role in (NUMERIC, CATEGORICAL))
        own = [name for name in roles[CATEGORICAL] if name in taken]
        warn_of_ids(frame, numeric, partial(_ids_remedy, own))
        warn_of_texts(frame, categorical, 'categorical=[...] with remainder="passthrough"')
    if not any(roles.values()):
        raise ValueError("Expected a column in categorical, numeric or sequence, got none; name those to use")
    return roles


def _ids_remedy(own, names):
    """Return what to set where columns are ids, beside those that are categories already, and where they are not."""
    every = f"{quoted(own)[:-1]}, {names[1:]}" if own else names
    return f'TableEncoder(categorical={every}, remainder="passthrough")', "naming them in numeric=[...] there"


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
            f"Expected columns of {source} in {role}, got {quoted(column)}{_nearest(column, frame.columns)}; "
            f"{source} has {quoted(frame.columns)}"
        )
    return column


def _nearest(name, given):
    near = nearest(name, given)
    return f" (did you mean {near}?)" if near else ""
