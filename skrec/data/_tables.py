"""Which object is a table with its rows, and a clear word to what only looks like one."""

import sys

import pandas as pd
import pyarrow as pa

from skrec.data._containers import as_pandas, is_frame


def frame_of(X, role):
    """Return the frame `X` as pandas; `role` is what an error calls it.

    Raises
    ------
    TypeError
        If it is none: a column, a lazy table, an array.
    """
    if not is_frame(X):
        raise _no_frame(X, f"{role} as a frame, pandas, polars or Arrow")
    return as_pandas(X)


def refuse_columns(X):
    """Raise a TypeError if `X`, which may be a frame or an array, is one column or a table without its rows."""
    if not is_frame(X) and (_is_column(X) or _is_of_polars(X) or isinstance(X, pa.RecordBatch)):
        raise _no_frame(X, "X as a table of two dimensions, a frame or an array")


def refuse_lazy(X, role):
    """Raise a TypeError if `X`, which may be a frame or ids alone, has no rows yet."""
    if hasattr(X, "collect"):
        raise _no_frame(X, f"{role} as a frame or ids")


def _is_column(X):
    return isinstance(X, (pd.Series, pd.Index, pa.Array, pa.ChunkedArray))


def _is_of_polars(X):
    return "polars" in sys.modules and type(X).__module__.split(".")[0] == "polars"


def _no_frame(X, expected):
    name, remedy = type(X).__name__, ""
    if hasattr(X, "collect"):
        remedy = "; .collect() a lazy one"
    elif hasattr(X, "to_frame"):
        remedy = "; make a column a table with .to_frame()"
    elif isinstance(X, pa.RecordBatch):
        remedy = "; pyarrow.Table.from_batches([batch]) makes one"
    elif _is_column(X):
        remedy = '; pyarrow.table({"name": column}) makes one'
    return TypeError(f"Expected {expected}, got {name}{remedy}")
