import datetime
import uuid
from decimal import Decimal

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from skrec.data._columns import CATEGORICAL, NUMERIC, SEQUENCE, role_of
from tests.data.columns import arrow, dictionary, from_polars

pytestmark = pytest.mark.fast

DAY = datetime.date(2020, 1, 1)


def table(pairs):
    return {"argnames": ("column", "role"), "argvalues": [pytest.param(c, r, id=i) for i, (c, r) in pairs.items()]}


ROLES = {
    "category of str": (pd.Series(["a"], dtype="category"), CATEGORICAL),
    "category of int": (pd.Series([1]).astype("category"), CATEGORICAL),
    "category of float": (pd.Series([1.5]).astype("category"), CATEGORICAL),
    "str": (pd.Series(["a", None], dtype="str"), CATEGORICAL),
    "string": (pd.Series(["a", None], dtype="string"), CATEGORICAL),
    "string python": (pd.Series(["a", None], dtype="string[python]"), CATEGORICAL),
    "bool": (pd.Series([True]), CATEGORICAL),
    "boolean": (pd.Series([True, None], dtype="boolean"), CATEGORICAL),
    "object of str": (pd.Series(["a", None, np.nan], dtype=object), CATEGORICAL),
    "object of bool": (pd.Series([True, None], dtype=object), CATEGORICAL),
    "object of nothing": (pd.Series([None, np.nan], dtype=object), CATEGORICAL),
    "empty object": (pd.Series([], dtype=object), CATEGORICAL),
    "object of int": (pd.Series([1, None], dtype=object), NUMERIC),
    "object of float": (pd.Series([1.5, np.nan], dtype=object), NUMERIC),
    "object of int and float": (pd.Series([1, 1.5], dtype=object), NUMERIC),
    "object of decimal": (pd.Series([Decimal(1)], dtype=object), NUMERIC),
    "float16": (pd.Series([1], dtype="float16"), NUMERIC),
    "float32": (pd.Series([1], dtype="float32"), NUMERIC),
    "float64": (pd.Series([1.0]), NUMERIC),
    "int8": (pd.Series([1], dtype="int8"), NUMERIC),
    "uint64": (pd.Series([1], dtype="uint64"), NUMERIC),
    "Int64": (pd.Series([1, None], dtype="Int64"), NUMERIC),
    "UInt8": (pd.Series([1, None], dtype="UInt8"), NUMERIC),
    "Float64": (pd.Series([1, None], dtype="Float64"), NUMERIC),
    "arrow string": (arrow(["a"], pa.string()), CATEGORICAL),
    "arrow large_string": (arrow(["a"], pa.large_string()), CATEGORICAL),
    "arrow string_view": (arrow(["a"], pa.string_view()), CATEGORICAL),
    "arrow bool": (arrow([True], pa.bool_()), CATEGORICAL),
    "arrow null": (arrow([None], pa.null()), CATEGORICAL),
    "arrow int": (arrow([1], pa.int16()), NUMERIC),
    "arrow float": (arrow([1], pa.float32()), NUMERIC),
    "arrow decimal": (arrow([Decimal(1)], pa.decimal128(5, 2)), NUMERIC),
    "arrow dictionary of str": (dictionary(["a"], pa.string()), CATEGORICAL),
    "arrow dictionary of int": (dictionary([7], pa.int64()), CATEGORICAL),
    "arrow list": (arrow([["a"]], pa.list_(pa.string())), SEQUENCE),
    "arrow large_list": (arrow([[1]], pa.large_list(pa.int64())), SEQUENCE),
    "arrow fixed_size_list": (arrow([[1, 2]], pa.list_(pa.int64(), 2)), SEQUENCE),
    "object of lists": (pd.Series([["a"], [], None, np.nan]), SEQUENCE),
    "object of tuples": (pd.Series([("a",)]), SEQUENCE),
    "object of arrays": (pd.Series([np.array([1]), np.array([])]), SEQUENCE),
    "polars String": (from_polars(["a"], pl.String), CATEGORICAL),
    "polars Categorical": (from_polars(["a", None], pl.Categorical), CATEGORICAL),
    "polars Enum": (from_polars(["a", None], pl.Enum(["b", "a"])), CATEGORICAL),
    "polars Boolean": (from_polars([True], pl.Boolean), CATEGORICAL),
    "polars Int32": (from_polars([1, None], pl.Int32), NUMERIC),
    "polars Float64": (from_polars([1.5], pl.Float64), NUMERIC),
    "polars List": (from_polars([["a"], None], pl.List(pl.String)), SEQUENCE),
    "polars List of Categorical": (from_polars([["a"], None], pl.List(pl.Categorical)), SEQUENCE),
    "polars Array": (from_polars([[1, 2]], pl.Array(pl.Int64, 2)), SEQUENCE),
}


@pytest.mark.parametrize(**table(ROLES))
def test_dtype_gives_the_role(column, role):
    assert role_of(column) == role


REFUSED = {
    "datetime": (pd.Series(pd.to_datetime([DAY])), r"dtype datetime64\[.*\]; turn a date into numbers"),
    "with time zone": (pd.Series(pd.to_datetime([DAY], utc=True)), r"dtype datetime64\[.*UTC\]; turn a date"),
    "timedelta": (pd.Series(pd.to_timedelta([1])), r"dtype timedelta64\[.*\]; turn a time of day or a span"),
    "period": (
        pd.Series(pd.period_range("2020", periods=1, freq="D")),
        r"dtype period\[D\]; make it dates with \.dt",
    ),
    "complex": (pd.Series([1j]), "dtype complex128; make it one of"),
    "sparse": (
        pd.Series(pd.arrays.SparseArray([0, 1])),
        r"sparse dtype Sparse\[.*\]; convert it with .sparse.to_dense",
    ),
    "object of dates": (pd.Series([DAY]), r"objects of type date; make it dates with pandas\.to_datetime, and turn"),
    "bytes": (pd.Series([b"a"]), "objects of type bytes; make it one of"),
    "int and str": (pd.Series([1, "a"], dtype=object), r"mixed types \(int, str\); give it one type"),
    "UUID": (pd.Series([uuid.UUID(int=1)] * 2), r"objects of type UUID; give it values of text, .* \.astype\(str\)"),
    "float and str": (pd.Series([1.5, "a"], dtype=object), r"mixed types \(float, str\); give it one type"),
    "bool and int": (pd.Series([True, 2], dtype=object), r"mixed types \(bool, int\); give it one type"),
    "list and str": (
        pd.Series(["a", [1]], dtype=object),
        r"mixed types \(list, str\); a sequence column holds a list in every",
    ),
    "arrow date": (arrow([DAY], pa.date32()), r"dtype date32\[day\]\[pyarrow\]; turn a date"),
    "arrow struct": (arrow([{"a": 1}], pa.struct({"a": pa.int64()})), "dtype struct.*; make it one of"),
    "arrow dictionary of dates": (dictionary([DAY], pa.date32()), r"dtype dictionary<values=date32.*; turn a date"),
    "object of times": (pd.Series([datetime.time(1)]), "objects of type time; turn a time of day"),
    "arrow time": (arrow([datetime.time(1)], pa.time64("us")), r"dtype time64\[us\]\[pyarrow\]; turn a time of day"),
    "arrow duration": (arrow([1], pa.duration("s")), r"dtype duration\[s\]\[pyarrow\]; turn a time of day or a span"),
    "polars Datetime": (from_polars([datetime.datetime(2020, 1, 1)], pl.Datetime), "dtype timestamp.*; turn a date"),
}


@pytest.mark.parametrize(**table(REFUSED))
def test_other_dtypes_are_refused_with_a_remedy(column, role):
    with pytest.raises(TypeError, match=r"^Column 'when': expected categories, numbers or lists, got " + role):
        role_of(column.rename("when"))
