"""Which object is a table with its rows, and a clear word to what only looks like one."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa

from skrec.data._containers import as_pandas, is_column, is_frame, is_of_polars


def frame_of(X: Any, role: Any) -> Any:
    """Return the frame `X` as pandas; `role` is what an error calls it.

    Raises
    ------
    TypeError
        If it is none: a column, a lazy table, an array.
    """
    if not is_frame(X):
        raise _no_frame(X, f"{role} as a frame, pandas, polars or Arrow")
    return as_pandas(X)


def refuse_columns(X: Any) -> None:
    """Raise a TypeError if `X`, which may be a frame or an array, is one column, records, or a table without rows."""
    if not is_frame(X) and (is_column(X) or is_of_polars(X) or _is_unread(X)):
        raise _no_frame(X, "X as a table of two dimensions, a frame or an array")
    if getattr(getattr(X, "dtype", None), "names", None):
        raise TypeError("Expected X as a frame or a plain array, got a structured one; pandas.DataFrame(X) makes one")


def refuse_lazy(X: Any, role: Any) -> None:
    """Raise a TypeError if `X`, which may be a frame or ids alone, has no rows yet, or is made of records."""
    if not is_frame(X) and _is_unread(X):
        raise _no_frame(X, f"{role} as a frame or ids")


def _is_unread(X):
    """Whether `X` is a table without its rows, or the rows of one without its columns."""
    return hasattr(X, "collect") or _is_of_dask(X) or _is_record(X) or _has_records(X)


def _is_of_dask(X):
    """Whether `X` has its rows in parts that are yet to be computed: as an array, they would come all at once."""
    return hasattr(type(X), "__dask_graph__")


def _is_record(X):
    return isinstance(X, Mapping) and not hasattr(X, "tocsr")  # a sparse matrix may be a dict of its cells


def _has_records(X):
    """Whether `X` is a list, or an array of objects, of records."""
    listed = isinstance(X, (list, tuple)) or (isinstance(X, np.ndarray) and X.dtype.kind == "O" and X.ndim == 1)
    return listed and len(X) > 0 and _is_record(X[0])


def _no_frame(X, expected):
    name, remedy = type(X).__name__, ""
    if hasattr(X, "toPandas"):  # of Spark
        remedy = "; .toPandas() makes one"
    elif _is_of_dask(X):
        remedy = "; .compute() makes one of all parts, .map_partitions(model.predict_proba) predicts part by part"
    elif hasattr(X, "collect"):
        remedy = "; .collect() a lazy one"
    elif hasattr(X, "to_frame"):
        remedy = "; make a column a table with .to_frame()"
    elif isinstance(X, (pa.Array, pa.ChunkedArray)):
        remedy = '; pyarrow.table({"name": column}) makes one'
    elif _has_records(X):
        name, remedy = f"{name} of dicts", "; pandas.DataFrame(rows) makes a table of them"
    elif _is_record(X):
        remedy = "; pandas.DataFrame([row]) makes a table of a row, pandas.DataFrame(columns) of columns"
    return TypeError(f"Expected {expected}, got {name}{remedy}")
