import datetime
import uuid
from collections import deque
from decimal import Decimal
from itertools import pairwise

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skrec.data._columns import (
    CATEGORICAL,
    NUMERIC,
    SEQUENCE,
    arrays,
    as_pandas,
    factorize,
    is_frame,
    places,
    role_of,
    tokens,
)

DAY = datetime.date(2020, 1, 1)


def arrow(values, dtype):
    return pd.Series(values, dtype=pd.ArrowDtype(dtype))


def dictionary(values, value_type, index_type=None):
    encoded = pa.array(values, value_type).dictionary_encode()
    encoded = encoded.cast(pa.dictionary(index_type or pa.int32(), value_type))
    return pd.Series(pd.arrays.ArrowExtensionArray(pa.chunked_array([encoded])))


def from_polars(values, dtype):
    return as_pandas(pl.DataFrame({"c": pl.Series(values, dtype=dtype)}))["c"]


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
    "timedelta": (pd.Series(pd.to_timedelta([1])), r"dtype timedelta64\[.*\]; turn a date"),
    "period": (pd.Series(pd.period_range("2020", periods=1, freq="D")), r"dtype period\[D\]; turn a date"),
    "complex": (pd.Series([1j]), "dtype complex128; "),
    "sparse": (
        pd.Series(pd.arrays.SparseArray([0, 1])),
        r"sparse dtype Sparse\[.*\]; convert it with .sparse.to_dense",
    ),
    "object of dates": (pd.Series([DAY]), "objects of type date; make it one of"),
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
    "arrow struct": (arrow([{"a": 1}], pa.struct({"a": pa.int64()})), "dtype struct"),
    "arrow dictionary of dates": (dictionary([DAY], pa.date32()), "dtype dictionary<values=date32"),
    "polars Datetime": (from_polars([datetime.datetime(2020, 1, 1)], pl.Datetime), "dtype timestamp.*; turn a date"),
}


@pytest.mark.parametrize(**table(REFUSED))
def test_other_dtypes_are_refused_with_a_remedy(column, role):
    with pytest.raises(TypeError, match=r"^Column 'when': expected categories, numbers or lists, got " + role):
        role_of(column.rename("when"))


def test_frames_are_told_from_arrays():
    frame = pl.DataFrame({"a": [1]})
    assert all(map(is_frame, [frame, frame.to_pandas(), frame.to_arrow()]))
    assert not any(map(is_frame, [frame.to_numpy(), [[1]], frame.to_pandas()["a"]]))


def test_as_pandas_keeps_types_and_names():
    frame = pl.DataFrame({"id": [2**53 + 1, None], "genres": [["a"], None]})
    for other in (frame, frame.to_arrow()):
        pandas = as_pandas(other)
        assert list(pandas) == ["id", "genres"]
        assert pandas["id"].iloc[0] == 2**53 + 1
        assert role_of(pandas["genres"]) == SEQUENCE
    assert as_pandas(pandas) is pandas


def test_columns_of_one_name_are_refused():
    frame = pd.DataFrame([[1, 2, 3, 4]], columns=["a", "b", "a", "b"])
    with pytest.raises(ValueError, match=r"names that are unique, got \['a', 'b'\] more than once; rename or drop"):
        as_pandas(frame)


WITH_MISSING = {
    "object": pd.Series(["b", None, "a", "b", np.nan], dtype=object),
    "str": pd.Series(["b", None, "a", "b", None], dtype="str"),
    "string": pd.Series(["b", None, "a", "b", None], dtype="string"),
    "category": pd.Series(["b", None, "a", "b", None], dtype="category"),
    "arrow": arrow(["b", None, "a", "b", None], pa.large_string()),
    "arrow dictionary": dictionary(["b", None, "a", "b", None], pa.string(), pa.uint8()),
    "polars Categorical": from_polars(["b", None, "a", "b", None], pl.Categorical),
    "polars Enum": from_polars(["b", None, "a", "b", None], pl.Enum(["b", "a"])),
    "int": pd.Series([2**53 + 1, None, 2**53, 2**53 + 1, None], dtype="Int64"),
    "arrow int": arrow([2**53 + 1, None, 2**53, 2**53 + 1, None], pa.int64()),
    "arrow uint": arrow([2**64 - 1, None, 2**53, 2**64 - 1, None], pa.uint64()),
    "boolean": pd.Series([True, None, False, True, None], dtype="boolean"),
}


@pytest.mark.parametrize("column", WITH_MISSING.values(), ids=WITH_MISSING)
def test_factorize_gives_back_the_values(column):
    codes, values = factorize(column)
    assert values.is_unique
    assert codes.tolist()[1] == codes.tolist()[4] == -1
    back = [None if code < 0 else values[code] for code in codes]
    assert back == [None if pd.isna(value) else value for value in column]


@pytest.mark.parametrize("kind", ["object", "str", "string", "arrow", "arrow dictionary", "polars Categorical"])
def test_every_kind_of_text_gives_values_that_are_equal(kind):
    _, values = factorize(WITH_MISSING[kind])
    assert set(values) == {"a", "b"}
    assert sorted(values.get_indexer(pd.Index(["a", "b"]))) == [0, 1]


def test_factorize_chunked_dictionaries():
    """Each chunk of an Arrow dictionary column may have its own dictionary."""
    chunks = [pa.array(part).dictionary_encode() for part in (["b", "a"], ["c", None, "a"])]
    codes, values = factorize(pd.Series(pd.arrays.ArrowExtensionArray(pa.chunked_array(chunks))))
    assert [None if code < 0 else values[code] for code in codes] == ["b", "a", "c", None, "a"]
    assert values.is_unique


CELLS = [["b", "a"], [], None, ["a", None, "c"]]
TEXT = {
    "lists": pd.Series(CELLS),
    "tuples": pd.Series([None if cell is None else tuple(cell) for cell in CELLS]),
    "arrays": pd.Series([None if cell is None else np.array(cell, object) for cell in CELLS]),
    "deques": pd.Series([None if cell is None else deque(cell) for cell in CELLS]),
    "Series": pd.Series([None if cell is None else pd.Series(cell, dtype=object) for cell in CELLS]),
    "Indexes": pd.Series([None if cell is None else pd.Index(cell, dtype=object) for cell in CELLS]),
    "pandas arrays": pd.Series([None if cell is None else pd.array(cell, dtype="string") for cell in CELLS]),
    "a mixture, with NaN": pd.Series([("b", "a"), np.array([]), np.nan, ["a", np.nan, "c"]]),
    "arrow list": arrow(CELLS, pa.list_(pa.string())),
    "arrow large_list": arrow(CELLS, pa.large_list(pa.large_string())),
    "arrow list of dictionaries": pd.Series(
        pd.arrays.ArrowExtensionArray(
            pa.chunked_array([pa.array(CELLS, pa.list_(pa.dictionary(pa.int8(), pa.string())))])
        )
    ),
    "arrow chunks": pd.Series(
        pd.arrays.ArrowExtensionArray(pa.chunked_array([CELLS[:1], CELLS[1:]], pa.list_(pa.string())))
    ),
    "arrow slice": arrow([["z", "z"], *CELLS, ["z"]], pa.list_(pa.string())).iloc[1:5],
    "object slice": pd.Series([["z", "z"], *CELLS, ["z"]]).iloc[1:5],
    "polars List": from_polars(CELLS, pl.List(pl.String)),
    "polars List of Categorical": from_polars(CELLS, pl.List(pl.Categorical)),
    "polars List of Enum": from_polars(CELLS, pl.List(pl.Enum(["c", "b", "a"]))),
}


def as_lists(column):
    """Return the cells that `tokens` gives, as lists with None for a missing token."""
    values, offsets = tokens(column)
    assert offsets.dtype == np.int64
    flat = [None if pd.isna(value) else value for value in values]
    assert offsets[-1] == len(flat)
    return [flat[start:stop] for start, stop in pairwise(offsets)]


@pytest.mark.parametrize("column", TEXT.values(), ids=TEXT)
def test_tokens_of_text_lists(column):
    assert as_lists(column) == [["b", "a"], [], [], ["a", None, "c"]]
    assert tokens(column.rename("genres"))[0].name == "genres"


def test_tokens_of_sets_are_sorted():
    for kind in (set, frozenset, lambda values: dict.fromkeys(values).keys()):
        assert as_lists(pd.Series([kind(["b", "a"]), None, kind([])], dtype=object)) == [["a", "b"], [], []]
    assert as_lists(pd.Series([range(2, 4), np.nan, range(0)])) == [[2, 3], [], []]


def test_tokens_of_concatenated_frames():
    part = pd.DataFrame({"genres": arrow(CELLS, pa.list_(pa.string()))})
    assert as_lists(pd.concat([part, part])["genres"]) == [["b", "a"], [], [], ["a", None, "c"]] * 2


NUMBERS = {
    "lists": pd.Series([[2**53 + 1, 2**53], None, [2**53]]),
    "arrays": pd.Series([np.array([2**53 + 1, 2**53]), np.array([]), np.array([2**53])]),
    "arrow": arrow([[2**53 + 1, 2**53], None, [2**53]], pa.list_(pa.int64())),
    "arrow uint64": arrow([[2**53 + 1, 2**53], None, [2**53]], pa.list_(pa.uint64())),
    "polars": from_polars([[2**53 + 1, 2**53], [], [2**53]], pl.List(pl.Int64)),
}


@pytest.mark.parametrize("column", NUMBERS.values(), ids=NUMBERS)
def test_tokens_above_2_to_53_survive(column):
    assert as_lists(column) == [[2**53 + 1, 2**53], [], [2**53]]


def test_tokens_of_fixed_size_lists():
    """Where a fixed-size cell is missing, its slots are no tokens."""
    column = arrow([[1, 2], None, [3, 4], [5, None]], pa.list_(pa.int64(), 2))
    assert as_lists(column) == [[1, 2], [], [3, 4], [5, None]]
    assert as_lists(column.iloc[1:3]) == [[], [3, 4]]
    assert as_lists(from_polars([[1, 2], None, [3, 4]], pl.Array(pl.Int64, 2))) == [[1, 2], [], [3, 4]]


def test_missing_cells_that_hide_values_are_empty():
    """An Arrow list may have values under a null."""
    offsets, values = pa.array([0, 2, 4, 5], pa.int32()), pa.array([1, 2, 3, 4, 5])
    cells = pa.ListArray.from_arrays(offsets, values, mask=pa.array([False, True, False]))
    assert as_lists(pd.Series(pd.arrays.ArrowExtensionArray(pa.chunked_array([cells])))) == [[1, 2], [], [5]]


@pytest.mark.parametrize(
    ("column", "n_rows"),
    [
        (pd.Series([], dtype=object), 0),
        (arrow([], pa.list_(pa.string())), 0),
        (pd.Series([None, None], dtype=object), 2),
        (pd.Series([[], []]), 2),
        (pd.Series([np.array([]), np.array([])]), 2),
        (arrow([None, []], pa.list_(pa.int64())), 2),
        (from_polars([[], None], pl.List(pl.Null)), 2),
    ],
)
def test_columns_without_a_token(column, n_rows):
    assert as_lists(column) == [[]] * n_rows


def test_tokens_of_booleans():
    assert as_lists(pd.Series([[True, False], [True]])) == [[True, False], [True]]


@pytest.mark.parametrize(
    ("column", "got"),
    [
        (pd.Series([[1, "a"]]), "cells of mixed types; let every cell be a list of strings, or of integers"),
        (pd.Series([[1], ["a"]]), "cells of mixed types; let every cell be a list of strings, or of integers"),
        (pd.Series([[1], 2]), "cells of mixed types; let every cell be a list of strings, or of integers"),
        (
            pd.Series(["a|b"]),
            "cells of type large_string; a sequence column holds a list .*SequenceEncoder makes",
        ),
        (pd.Series([1, 2]), "cells of type int64; a sequence column holds a list in every cell"),
        (pd.Series([{"a": 1}]), "cells of type struct.*; a sequence column holds a list in every cell"),
        (pd.Series([[1.5]]), "lists of double; a sequence column holds lists of strings, integers or booleans"),
        (pd.Series([[[1]]]), "lists of list<item: int64>; a sequence column holds lists of strings"),
        (pd.Series([[DAY]]), r"lists of date32\[day\]; a sequence column holds lists of strings"),
        (pd.Series([[2**64]]), "integers beyond 64 bits; make them strings"),
    ],
)
def test_other_cells_are_refused_with_a_remedy(column, got):
    with pytest.raises(TypeError, match=f"^Column 'genres': expected categories, numbers or lists, got {got}"):
        tokens(column.rename("genres"))


@given(st.sets(st.text("abé", max_size=3)), st.lists(st.none() | st.text("abé", max_size=3)), st.integers(0, 9))
@settings(deadline=None)
def test_places_of_text_are_those_of_pandas(known, values, cut):
    known, column = pd.Index(sorted(known), dtype="str"), pd.Series(values, dtype="str")
    parts = pd.concat([column[:cut], column[cut:]])  # of several Arrow chunks
    expected = known.get_indexer(pd.Index(values, dtype="str"))
    for text in (column, parts, pd.Series(values, dtype="string"), pd.Index(values, dtype="str")):
        found = places(text, known)
        assert found.tolist() == expected.tolist()
        assert found.dtype == np.int32


def test_arrays_of_a_frame_need_nothing_private(monkeypatch):
    frame = pd.DataFrame({"a": [1.5, 2], "b": ["x", None], "c": pd.Categorical([1, 2]), "d": [[1], []]})
    quick = arrays(frame)
    monkeypatch.delattr(pd.DataFrame, "_iter_column_arrays")
    for (name, array), (same, plain) in zip(quick.items(), arrays(frame).items(), strict=True):
        assert name == same
        assert type(array) is type(plain)
        assert array.dtype == plain.dtype
        pd.testing.assert_series_equal(pd.Series(array), pd.Series(plain))
