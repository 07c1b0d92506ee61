import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skrec.data._distinct import factorize, places
from tests.data.columns import arrow, dictionary, from_polars

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


@given(st.lists(st.none() | st.text("a%0\0", max_size=3), min_size=1))
def test_a_nul_is_a_character(values):
    codes, distinct = factorize(pd.Series(values, dtype=object))
    assert [None if code < 0 else distinct[code] for code in codes] == values
    assert distinct.is_unique
