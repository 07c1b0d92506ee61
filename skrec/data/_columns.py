"""What a column is: its role by dtype, its distinct values, the tokens of its list cells."""

import sys
from collections.abc import Sequence, Set

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
from pandas.api import types

from skrec._text import brief, quoted, shortened

CATEGORICAL, NUMERIC, SEQUENCE = "categorical", "numeric", "sequence"

_OBJECT_ROLES = {
    "string": CATEGORICAL,
    "boolean": CATEGORICAL,
    "empty": CATEGORICAL,
    "integer": NUMERIC,
    "floating": NUMERIC,
    "mixed-integer-float": NUMERIC,
    "decimal": NUMERIC,
}
_REMEDY = "make it one of: category or str (categorical), int or float (numeric), a list column (sequence)"
_LISTS = (
    "a sequence column holds a list in every cell, empty where there is nothing; skrec.preprocessing.SequenceEncoder "
    "makes lists of text"
)


def is_frame(X):
    """Whether `X` is a table with typed columns: pandas, polars or pyarrow."""
    polars = sys.modules.get("polars")  # who has a frame of polars has imported it
    return isinstance(X, (pd.DataFrame, pa.Table)) or (polars is not None and isinstance(X, polars.DataFrame))


def is_dataset(X):
    """Whether `X` is a table on disk, read a part at a time."""
    return isinstance(X, ds.Dataset)


def as_pandas(X):
    """Return the frame `X` as pandas; a polars or Arrow table keeps its types and, mostly, its memory."""
    if not isinstance(X, pd.DataFrame):
        table = X if isinstance(X, pa.Table) else X.to_arrow()
        if not table.num_columns:
            return pd.DataFrame(index=range(len(table)))
        # column by column, for Table.to_pandas refuses the unsigned codes that polars gives a Categorical
        enums = _enums(X)
        columns = [
            pd.Series(pd.arrays.ArrowExtensionArray(_ordered(column, name in enums)))
            for name, column in zip(table.column_names, table.columns, strict=True)
        ]
        X = pd.concat(columns, axis=1, keys=range(len(columns))).set_axis(table.column_names, axis=1)
    if not X.columns.is_unique:
        twice = list(X.columns[X.columns.duplicated()].unique())
        raise ValueError(
            f"Expected column names that are unique, got {quoted(twice)} more than once; rename or drop them"
        )
    return X


def as_series(values):
    """Return one column of values, of whatever container, as a pandas Series."""
    if isinstance(values, (pa.Array, pa.ChunkedArray)):
        return as_pandas(pa.table({"values": values}))["values"]
    if type(values).__module__.split(".")[0] == "polars":
        return as_pandas(values.to_frame()).iloc[:, 0]
    return values if isinstance(values, pd.Series) else pd.Series(values)


def role_of(column):
    """Return the role that a column's dtype gives it.

    Parameters
    ----------
    column : pandas.Series of shape (n_rows,)

    Returns
    -------
    role : {"categorical", "numeric", "sequence"}

    Raises
    ------
    TypeError
        If the dtype has no role (datetime, sparse, ...) or the column mixes types.
    """
    dtype = column.dtype
    if isinstance(dtype, pd.SparseDtype):
        raise _refused(column, f"sparse dtype {dtype}", "convert it with .sparse.to_dense()")
    if isinstance(dtype, pd.ArrowDtype):
        role = _arrow_role(dtype.pyarrow_dtype)
    elif isinstance(dtype, (pd.CategoricalDtype, pd.StringDtype)) or types.is_bool_dtype(dtype):
        role = CATEGORICAL
    elif types.is_object_dtype(dtype):
        return _object_role(column)
    else:
        role = NUMERIC if types.is_any_real_numeric_dtype(dtype) else None
    if role is None and len(column) and column.isna().all():  # missing dates say nothing
        return CATEGORICAL
    if role is None:
        raise _refused(column, f"dtype {dtype}", "turn a date into numbers (year, hour, days since) or drop it")
    return role


def factorize(column):
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
    if _is_coded_by_arrow(column.dtype):
        codes, dictionary = _as_dictionary(column)
        return codes, as_index(dictionary)
    if isinstance(column.dtype, pd.CategoricalDtype):
        return column.array.codes, column.dtype.categories  # a tenth of the time of .cat, which makes a Series
    codes, values = pd.factorize(column)
    if isinstance(values.dtype, (pd.ArrowDtype, pd.api.extensions.ExtensionDtype)):
        values = pd.Index(values.to_numpy(dtype=object)).infer_objects()  # one dtype for str, string and Arrow strings
    return codes, pd.Index(values)


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
    if _is_coded_by_arrow(column.dtype):
        return _as_dictionary(column)
    codes, values = factorize(column)
    return codes, pa.array(values)


def as_index(values):
    """Return distinct `values`, an Arrow array, as the pandas.Index that `factorize` has."""
    if pa.types.is_string(values.type) or pa.types.is_large_string(values.type):
        return pd.Index(values.to_pandas())  # no Python object for each, from pandas 3 on
    return pd.Index(values.to_numpy(zero_copy_only=False)).infer_objects()


def is_enum(dtype):
    """Whether a column is a polars Enum: a dictionary that is ordered, as `as_pandas` lets no other one be."""
    return (
        isinstance(dtype, pd.ArrowDtype)
        and pa.types.is_dictionary(dtype.pyarrow_dtype)
        and dtype.pyarrow_dtype.ordered
        and _is_arrow_text(dtype.pyarrow_dtype.value_type)
    )


def is_text(dtype):
    """Whether a column or an Index holds strings as Arrow does, or can."""
    return isinstance(dtype, pd.StringDtype)


def places(text, known):
    """Return where text, a column or an Index, is in `known`, (n,) int32, -1 if it is not; without Python objects."""
    cells = _as_arrow(text)
    found = pc.index_in(cells, value_set=pa.array(known.array).cast(cells.type))
    return pc.fill_null(found, -1).to_numpy()


def arrays(frame):
    """Return {name: array} of the columns as pandas stores them."""
    stored = getattr(frame, "_iter_column_arrays", None)  # not public: a Series for each takes ten times as long
    found = stored() if stored else (column.values for _, column in frame.items())
    return dict(zip(frame.columns.tolist(), found, strict=True))


def select(frame, names):
    """Return the columns `names` of a frame that has them, as ``frame[names]`` does in four times as long."""
    place = {name: j for j, name in enumerate(frame.columns.tolist())}
    return frame.take([place[name] for name in names], axis=1)


def scalars(array):
    """Return the values of few rows as Python objects; of a dtype that asks for a closer look the array itself."""
    if isinstance(array, pd.Categorical):
        values = [None if code < 0 else array.dtype.categories[code] for code in array.codes.tolist()]
        return [value.item() if isinstance(value, np.generic) else value for value in values]
    if isinstance(array.dtype, pd.StringDtype):
        return list(array)
    return array.tolist() if isinstance(array, np.ndarray) else [array]


def tokens(column):
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
        If the cells mix types, or hold something else than strings, integers or booleans.
    """
    if column.dtype == object:
        column = column.map(_as_cell)
    try:
        cells = _as_arrow(column)
    except OverflowError as error:
        raise _refused(column, "integers beyond 64 bits", "make them strings") from error
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError) as error:
        remedy = "let every cell be a list of strings, or of integers"
        raise _refused(column, "cells of mixed types", remedy) from brief(error)
    if not _is_list(cells.type) and pc.all(pc.is_null(cells, nan_is_null=True), min_count=0).as_py():
        cells = pa.chunked_array([pa.nulls(len(cells), pa.list_(pa.string()))])
    if not _is_list(cells.type):
        raise _refused(column, f"cells of type {cells.type}", _LISTS)
    if _arrow_role(cells.type.value_type) != CATEGORICAL and not pa.types.is_integer(cells.type.value_type):
        remedy = "a sequence column holds lists of strings, integers or booleans"
        raise _refused(column, f"lists of {cells.type.value_type}", remedy)
    lengths = pc.fill_null(pc.list_value_length(cells), 0).to_numpy()
    offsets = np.concatenate([[0], np.cumsum(lengths, dtype=np.int64)])
    values = pc.list_flatten(cells).to_pandas(types_mapper=pd.ArrowDtype)
    return values.rename(column.name), offsets


def is_missing(column):
    """Whether a column has no cell but missing ones, of which no dtype tells what they are."""
    if isinstance(column.dtype, pd.ArrowDtype):  # whose NaN is a number to pandas
        return bool(pc.all(pc.is_null(_as_arrow(column), nan_is_null=True), min_count=0).as_py())
    return bool(column.isna().all())


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


def _is_coded_by_arrow(dtype):
    """Whether a column has strings, or a dictionary of any values, as Arrow holds them."""
    if isinstance(dtype, pd.ArrowDtype):
        # dictionaries by hand too, for pandas refuses the unsigned indices that polars gives
        dtype = dtype.pyarrow_dtype
        return pa.types.is_dictionary(dtype) or pa.types.is_string(dtype) or pa.types.is_large_string(dtype)
    return isinstance(dtype, pd.StringDtype)


def _as_dictionary(column):
    """Return the codes of an Arrow column, -1 for missing, and its distinct values as an Arrow array."""
    cells = _as_arrow(column)
    # what is encoded here has one dictionary in all chunks, which unifying would hash once a chunk
    cells = cells.unify_dictionaries() if pa.types.is_dictionary(cells.type) else cells.dictionary_encode()
    if not cells.num_chunks:
        return np.empty(0, np.int32), pa.array([], cells.type.value_type)
    indices = pa.chunked_array([chunk.indices for chunk in cells.chunks])
    return pc.fill_null(indices.cast(pa.int32()), -1).to_numpy(), cells.chunk(0).dictionary


def _as_arrow(column):
    array = pa.array(column, from_pandas=True)  # of several chunks already where frames were concatenated
    return array if isinstance(array, pa.ChunkedArray) else pa.chunked_array([array])


def _enums(X):
    """Return the names of the columns that are an Enum in a polars frame, or were before it became an Arrow table."""
    if isinstance(X, pa.Table):
        marks = {field.name: field.metadata or () for field in X.schema}
        return {name for name, keys in marks.items() if any(key.startswith(b"_PL_ENUM") for key in keys)}
    return {name for name, dtype in X.schema.items() if type(dtype).__name__ == "Enum"}


def _ordered(column, ordered):
    """Return an Arrow column as it is, a dictionary as one that is ordered or not."""
    if not pa.types.is_dictionary(column.type) or column.type.ordered == ordered:
        return column
    parts = [pa.DictionaryArray.from_arrays(c.indices, c.dictionary, ordered=ordered) for c in column.chunks]
    return pa.chunked_array(parts, pa.dictionary(column.type.index_type, column.type.value_type, ordered))


def _arrow_role(dtype):
    if pa.types.is_dictionary(dtype):
        dtype = dtype.value_type
        return CATEGORICAL if pa.types.is_integer(dtype) else _arrow_role(dtype)
    if _is_list(dtype):
        return SEQUENCE
    if _is_arrow_text(dtype) or pa.types.is_boolean(dtype) or pa.types.is_null(dtype):
        return CATEGORICAL
    numeric = pa.types.is_integer(dtype) or pa.types.is_floating(dtype) or pa.types.is_decimal(dtype)
    return NUMERIC if numeric else None


def _is_arrow_text(dtype):
    return pa.types.is_string(dtype) or pa.types.is_large_string(dtype) or pa.types.is_string_view(dtype)


def _is_list(dtype):
    return pa.types.is_list(dtype) or pa.types.is_large_list(dtype) or pa.types.is_fixed_size_list(dtype)


def _object_role(column):
    kind = types.infer_dtype(column, skipna=True)
    if kind in _OBJECT_ROLES:
        return _OBJECT_ROLES[kind]
    present = column[column.map(types.is_list_like) | column.notna()]
    if not len(present):
        return CATEGORICAL
    listed = present.map(types.is_list_like)
    if listed.all():
        return SEQUENCE
    if kind.startswith("mixed"):
        found = sorted({type(value).__name__ for value in present})
        if len(found) == 1:
            raise _refused(column, f"objects of type {found[0]}", "give it values of text, for instance .astype(str)")
        remedy = _LISTS if listed.any() else "give it one type, for instance with .astype(str)"
        raise _refused(column, f"mixed types ({', '.join(found)})", remedy)
    raise _refused(column, f"objects of type {kind}", _REMEDY)


def _refused(column, got, remedy):
    return TypeError(
        f"Column {quoted(column.name)}: expected categories, numbers or lists, got {shortened(got)}; {remedy}"
    )
