"""Tables and columns of whatever container, and their arrays."""

import sys

import pandas as pd
import pyarrow as pa
import pyarrow.dataset as ds

from skrec._text import quoted


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


def as_arrow(column):
    """Return a column, a Series or an Index, as a pyarrow.ChunkedArray."""
    array = pa.array(column, from_pandas=True)  # of several chunks already where frames were concatenated
    return array if isinstance(array, pa.ChunkedArray) else pa.chunked_array([array])


def arrays(frame):
    """Return {name: array} of the columns as pandas stores them."""
    stored = getattr(frame, "_iter_column_arrays", None)  # not public: a Series for each takes ten times as long
    found = stored() if stored else (column.values for _, column in frame.items())
    return dict(zip(frame.columns.tolist(), found, strict=True))


def select(frame, names):
    """Return the columns `names` of a frame that has them, as ``frame[names]`` does in four times as long."""
    place = {name: j for j, name in enumerate(frame.columns.tolist())}
    return frame.take([place[name] for name in names], axis=1)


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
