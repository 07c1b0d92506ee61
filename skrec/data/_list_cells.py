"""The tokens of a column whose cells are lists."""

from collections.abc import Sequence, Set
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from skrec._text import brief
from skrec.data._columns import LISTS, check_values, is_list, refused
from skrec.data._containers import as_arrow
from skrec.data._weighted_cells import is_weighted, tokens_of_maps


def tokens(column: Any) -> Any:
    """Return the flattened cells of a list column and where each row's begin.

    Parameters
    ----------
    column : pandas.Series of shape (n_rows,)
        Arrow lists, or objects that are lists, tuples, arrays, sets (taken in sorted order), or other sequences. A
        missing cell is an empty list; a column of missing cells alone has them, whatever its dtype.

    Returns
    -------
    values : pandas.Series of shape (n_tokens,)
    offsets : ndarray of shape (n_rows + 1,), int64
        Row ``i`` has ``values[offsets[i]:offsets[i + 1]]``.

    Raises
    ------
    TypeError
        If the cells mix types, or hold something else than strings, integers or booleans, or weights beside them.
    """
    if is_weighted(column):
        remedy = "give plain lists here, such as those of .map(list)"
        raise refused(column, "lists with weights, {value: weight}", remedy)
    return _of_lists(column)


def weighted_tokens(column: Any) -> Any:
    """Return the same of lists that may have weights, ``{value: weight}``, and the weights, None where there are none.

    Parameters
    ----------
    column : pandas.Series of shape (n_rows,)
        As in `tokens`, or objects that are dicts, or Arrow maps. A value of weight zero is left out.

    Returns
    -------
    values : pandas.Series of shape (n_tokens,)
    offsets : ndarray of shape (n_rows + 1,), int64
    weights : ndarray of shape (n_tokens,), float64, or None

    Raises
    ------
    TypeError
        As `tokens`, or if weights are no numbers.
    ValueError
        If a weight is missing, negative, or too large for float32 to add up.
    """
    return tokens_of_maps(column) if is_weighted(column) else (*_of_lists(column), None)


def _of_lists(column):
    if column.dtype == object:
        column = column.map(_as_cell)
    try:
        cells = as_arrow(column)
    except OverflowError as error:
        raise refused(column, "integers beyond 64 bits", "make them strings") from error
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError) as error:
        remedy = "let every cell be a list of strings, or of integers"
        raise refused(column, "cells of mixed types", remedy) from brief(error)
    if not is_list(cells.type) and pc.all(pc.is_null(cells, nan_is_null=True), min_count=0).as_py():
        cells = pa.chunked_array([pa.nulls(len(cells), pa.list_(pa.string()))])
    if not is_list(cells.type):
        raise refused(column, f"cells of type {cells.type}", LISTS)
    check_values(column, cells.type.value_type)
    lengths = pc.fill_null(pc.list_value_length(cells), 0).to_numpy()
    offsets = np.concatenate([[0], np.cumsum(lengths, dtype=np.int64)])
    values = pc.list_flatten(cells).to_pandas(types_mapper=pd.ArrowDtype)
    return values.rename(column.name), offsets


def _as_cell(cell):
    """Return a cell as Arrow reads it."""
    if isinstance(cell, (list, str)):
        return cell
    if isinstance(cell, np.ndarray):
        return cell if cell.size else None  # an empty array is one of floats, whatever the others hold
    if isinstance(cell, Set):
        try:
            return sorted(cell)  # the order of a set is another one in each process
        except TypeError:
            return list(cell)
    if isinstance(cell, (pd.Series, pd.Index, pd.api.extensions.ExtensionArray)):
        return cell.tolist()
    return list(cell) if isinstance(cell, Sequence) and not isinstance(cell, bytes) else cell
