"""Which users and items an estimator knows anything of."""

import numpy as np

from skrec._text import quoted
from skrec._warn import warn
from skrec.data import CATEGORICAL, NUMERIC, as_pandas, is_frame, weighted_tokens
from skrec.retrieval._pipelines import histories_of, steps_of, telling_columns, times_of, typed_side


def known(estimator, frame, names, other=None):
    """Return which rows of one side the estimator knows anything of, (n_rows,) bool.

    A category is known if `fit` had it, a list if it had one of its values, a number if it is there. A time says
    nothing of a user; histories that are looked up are those of now, whatever the time that a row asks for.

    Parameters
    ----------
    estimator : fitted estimator or Pipeline
    frame : DataFrame
        Columns of one side.
    names : list of str
        All columns that the estimator reads.
    other : DataFrame of shape (1, n_columns), optional
        A row of the other side, see `typed_side`.
    """
    times = times_of(estimator)
    own = [name for name in telling_columns(estimator) if name in frame and name not in times]
    there = {name: frame[name].notna().to_numpy() for name in own}
    made = {name for histories in histories_of(estimator) if histories.user in frame for name in histories.made}
    schema = getattr(steps_of(estimator)[1], "schema_", None)
    if schema is not None and (own or made):
        typed = typed_side(estimator, frame.drop(columns=list(times), errors="ignore"), names, other)
        typed = as_pandas(typed) if is_frame(typed) else {}  # an array says no names
        for field in schema.fields:
            if field.name in typed and (field.name in there or field.name in made):
                cells = _known_cells(typed[field.name], field, schema)
                there[field.name] = cells & there.get(field.name, True)
    return np.logical_or.reduce([np.zeros(len(frame), bool), *there.values()])


def _known_cells(column, field, schema):
    if field.role == NUMERIC:
        return column.notna().to_numpy()
    vocabulary = schema.vocabularies[field.vocabulary]
    if field.role == CATEGORICAL:
        return vocabulary.encode(column) > 0
    values, offsets, _ = weighted_tokens(column)
    counts = np.concatenate([[0], np.cumsum(vocabulary.encode(values) > 0)])
    return counts[offsets[1:]] > counts[offsets[:-1]]


def kept_items(knows, ids, name, unknown_items):
    """Return the positions of the items that can be recommended, (n_kept,) int64.

    Parameters
    ----------
    knows : ndarray of shape (n_items,), bool
        Which items the estimator, whose class is called `name`, knows anything of.
    ids : pandas.Index of shape (n_items,)
    name : str
    unknown_items : {"drop", "score", "error"}
    """
    if knows.all():
        return np.arange(len(ids))
    unknown = _unknown(name, knows, ids, "items")
    if not knows.any():
        raise ValueError(
            f"{unknown}; expected some that fit had, of the same type, or columns of items that the model was fitted on"
        )
    if unknown_items == "score":
        return np.arange(len(ids))
    if unknown_items == "error":
        raise ValueError(
            f"{unknown}; leave them out, use a model with features of items, or choose unknown_items='drop', with "
            "which they are never recommended, or 'score', with which the vector of unknown values scores them"
        )
    warn(
        f"{unknown}; they are never recommended. unknown_items='score' lets the vector of unknown values score them, "
        "'error' refuses them. Items whose rows early stopping all held out are among them: early_stopping=False, or "
        "X_val, leaves every item to training."
    )
    return np.flatnonzero(knows)


def check_users(knows, people, name, unknown_users):
    """Raise ValueError if users are unknown and not allowed to be; warn if they are left out.

    Parameters
    ----------
    knows : ndarray of shape (n_users,), bool
    people : pandas.Index of shape (n_users,)
    name : str
    unknown_users : {"drop", "error"}
    """
    if knows.all():
        return
    unknown = _unknown(name, knows, people, "users")
    if unknown_users == "error":
        raise ValueError(
            f"{unknown}; leave them out, give users with columns that it was fitted on, let popularity=... fall back "
            "on what is popular, or choose unknown_users='drop', with which they get no list, or 'score', with which "
            "the vector of unknown values stands for them"
        )
    warn(f"{unknown}; they get no list, as unknown_users='drop' says")


def _unknown(name, knows, ids, what):
    strange = ids[~knows]
    first, *others = (quoted(value) for value in strange[:3].tolist())
    few = f"{first} for one" + (f", {' and '.join(others)} for others" if others else "")
    return f"{name} knows nothing of {len(strange)} of {len(ids)} {what}, {few}"
