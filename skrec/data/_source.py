"""Where rows come from: a frame, which is one chunk, or a Dataset, of which some rows are in memory at a time.

This module alone asks which of the two it is. Both answer the same questions.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from skrec._text import quoted
from skrec.data._chunk import Chunk
from skrec.data._containers import is_dataset
from skrec.data._dataset_source import DatasetSource
from skrec.data._frame_source import FrameSource
from skrec.data._raw_rows import RawRows
from skrec.data._row_groups import RowGroups
from skrec.data._weights import even_exponent, scaled


def _all_of_it(rows: Any) -> Any:
    return rows


def open_source(X: Any, y: Any, sample_weight: Any, reader: Any, shard: Callable[[Any], Any] = _all_of_it) -> Any:
    """Return the rows to learn from, whose weight is not zero.

    Parameters
    ----------
    X : DataFrame, array-like or pyarrow.dataset.Dataset
    y, sample_weight : array-like of shape (n_rows,), of a Dataset the names of its columns
        Several targets are (n_rows, n_targets), of a Dataset a list of names.
    reader : object
        With ``first(X)`` and ``next(X)``, which return the first rows and later ones as a checked frame;
        ``chunk(frame, y, weight)``, which returns a Chunk of checked rows with their weights as they are;
        ``names()``, the columns to read of a Dataset; and ``several``, whether a row may have several targets.
    shard : callable, optional
        Returns the part of a source that this process has, of a Dataset before anything has been read.
    """
    if not is_dataset(X):
        chunk = reader.chunk(reader.first(X), y, sample_weight)
        exponent = even_exponent(chunk.weight.max())
        chunk = chunk._replace(weight=scaled(chunk.weight, exponent))
        source = FrameSource(chunk if chunk.weight.all() else chunk.take(np.flatnonzero(chunk.weight)), exponent)
        return shard(source)
    if reader.several and isinstance(y, (list, tuple)) and y and all(isinstance(name, str) for name in y):
        y = list(y) if len(y) > 1 else y[0]
    for name, parameter in ((y, "y"), (sample_weight, "sample_weight")):
        several = parameter == "y" and reader.several and isinstance(name, list)
        if not (isinstance(name, str) or several) and (name is not None or parameter == "y"):
            raise TypeError(
                f"With a Dataset, {parameter} is the name of one of its columns, got {type(name).__name__}; "
                f"expected one of {quoted(X.schema.names)}"
            )
    groups = RowGroups(X, y, sample_weight, reader.names())
    source = shard(DatasetSource(groups, lambda frame, y, weight: reader.chunk(reader.next(frame), y, weight)))
    groups = source.groups
    if sample_weight is not None and not groups.n_rows:
        weight = quoted(sample_weight)
        raise ValueError(f"Expected a positive value in {weight}, got none: no row is left to learn from")
    reader.first(groups.frame)
    return source


def open_features(X: Any, names: Any, check: Any) -> Any:
    """Return the rows to predict, of which a Chunk has the frame alone.

    Parameters
    ----------
    X : DataFrame, array-like or pyarrow.dataset.Dataset
    names : callable
        Returns the columns to read of a Dataset.
    check : callable
        (X) to a checked frame.
    """
    if is_dataset(X):
        groups = RowGroups(X, columns=names())
        check(groups.frame)  # before anything is read
        return DatasetSource(groups, lambda frame, *_: Chunk(check(frame), None, None), samples=False)
    return FrameSource(Chunk(check(X), None, None))


def raw_rows(X: Any, y: Any = None) -> Any:
    """Return the RawRows of a Dataset, whose columns `y` are targets; None of rows in memory."""
    return RawRows(X, y) if is_dataset(X) else None


def refuse_datasets(X: Any, taker: Any, remedy: str) -> None:
    """Raise TypeError if `X` is a Dataset, which `taker` does not take."""
    if is_dataset(X):
        raise TypeError(f"{taker} takes rows in memory, got a Dataset; {remedy}")
