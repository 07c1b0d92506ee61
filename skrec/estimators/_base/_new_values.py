"""Values that come when a fit goes on and that the first fit had not: found, counted, said."""

import numpy as np

from skrec._text import quoted
from skrec._warn import warn
from skrec.data import CATEGORICAL, SEQUENCE, UNKNOWN, weighted_tokens

SHARE, HANDFUL = 0.25, 5  # of the rows, and how many: more are worth a warning


def new_values(schema, frame):
    """Return {column: mask of the rows with a value that `schema` does not know}, of the columns that have some."""
    found = {}
    for field in schema.of_role(CATEGORICAL):
        found[field.name] = _are_new(schema, field, frame[field.name])
    for field in schema.of_role(SEQUENCE):
        values, offsets, _ = weighted_tokens(frame[field.name])
        count = np.concatenate([[0], np.cumsum(_are_new(schema, field, values))])
        found[field.name] = count[offsets[1:]] > count[offsets[:-1]]
    return {name: new for name, new in found.items() if new.any()}


def _are_new(schema, field, column):
    new = schema.vocabularies[field.vocabulary].encode(column) == UNKNOWN
    return new & column.notna().to_numpy() if new.any() else new


def warn_of_new(estimator, frame, new, left_out, *, partial):
    """Warn of columns where many rows have new values, and of many rows that are left out.

    Parameters
    ----------
    estimator : estimator
    frame : DataFrame of shape (n_rows, n_columns)
    new : dict of {column: mask}
        What `new_values` found.
    left_out : ndarray of shape (n_rows,), bool
        Rows that do not train, as positives alone would only raise what is unknown.
    partial : bool
        Whether this is partial_fit, where a handful of rows may be all that came.
    """
    n_rows, name = len(frame), type(estimator).__name__
    least = max(SHARE * n_rows, HANDFUL if partial else 0)
    many = {column: rows for column, rows in new.items() if rows.sum() > least}
    if not many and left_out.sum() <= least:
        return
    parts = [
        f"{quoted(column)} ({rows.mean():.0%} of the rows, such as row {int(rows.argmax())} with "
        f"{quoted(frame[column].iloc[int(rows.argmax())])})"
        for column, rows in many.items()
    ]
    columns = f" in {', '.join(parts)}" if parts else ""
    if left_out.all():
        effect = "no row is left whose user and item are known, and nothing was learnt"
    elif left_out.any():
        effect = f"{left_out.sum()} of {n_rows} rows were left out, as their user or item is unknown"
    else:
        effect = "all of them share the vector of unknown values"
    remedy = "set new_values='grow', which gives each a vector"
    otherwise = "put HashEncoder before it" if partial else "fit afresh with warm_start=False"
    warn(f"{name} goes on with the values of its first fit, got others{columns}: {effect}; {remedy}, or {otherwise}")
