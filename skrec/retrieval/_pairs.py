"""Users and items as the rows that an estimator reads: crossed, or of one side alone."""

import numpy as np
import pandas as pd
from sklearn.pipeline import Pipeline

from skrec._columns import CATEGORICAL, NUMERIC, factorize, tokens


def steps_of(estimator):
    """Return what transforms, or None, and what predicts."""
    if isinstance(estimator, Pipeline):
        return (estimator[:-1] if len(estimator.steps) > 1 else None), estimator[-1]
    return None, estimator


def columns_of(estimator):
    """Return the names that an estimator reads, in the order of `fit`, or None where it saw no names."""
    first, last = steps_of(estimator)
    if first is None:
        names = getattr(last, "feature_names_in_", None)
        return None if names is None else list(names)
    used = getattr(first[0], "roles_", None)  # a TableEncoder lets go of what it does not use
    names = getattr(first[0], "feature_names_in_", None)
    if names is None or used is None:
        return None if names is None else list(names)
    used = {name for columns in used.values() for name in columns}
    return [name for name in names if name in used]


def coded_columns(estimator):
    """Return the names of columns that an estimator looks up by value: they may as well come as categories."""
    first, last = steps_of(estimator)
    if first is None:
        schema = getattr(last, "schema_", None)
        return set() if schema is None else {field.name for field in schema.of_role(CATEGORICAL)}
    encoder = first[0]  # of other encoders and of statistics it is not known what they make of a category
    if getattr(encoder, "statistics", None) is None and hasattr(
        getattr(encoder, "categorical_encoder_", None), "infrequent_categories_"
    ):
        return set(encoder.roles_[CATEGORICAL])
    return set()


def cross(users, items, names, coded=()):
    """Return every user with every item, user by user, the columns `names`.

    Parameters
    ----------
    users, items : DataFrame of shape (n_users, n_user_columns) and (n_items, n_item_columns)
    names : list of str
        Each of one of the two.
    coded : set of str, optional
        Those that become categories, so that a value is hashed once and not in each of its rows.
    """
    user_rows = np.repeat(np.arange(len(users)), len(items))
    item_rows = np.tile(np.arange(len(items)), len(users))
    columns = {}
    for name in names:
        side, rows = (users, user_rows) if name in users else (items, item_rows)
        columns[name] = (_as_category(side[name]) if name in coded else side[name].array).take(rows)
    return pd.DataFrame(columns, copy=False)


def _as_category(column):
    return pd.Categorical.from_codes(*factorize(column)).remove_unused_categories()


def one_side(frame, names):
    """Return the rows of one side, with cells that are missing for the columns of the other."""
    missing = pd.Series([None] * len(frame), dtype=object, index=frame.index)
    return pd.DataFrame({name: frame.get(name, missing) for name in names})


def known(estimator, frame, names):
    """Return which rows of one side the estimator knows anything of, (n_rows,) bool.

    A category is known if `fit` had it, a list if it had one of its values, a number if it is there.

    Parameters
    ----------
    estimator : fitted estimator or Pipeline
    frame : DataFrame
        Columns of one side.
    names : list of str
        All columns that the estimator reads.
    """
    first, last = steps_of(estimator)
    own = [name for name in names if name in frame]
    there = {name: frame[name].notna().to_numpy() for name in own}
    schema = getattr(last, "schema_", None)
    if schema is not None and own:
        typed = frame if first is None else first.transform(one_side(frame, names))
        for field in schema.fields:
            if field.name in there and field.name in typed:
                there[field.name] = there[field.name] & _known_cells(typed[field.name], field, schema)
    return np.logical_or.reduce([np.zeros(len(frame), bool), *there.values()])


def _known_cells(column, field, schema):
    if field.role == NUMERIC:
        return column.notna().to_numpy()
    vocabulary = schema.vocabularies[field.vocabulary]
    if field.role == CATEGORICAL:
        return vocabulary.encode(column) > 0
    values, offsets = tokens(column)
    counts = np.concatenate([[0], np.cumsum(vocabulary.encode(values) > 0)])
    return counts[offsets[1:]] > counts[offsets[:-1]]
