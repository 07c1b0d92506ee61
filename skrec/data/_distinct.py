"""The distinct values of a column."""

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from skrec.data._columns import is_coded_by_arrow
from skrec.data._containers import as_arrow

_TEXT_ENDS_AT_NUL = len(pd.factorize(np.array(["", "\0"], dtype=object))[1]) == 1


def factorize(column: Any) -> Any:
    """Return int codes into the distinct values of a column, and those values.

    Parameters
    ----------
    column : pandas.Series of shape (n_rows,)

    Returns
    -------
    codes : ndarray of shape (n_rows,), signed integers
        -1 where the value is missing.
    values : pandas.Index
        Distinct and not missing; of a ``category`` column all declared categories, present or not.
    """
    if is_coded_by_arrow(column.dtype):
        codes, dictionary = _as_dictionary(column)
        return codes, as_index(dictionary)
    if isinstance(column.dtype, pd.CategoricalDtype):
        return column.array.codes, column.dtype.categories  # a tenth of the time of .cat, which makes a Series
    # objects as an array: of a Series pandas makes an Index itself, which integers beyond a float are too large for
    codes, values = _of_objects(column.to_numpy()) if column.dtype == object else pd.factorize(column)
    if isinstance(values.dtype, (pd.ArrowDtype, pd.api.extensions.ExtensionDtype)):
        values = pd.Index(values.to_numpy(dtype=object)).infer_objects()  # one dtype for str, string and Arrow strings
    try:
        return codes, pd.Index(values)
    except OverflowError:  # of pandas 2, which tries floats
        return codes, pd.Index(values, dtype=object)


def _of_objects(values):
    """Return the same of objects; pandas 2 takes text to end at a NUL, which is another character here."""
    if not (_TEXT_ENDS_AT_NUL and any(isinstance(value, str) and "\0" in value for value in values)):
        return pd.factorize(values)
    escaped = [value.replace("%", "%%").replace("\0", "%0") if isinstance(value, str) else value for value in values]
    codes, distinct = pd.factorize(np.array(escaped, dtype=object))
    places = np.empty(len(distinct), np.int64)
    known = np.flatnonzero(codes >= 0)
    places[codes[known]] = known
    return codes, values[places]


def inferred(values):
    """Return `values`, a Series or an Index, with a dtype that fits if they are objects."""
    try:
        return values.infer_objects()
    except OverflowError:  # of pandas 2, where an integer is beyond a float
        return values


def distinct(column):
    """Return what `factorize` does, the values as an Arrow array: strings without a Python object for each.

    Parameters
    ----------
    column : pandas.Series of shape (n_rows,)

    Returns
    -------
    codes : ndarray of shape (n_rows,), signed integers
    values : pyarrow.Array
    """
    if is_coded_by_arrow(column.dtype):
        return _as_dictionary(column)
    codes, values = factorize(column)
    return codes, pa.array(values)


def as_index(values):
    """Return distinct `values`, an Arrow array, as the pandas.Index that `factorize` has."""
    if pa.types.is_string(values.type) or pa.types.is_large_string(values.type):
        return pd.Index(values.to_pandas())  # no Python object for each, from pandas 3 on
    return pd.Index(values.to_numpy(zero_copy_only=False)).infer_objects()


def places(text, known):
    """Return where text, a column or an Index, is in `known`, (n,) int32, -1 if it is not; without Python objects."""
    cells = as_arrow(text)
    if pa.types.is_null(cells.type):  # no text at all
        return np.full(len(cells), -1, np.int32)
    found = pc.index_in(cells, value_set=pa.array(known.array).cast(cells.type))
    return pc.fill_null(found, -1).to_numpy()


def scalars(array):
    """Return the values of few rows as Python objects; of a dtype that asks for a closer look the array itself."""
    if isinstance(array, pd.Categorical):
        values = [None if code < 0 else array.dtype.categories[code] for code in array.codes.tolist()]
        return [value.item() if isinstance(value, np.generic) else value for value in values]
    if isinstance(array.dtype, pd.StringDtype):
        return list(array)
    return array.tolist() if isinstance(array, np.ndarray) else [array]


def _as_dictionary(column):
    """Return the codes of an Arrow column, -1 for missing, and its distinct values as an Arrow array."""
    cells = as_arrow(column)
    # what is encoded here has one dictionary in all chunks, which unifying would hash once a chunk
    cells = cells.unify_dictionaries() if pa.types.is_dictionary(cells.type) else cells.dictionary_encode()
    if not cells.num_chunks:
        return np.empty(0, np.int32), pa.array([], cells.type.value_type)
    indices = pa.chunked_array([chunk.indices for chunk in cells.chunks])
    return pc.fill_null(indices.cast(pa.int32()), -1).to_numpy(), cells.chunk(0).dictionary
