"""Columns whose dtype probably misleads: ids that count as numbers, texts of which nearly each is another.

Whole numbers are taken for ids from 100 distinct values on: ages, ratings, hours, percentages and bins have fewer. Of
whole floats there must also be one in a thousand rows: amounts in a large table, minutes of a day or days of a year,
repeat more often, ids of users and items less.

Text is no category where of 200 rows or more nine in ten have a value of their own: in a log, an id comes back. A
vector for each can only learn its one row by heart.
"""

from typing import Any

import numpy as np
import pandas as pd
from pandas.api import types

from skrec._text import quoted
from skrec._warn import warn
from skrec.data._distinct import factorize

MANY_VALUES, SHARE_OF_FLOATS = 100, 1 / 1000
TEXT_ROWS, SHARE_OF_TEXT = 200, 0.9
_SAMPLE = 2**14  # rows that say of most columns that there is nothing to say
_NAMED = 100  # columns
CONSIDERED = "skrec.considered"  # in the attrs of a frame: the columns whose roles somebody has thought about


def warn_of_ids(frame: Any, names: Any, remedy: Any) -> None:
    """Warn once if some of the numeric columns `names` look like ids.

    Parameters
    ----------
    frame : DataFrame
    names : list
        Columns that are numbers by their dtype alone.
    remedy : callable
        From the list of all columns that may be ids or codes, as text, to what to set where they are, and where not.
    """
    names = [name for name in names if name not in frame.attrs.get(CONSIDERED, ())]
    counts = {name: count for name in names if (count := _whole_values(frame[name])) is not None}
    many = [name for name, count in counts.items() if _may_be_ids(frame[name], count)]
    few = [name for name in counts if name not in many and counts[name] > 1]
    if not many:
        return
    told = ", ".join(f"{quoted(name)} ({counts[name]} values)" for name in many[:_NAMED])
    codes, what = "", "ids"
    if few:
        codes = "; as well " + ", ".join(f"{quoted(name)} ({counts[name]})" for name in few[:_NAMED])
        codes += ", which may be codes of few categories"
        what = "ids and codes"
    every = [name for name in counts if name in many or name in few][:_NAMED]
    in_all, in_none = remedy("[" + ", ".join(map(quoted, every)) + "]")
    warn(
        f"Columns of whole numbers are taken as numbers: {told}{codes}. If these are {what}, name them in {in_all}, "
        f"without those that are quantities; if all are numbers, {in_none} says so."
    )


def warn_of_texts(frame: Any, names: Any, remedy: str) -> None:
    """Warn once if in some of the text columns `names` nearly every row is another value.

    Parameters
    ----------
    frame : DataFrame
    names : list
        Columns that are categories by their dtype alone.
    remedy : str
        What says that they are meant.
    """
    names = [name for name in names if name not in frame.attrs.get(CONSIDERED, ())]
    found = {name: counts for name in names if (counts := _nearly_unique(frame[name]))}
    if not found:
        return
    told = ", ".join(f"{quoted(name)} ({n} values in {rows} rows)" for name, (n, rows) in found.items())
    warn(
        f"Text of which nearly every row is another value is taken as categories: {told}. Drop such a column, split "
        'it into words with skrec.preprocessing.SequenceEncoder(separator=" "), or keep frequent values alone with '
        f"CategoryEncoder(min_frequency=...); if its values are ids that come back, {remedy} says so."
    )


def _may_be_ids(column, n_values):
    share = 0 if types.is_integer_dtype(column.dtype) else SHARE_OF_FLOATS
    return n_values >= max(MANY_VALUES, share * len(column))


def _whole_values(column):
    """Return how many distinct values a column of whole numbers has, None if it has others."""
    if types.is_integer_dtype(column.dtype):
        return column.nunique()
    if not types.is_float_dtype(column.dtype):
        whole = types.infer_dtype(column, skipna=True) == "integer"  # as objects
        return column.nunique() if whole else None
    values = column.to_numpy(dtype=np.float64, na_value=np.nan)
    if not _are_whole(values[:_SAMPLE], column.dtype) or not _are_whole(values, column.dtype):
        return None
    return len(pd.unique(values[~np.isnan(values)]))


def _are_whole(values, dtype):
    """Whether numbers have no fraction, and are not so large that their dtype has none for them."""
    digits = {2: 11, 4: 24}.get(np.dtype(getattr(dtype, "numpy_dtype", dtype)).itemsize, 63)
    with np.errstate(invalid="ignore"):
        return bool((np.isnan(values) | ((np.floor(values) == values) & (np.abs(values) < 2.0**digits))).all())


def _nearly_unique(column):
    """Return how many values a column of text has, and in how many rows, if they are nearly as many; else None."""
    step = -(-len(column) // _SAMPLE) or 1
    if step > 1:
        # m of k values that are equally frequent meet about m * m / 2k times, of others more often
        n_values, n_rows = _counts(column.iloc[::step])
        if n_rows - n_values > 10 + n_rows**2 / (SHARE_OF_TEXT * len(column)):
            return None
    n_values, n_rows = _counts(column)
    return (n_values, n_rows) if n_rows >= TEXT_ROWS and n_values >= SHARE_OF_TEXT * n_rows else None


def _counts(column):
    """Return how many values a column of text has, 0 if it has no text, and how many rows with one."""
    codes, values = factorize(column)
    codes = codes[codes >= 0]
    return int(np.count_nonzero(np.bincount(codes))) * (values.inferred_type == "string"), len(codes)
