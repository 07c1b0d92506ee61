"""Columns of every kind, to test with."""

import pandas as pd
import polars as pl
import pyarrow as pa

from skrec.data._containers import as_pandas


def arrow(values, dtype):
    return pd.Series(values, dtype=pd.ArrowDtype(dtype))


def dictionary(values, value_type, index_type=None):
    encoded = pa.array(values, value_type).dictionary_encode()
    encoded = encoded.cast(pa.dictionary(index_type or pa.int32(), value_type))
    return pd.Series(pd.arrays.ArrowExtensionArray(pa.chunked_array([encoded])))


def from_polars(values, dtype):
    return as_pandas(pl.DataFrame({"c": pl.Series(values, dtype=dtype)}))["c"]
