"""What splits read of the rows: when they were, and whose they are."""

from numbers import Integral

import numpy as np
import pandas as pd

from skrec._text import quoted
from skrec.data import as_pandas, factorize, is_frame, refuse_columns


def read_once(X):
    """Return a table from which several columns are read, a frame as pandas, what is no table refused."""
    refuse_columns(X)
    return as_pandas(X) if is_frame(X) else X


def column_of(X, column, parameter):
    """Return a column of a table of `read_once` by name or position; `parameter` is what an error speaks of."""
    frame = X if is_frame(X) else pd.DataFrame(np.asarray(X))
    if isinstance(column, Integral) and -frame.shape[1] <= column < frame.shape[1]:
        return frame.iloc[:, column]
    if isinstance(column, str) and column in frame.columns:
        return frame[column]
    raise ValueError(
        f"Expected a column of X as {parameter}, got {quoted(column)}; X has {quoted(frame.columns)}"
        + ("" if is_frame(X) else ", positions, for it is no frame")
    )


def groups_of(X, column, groups, parameter):
    """Return group codes of shape (n_rows,), from the column if it has a name, else from `groups`."""
    if column is None and groups is None:
        raise ValueError(
            f"The 'groups' parameter should not be None where {parameter} names no column; pass groups=..., or name one"
        )
    values = pd.Series(np.asarray(groups)) if column is None else column_of(X, column, parameter)
    codes, _ = factorize(values)
    if (codes < 0).any():
        raise ValueError(f"Expected a {parameter} for every row, got {(codes < 0).sum()} missing; drop those rows")
    return codes
