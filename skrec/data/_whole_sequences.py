"""Whole sequences, a row a user, as rows of a history and the item that came last."""

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from sklearn.utils import _safe_indexing
from sklearn.utils.validation import check_consistent_length

from skrec._text import quoted
from skrec._warn import warn
from skrec.data._columns import SEQUENCE, role_of
from skrec.data._containers import as_pandas, is_frame
from skrec.data._list_cells import tokens
from skrec.data._roles import column_of


def is_whole(X: Any, histories: dict[str, str] | None) -> bool:
    """Return whether `X` is a frame of whole sequences: it has none of the columns that lists are histories of.

    Parameters
    ----------
    X : object
    histories : dict of {list column: column of the item} or None
    """
    if not histories or not is_frame(X):
        return False
    return not set(histories.values()) & set(as_pandas(X).columns)


def last_apart(X: Any, histories: dict[str, str], y: Any, sample_weight: Any) -> tuple[pd.DataFrame, Any, Any]:
    """Return rows of histories and the item that came last, with their `y` and weights.

    Parameters
    ----------
    X : DataFrame of shape (n_rows, n_columns)
        Of whole sequences, the oldest value first.
    histories : dict of {list column: column of the item}
    y, sample_weight : array-like of shape (n_rows,) or None

    Returns
    -------
    frame : DataFrame of shape (n_kept, n_columns + n_item_columns)
        Of the rows with two values and more.
    y, sample_weight : array-like of shape (n_kept,) or None

    Raises
    ------
    TypeError
        If a column has no lists.
    ValueError
        If no list has two values, or lists of the same row are not equally long.
    """
    frame = as_pandas(X)
    parts = {}
    for name in histories:
        if role_of(frame[column_of(frame, name, "sequence_features")]) != SEQUENCE:
            raise TypeError(
                f"sequence_features={{{quoted(name)}: {quoted(histories[name])}}}: expected column {quoted(name)} to "
                f"be sequence, got {role_of(frame[name])}; skrec.preprocessing.SequenceEncoder makes lists of text, "
                "HistoryEncoder of a log"
            )
        parts[name] = tokens(frame[name])
    first, lengths = next(iter(histories)), np.diff(next(iter(parts.values()))[1])
    for name, (_, offsets) in parts.items():
        if (np.diff(offsets) != lengths).any():
            row = int((np.diff(offsets) != lengths).argmax())
            raise ValueError(
                f"Columns {quoted(first)} and {quoted(name)}: expected lists of equal length, as they are of the same "
                f"steps, got {lengths[row]} and {np.diff(offsets)[row]} values in row {row}; mark what is missing in a "
                "list by None"
            )
    kept = np.flatnonzero(lengths > 1)
    if not len(kept):
        raise ValueError(
            f"Column {quoted(first)}: expected whole sequences, in which each value after the first is learnt from, "
            f"got none of two values in {len(frame)} rows; or give each row its next item in column "
            f"{quoted(histories[first])}"
        )
    check_consistent_length(frame, y, sample_weight)
    made = frame.iloc[kept].copy(deep=False)
    for name, (values, offsets) in parts.items():
        made[name], made[histories[name]] = _cut(values, offsets, kept, made.index)
    y, sample_weight = (part if part is None else _safe_indexing(part, kept) for part in (y, sample_weight))
    return made, y, sample_weight


def warn_of_cut(name: str, lengths: np.ndarray, max_length: int) -> None:
    """Warn if a list column has histories that are not read to their old end.

    Parameters
    ----------
    name : str
    lengths : ndarray of shape (n_rows,), int
    max_length : int
        Newest values that are read.
    """
    if longer := int((lengths > max_length).sum()):
        warn(
            f"Column {quoted(name)}: {longer} of {len(lengths)} histories have more than max_length={max_length} "
            f"values, up to {int(lengths.max())}; the oldest ones are left out. Raise max_length to read them, or cut "
            "the lists to say so."
        )


def _cut(values, offsets, kept, index):
    """Return the lists of the `kept` rows without their last value, and those."""
    array = values.array._pa_array.combine_chunks()  # of Arrow, as `tokens` returns
    ends = offsets[kept + 1] - 1
    lengths = ends - offsets[kept]
    starts = np.concatenate([[0], np.cumsum(lengths)])
    places = np.arange(starts[-1]) + np.repeat(offsets[kept] - starts[:-1], lengths)
    lists = pa.LargeListArray.from_arrays(starts, array.take(pa.array(places)))
    column = pd.Series(pd.arrays.ArrowExtensionArray(pa.chunked_array([lists])), index=index)
    last = pd.Series(pd.arrays.ArrowExtensionArray(pa.chunked_array([array.take(pa.array(ends))])), index=index)
    return column, last.astype("category")
