"""Every user with every item, as rows that an estimator reads."""

import numpy as np
import pandas as pd

from skrec.data import factorize, is_enum


def cross(users, items, names, coded=(), fill=None):
    """Return every user with every item, user by user, the columns `names`.

    Parameters
    ----------
    users, items : DataFrame of shape (n_users, n_user_columns) and (n_items, n_item_columns)
    names : list of str
    coded : set of str, optional
        Those that become categories, so that a value is hashed once and not in each of its rows.
    fill : dict, optional
        A value for columns that are of neither; without one their cells are missing.
    """
    user_rows = np.repeat(np.arange(len(users)), len(items))
    item_rows = np.tile(np.arange(len(items)), len(users))
    columns = {}
    for name in names:
        if name not in users and name not in items:
            value = (fill or {}).get(name)
            dtype = object if value is None else None
            columns[name] = pd.Series(value, index=range(len(user_rows)), dtype=dtype).array
            continue
        side, rows = (users, user_rows) if name in users else (items, item_rows)
        column = side[name]  # an Enum says that its text stands for values, which a category of text does not
        as_category = name in coded and not is_enum(column.dtype)
        columns[name] = (_as_category(column) if as_category else column.array).take(rows)
    return pd.DataFrame(columns, copy=False)


def _as_category(column):
    return pd.Categorical.from_codes(*factorize(column)).remove_unused_categories()
