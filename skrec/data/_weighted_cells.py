"""The tokens of a column whose cells are lists with weights: dicts, or Arrow maps."""

from collections.abc import Mapping
from itertools import chain
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from skrec._text import brief, quoted
from skrec.data._columns import check_values, refused
from skrec.data._containers import as_arrow

LARGEST = 1e30  # of which float32 can add up a hundred million
_REMEDY = "let every cell be a dict {value: weight} of strings or integers and numbers, empty where there is nothing"


def is_weighted(column: Any) -> bool:
    """Whether the cells of a column, a Series, are ``{value: weight}``, as the first that is not missing says."""
    if isinstance(column.dtype, pd.ArrowDtype):
        return pa.types.is_map(column.dtype.pyarrow_dtype)
    if column.dtype != object:
        return False
    return isinstance(next((cell for cell in column if not _is_missing(cell)), None), Mapping)


def tokens_of_maps(column: Any) -> Any:
    """Return values, offsets and weights of a column with weights: see `weighted_tokens`."""
    keys, weights, lengths = _of_arrow(column) if isinstance(column.dtype, pd.ArrowDtype) else _of_dicts(column)
    check_values(column, keys.type)
    if not (len(weights) == 0 or pa.types.is_integer(weights.type) or pa.types.is_floating(weights.type)):
        raise refused(column, f"weights of type {weights.type}", _REMEDY)
    found = weights.to_numpy(zero_copy_only=False).astype(np.float64)
    rows = np.repeat(np.arange(len(lengths)), lengths)
    wrong = ~((found >= 0) & (found <= LARGEST))
    if wrong.any():
        place = int(wrong.argmax())
        raise ValueError(
            f"Column {quoted(column.name)}: expected weights from 0 to {LARGEST:g}, got {found[place]:g} of "
            f"{quoted(keys[place].as_py())} in row {rows[place]}; leave out what has no weight"
        )
    kept = np.flatnonzero(found)
    offsets = np.concatenate([[0], np.cumsum(np.bincount(rows[kept], minlength=len(lengths)), dtype=np.int64)])
    values = pd.Series(pd.arrays.ArrowExtensionArray(pa.chunked_array([keys.take(pa.array(kept))])), name=column.name)
    return values, offsets, found[kept]


def _of_dicts(column):
    cells = [{} if _is_missing(cell) else cell for cell in column]
    if not all(isinstance(cell, Mapping) for cell in cells):
        raise refused(column, "cells of mixed types", _REMEDY)
    lengths = np.fromiter(map(len, cells), np.int64, len(cells))
    try:
        keys = pa.array(list(chain.from_iterable(cells)), from_pandas=True)
        weights = pa.array(list(chain.from_iterable(cell.values() for cell in cells)), from_pandas=True)
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError, OverflowError) as error:
        raise refused(column, "cells of mixed types", _REMEDY) from brief(error)
    return keys, weights, lengths


def _of_arrow(column):
    cells = as_arrow(column).combine_chunks()
    cells = cells if isinstance(cells, pa.Array) else pa.concat_arrays(cells.chunks)  # of the oldest pyarrow
    starts = cells.offsets.to_numpy().astype(np.int64)
    lengths = np.where(cells.is_valid().to_numpy(zero_copy_only=False), np.diff(starts), 0)
    shift = np.repeat(starts[:-1] - np.concatenate([[0], np.cumsum(lengths)[:-1]]), lengths)
    places = pa.array(np.arange(len(shift)) + shift)
    return cells.keys.take(places), cells.items.take(places), lengths


def _is_missing(cell):
    return cell is None or cell is pd.NA or (isinstance(cell, float) and cell != cell)
