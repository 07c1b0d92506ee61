"""Tables and columns of whatever container, and their arrays."""

from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.dataset as ds

from skrec._text import quoted


def is_frame(X: Any) -> Any:
    """Whether `X` is a table with typed columns: pandas, or whatever has the Arrow PyCapsule interface.

    Tables of polars and pyarrow have it, record batches, their readers, relations of DuckDB.
    """
    return isinstance(X, pd.DataFrame) or (_gives_arrow(X) and not is_column(X))


def is_column(X):
    """Whether `X` is one column of a table, of pandas, polars or pyarrow."""
    return isinstance(X, (pd.Series, pd.Index, pa.Array, pa.ChunkedArray)) or (
        is_of_polars(X) and type(X).__name__ == "Series"
    )


def is_of_polars(X):
    """Whether `X` is of a class of polars."""
    return type(X).__module__.partition(".")[0] == "polars"


def is_dataset(X: Any) -> Any:
    """Whether `X` is a table on disk, read a part at a time, or what a transformer makes of one."""
    return isinstance(X, ds.Dataset) or hasattr(X, "get_fragments")


def as_pandas(X: Any) -> Any:
    """Return the frame `X` as pandas; any other one keeps its types and, mostly, its memory.

    What gives its rows once, as a RecordBatchReader does, has none afterwards: it is asked for them once.
    """
    if not isinstance(X, pd.DataFrame):
        table = _table(X)
        if not table.num_columns:
            return pd.DataFrame(index=range(len(table)))
        # column by column, for Table.to_pandas refuses the unsigned codes that polars gives a Categorical
        enums = _enums(X if is_of_polars(X) else table)
        columns = [
            pd.Series(pd.arrays.ArrowExtensionArray(_ordered(_known(column), name in enums)))
            for name, column in zip(table.column_names, table.columns, strict=True)
        ]
        X = pd.concat(columns, axis=1, keys=range(len(columns))).set_axis(table.column_names, axis=1)
    if not X.columns.is_unique:
        twice = list(X.columns[X.columns.duplicated()].unique())
        raise ValueError(
            f"Expected column names that are unique, got {quoted(twice)} more than once; rename or drop them"
        )
    return X


def as_series(values: Any) -> Any:
    """Return one column of values, of whatever container, as a pandas Series."""
    if isinstance(values, (pd.Series, pd.Index)):
        return values if isinstance(values, pd.Series) else pd.Series(values)
    if is_of_polars(values):
        return as_pandas(values.to_frame()).iloc[:, 0]
    if _gives_arrow(values):
        if not isinstance(values, (pa.Array, pa.ChunkedArray)):
            values = pa.chunked_array(values) if hasattr(values, "__arrow_c_stream__") else pa.array(values)
        return as_pandas(pa.table({"values": values}))["values"]
    return pd.Series(values)


def as_arrow(column):
    """Return a column, a Series or an Index, as a pyarrow.ChunkedArray."""
    array = pa.array(column, from_pandas=True)  # of several chunks already where frames were concatenated
    return array if isinstance(array, pa.ChunkedArray) else pa.chunked_array([array])


def arrays(frame: Any) -> Any:
    """Return {name: array} of the columns as pandas stores them."""
    stored = getattr(frame, "_iter_column_arrays", None)  # not public: a Series for each takes ten times as long
    found = stored() if stored else (column.values for _, column in frame.items())
    return dict(zip(frame.columns.tolist(), found, strict=True))


def select(frame: Any, names: Any) -> Any:
    """Return the columns `names` of a frame that has them, as ``frame[names]`` does in four times as long."""
    place = {name: j for j, name in enumerate(frame.columns.tolist())}
    return frame.take([place[name] for name in names], axis=1)


def _gives_arrow(X):
    """Whether the class of `X` has the Arrow PyCapsule interface; attributes of a DuckDB relation may be columns."""
    return hasattr(type(X), "__arrow_c_stream__") or hasattr(type(X), "__arrow_c_array__")


def _table(X):
    """Return what has the Arrow PyCapsule interface as a pyarrow.Table."""
    if isinstance(X, pa.Table):
        return X
    if is_of_polars(X):
        return X.to_arrow()
    try:
        table = pa.table(X)
    except pa.ArrowInvalid as error:
        if "non-struct" not in str(error):
            raise
        raise TypeError(
            f"Expected a table, got one column, a {type(X).__name__}; pyarrow.table({{name: column}}) makes one"
        ) from error
    if isinstance(X, pa.RecordBatchReader) and not len(table):
        raise ValueError(
            "Expected rows, got none from a RecordBatchReader, which gives its rows once; make a new one, or keep the "
            "rows as a table with .read_all()"
        )
    return table


def _known(column):
    """Return an Arrow column as all functions know it: views of text as text, unsigned codes as signed ones."""
    kind = column.type
    if not pa.types.is_dictionary(kind):
        return _as_text(column) if pa.types.is_string_view(kind) else column
    views, unsigned = pa.types.is_string_view(kind.value_type), pa.types.is_unsigned_integer(kind.index_type)
    if not (views or unsigned):
        return column
    codes, values = pa.int64() if unsigned else kind.index_type, pa.large_string() if views else kind.value_type
    parts = [
        pa.DictionaryArray.from_arrays(
            c.indices.cast(codes), _as_text(c.dictionary) if views else c.dictionary, ordered=kind.ordered
        )
        for c in column.chunks
    ]
    return pa.chunked_array(parts, pa.dictionary(codes, values, kind.ordered))


def _as_text(views):
    """Return views of text, an array or a column, as text."""
    try:
        return views.cast(pa.large_string())
    except pa.ArrowNotImplementedError:  # the oldest pyarrow knows no such cast
        text = pa.array(views.to_pylist(), pa.large_string())
        return text if isinstance(views, pa.Array) else pa.chunked_array([text])


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
