"""Numeric columns as floats, and the numbers that are refused."""

import numpy as np
import pandas as pd

from skrec._text import brief, quoted, shortened


def numbers(column):
    """Return a numeric column as floats of shape (n_rows,), refusing text, NaN and infinity."""
    values = floats(column)
    check_finite(values, column.name)
    return values


def check_finite(values, name):
    """Raise ValueError if numbers of column `name` are not finite."""
    if not np.isfinite(values).all():
        found = "NaN" if np.isnan(values).any() else "infinity"
        raise ValueError(
            f"Column {quoted(name)}: expected finite numbers, got {found}; "
            "put skrec.preprocessing.TableEncoder before the estimator, or impute the column"
        )


def floats(column):
    """Return a numeric column as floats of shape (n_rows,), refusing text."""
    if isinstance(column.dtype, np.dtype) and column.dtype.kind == "f":
        return column.to_numpy()
    try:
        return pd.to_numeric(column).to_numpy(dtype=np.float64, na_value=np.nan)
    except OverflowError as error:
        raise ValueError(
            f"Column {quoted(column.name)}: expected numbers that a float holds, got an integer beyond 1.8e308; clip "
            "it, or make the column text, which is a category"
        ) from error
    except (ValueError, TypeError) as error:
        raise TypeError(
            f"Column {quoted(column.name)}: expected numbers, as in fit, got text or other objects "
            f"({shortened(error)}); convert it with pandas.to_numeric"
        ) from brief(error)
