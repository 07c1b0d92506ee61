import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skrec.data._containers import arrays, as_pandas
from skrec.data._vocabulary import UNKNOWN, Vocabulary

LETTERS = Vocabulary(pd.Index(["a", "b", "c"]))


def same_text(values):
    """The same strings in every dtype that a frame can hold them in."""
    arrow = pa.array(values, pa.string())
    polars = pl.DataFrame({"c": pl.Series(values, dtype=pl.String)})
    enum = pl.Enum(sorted({value for value in values if value is not None}, reverse=True))
    return {
        "object": pd.Series(values, dtype=object),
        "str": pd.Series(values, dtype="str"),
        "string": pd.Series(values, dtype="string"),
        "category": pd.Series(values, dtype="category"),
        "arrow": pd.Series(values, dtype=pd.ArrowDtype(pa.string())),
        "arrow dictionary": pd.Series(pd.arrays.ArrowExtensionArray(pa.chunked_array([arrow.dictionary_encode()]))),
        "polars": as_pandas(polars)["c"],
        "polars Categorical": as_pandas(polars.cast(pl.Categorical))["c"],
        "polars Enum": as_pandas(polars.cast(enum))["c"],
    }


@given(st.lists(st.none() | st.text("abxyzé", max_size=3)), st.randoms())
@settings(deadline=None)
def test_learns_sorted_values_whatever_the_row_order(values, random):
    vocabulary = Vocabulary.learn(pd.Series(values, dtype=object))
    assert list(vocabulary.values) == sorted({value for value in values if value is not None})
    random.shuffle(values)
    assert list(Vocabulary.learn(pd.Series(values, dtype="category")).values) == list(vocabulary.values)
    assert len(vocabulary) == len(vocabulary.values) + 1


@given(st.lists(st.integers(-(2**63), 2**63 - 1), min_size=1), st.lists(st.integers(-(2**63), 2**63 - 1)))
@settings(deadline=None)
def test_codes_of_integers_are_their_places(known, others):
    vocabulary = Vocabulary.learn(pd.Series(known, dtype="int64"))
    place = {value: code for code, value in enumerate(sorted(set(known)), start=1)}
    column = [*known, *others]
    assert vocabulary.encode(pd.Series(column, dtype="int64")).tolist() == [place.get(value, 0) for value in column]


@pytest.mark.parametrize("learnt", same_text(["a"]))
@pytest.mark.parametrize("seen", same_text(["a"]))
def test_text_is_the_same_in_every_dtype(learnt, seen):
    vocabulary = Vocabulary.learn(same_text(["c", "a", None, "c"])[learnt])
    codes = vocabulary.encode(same_text(["c", "new", "a", None, "b"])[seen])
    assert codes.tolist() == [2, 0, 1, 0, 0]
    assert codes.dtype == np.int32


@pytest.mark.parametrize("order", [["a", "b", "c"], ["c", "b", "a"], ["x", "c", "a", "b"], ["b", "c"]])
def test_recodes_by_value_whatever_the_category_order(order):
    values = ["b", "c", "b", None]
    column = pd.Series(pd.Categorical(values, categories=order))
    assert LETTERS.encode(column).tolist() == [2, 3, 2, UNKNOWN]


def test_categories_that_no_row_has_are_not_learnt():
    column = pd.Series(["b", "a", "held out", None], dtype="category").iloc[[0, 1, 3]]
    assert list(Vocabulary.learn(column).values) == ["a", "b"]
    assert Vocabulary.learn(column).encode(pd.Series(["held out", "b"], dtype=column.dtype)).tolist() == [0, 2]


def test_declared_categories_are_learnt_on_demand():
    column = pd.Series(pd.Categorical(["b"], categories=["z", "b", "a"]))
    assert list(Vocabulary.learn(column, declared=True).values) == ["a", "b", "z"]
    assert list(Vocabulary.learn(pd.Series(["b"]), declared=True).values) == ["b"]


@pytest.mark.parametrize("n_rows", [0, 1, 2, 5])
def test_few_rows_of_a_wide_dtype(n_rows):
    """A request of a few rows carries all the categories of its dtype."""
    wide = pd.CategoricalDtype([f"x{i}" for i in range(300)] + ["c", "a"])
    values = ["c", None, "x7", "a", "c"][:n_rows]
    codes = LETTERS.encode(pd.Series(pd.Categorical(values, dtype=wide)))
    assert codes.tolist() == [3, 0, 0, 1, 3][:n_rows]
    assert codes.dtype == np.int32


@pytest.mark.parametrize("n_categories", [127, 128, 200, 40_000])
def test_missing_at_the_edges_of_index_dtypes(n_categories):
    """pandas takes the smallest integer for its codes, -1 for missing."""
    values = list(range(n_categories))
    column = pd.Series([*values, None], dtype=pd.CategoricalDtype(values))
    assert Vocabulary.learn(column).encode(column).tolist() == [*range(1, n_categories + 1), 0]


@pytest.mark.parametrize("dtype", ["int8", "int64", "uint64", "float32", "float64", "Int64", "Float64", "object"])
@pytest.mark.parametrize("learnt", ["int64", "float64", "Int64", "uint64"])
def test_equal_numbers_are_one_category(learnt, dtype):
    vocabulary = Vocabulary.learn(pd.Series([30, 10, 20], dtype=learnt))
    assert vocabulary.encode(pd.Series([20, 7, 30], dtype=dtype)).tolist() == [2, 0, 3]
    assert vocabulary.encode(pd.Series([20, 7, 30], dtype=dtype).astype("category")).tolist() == [2, 0, 3]


def test_integers_that_a_missing_value_made_floats():
    vocabulary = Vocabulary.learn(pd.Series([1, 2, 3]))
    assert vocabulary.encode(pd.Series([1.0, np.nan, 3.0, 2.5])).tolist() == [1, 0, 3, 0]


@pytest.mark.parametrize("dtype", ["int64", "uint64", "Int64", pd.ArrowDtype(pa.int64()), "object", "category"])
@pytest.mark.parametrize("learnt", ["int64", "uint64", "Int64", pd.ArrowDtype(pa.int64()), "object"])
def test_ids_above_2_to_53_survive(learnt, dtype):
    ids = [2**53 + 1, 2**53, 2**53 + 2]
    vocabulary = Vocabulary.learn(pd.Series(ids, dtype=learnt))
    assert vocabulary.encode(pd.Series(ids, dtype=dtype)).tolist() == [2, 1, 3]
    assert vocabulary.encode(pd.Series([2**53 + 3, 2**53], dtype=dtype)).tolist() == [0, 1]


def test_ids_above_2_to_63_survive():
    vocabulary = Vocabulary.learn(pd.Series([2**63 + 1, 2**63], dtype="uint64"))
    assert vocabulary.encode(pd.Series([2**63, 2**63 + 2, 2**63 + 1], dtype="uint64")).tolist() == [1, 0, 2]


def test_booleans():
    vocabulary = Vocabulary.learn(pd.Series([True, False]))
    assert vocabulary.encode(pd.Series([True, None, False], dtype="boolean")).tolist() == [2, 0, 1]
    assert vocabulary.encode(pd.Series([True, None, False], dtype=object)).tolist() == [2, 0, 1]


@pytest.mark.parametrize("column", [pd.Series([None, None], dtype=object), pd.Series([], dtype="category")])
def test_nothing_to_learn(column):
    vocabulary = Vocabulary.learn(column)
    assert len(vocabulary) == 1
    assert vocabulary.encode(pd.Series(["a", None])).tolist() == [0, 0]
    assert vocabulary.encode(pd.Series([], dtype=object)).tolist() == []


def test_recoding_answers_missing_with_its_last_entry():
    indices, codes = LETTERS.recoding(pd.Series(["c", None, "new", "c"]))
    assert codes[-1] == UNKNOWN
    assert indices.tolist().count(-1) == 1
    assert codes[indices].tolist() == [3, 0, 0, 3]


@given(st.lists(st.none() | st.sampled_from("abcd")))
@settings(deadline=None)
def test_decode_gives_known_values_back(values):
    decoded = LETTERS.decode(LETTERS.encode(pd.Series(values, dtype=object)))
    known = [value if value in ("a", "b", "c") else None for value in values]
    assert [None if pd.isna(value) else value for value in decoded] == known
    assert list(decoded.categories) == ["a", "b", "c"]


def test_categories_of_several_types_are_refused():
    column = pd.Series(pd.Categorical([1, "a"], categories=["a", 1]), name="city")
    with pytest.raises(TypeError, match=r"^Column 'city': expected categories of one type, got int, str; give it one"):
        Vocabulary.learn(column)


VALUES = {
    "text": st.text("ab1", max_size=2),
    "integers": st.integers(-3, 3) | st.integers(2**53, 2**53 + 2) | st.integers(2**63 - 1, 2**63 + 1),
    "booleans": st.booleans(),
    "floats": st.sampled_from([0.0, -0.0, 1.0, 2.5, 2.0**53]),
    "missing": st.sampled_from([None, np.nan, pd.NA]),
}
DTYPES = ["object", "category", "str", "string", "Int64", "int64", "uint64", "float64", "bool", "boolean"]


def column_of(values, dtype):
    """The values as a column, of objects where the dtype cannot hold them."""
    try:
        return pd.Series(values, dtype=dtype)
    except (TypeError, ValueError, OverflowError, RuntimeWarning):
        return pd.Series(values, dtype=object)


def few(vocabulary, column):
    return vocabulary.encode_few(arrays(column.to_frame("c"))["c"])


@given(st.data())
@settings(deadline=None, max_examples=300)
def test_values_one_by_one_have_the_codes_of_all_at_once(data):
    known = data.draw(st.sampled_from(["text", "integers", "booleans", "floats"]), "known")
    learnt = column_of(data.draw(st.lists(VALUES[known], max_size=6)), data.draw(st.sampled_from(DTYPES)))
    kinds = data.draw(st.lists(st.sampled_from(list(VALUES)), min_size=1, max_size=2), "kinds")
    values = data.draw(st.lists(st.one_of(*map(VALUES.get, [*kinds, known]))))
    try:
        vocabulary = Vocabulary.learn(learnt)
        column = column_of(values, data.draw(st.sampled_from(DTYPES)))
        expected = vocabulary.encode(column)
    except (TypeError, RuntimeWarning):  # values that cannot be sorted or, as pandas has it, compared
        return
    codes = few(vocabulary, column)
    assert codes is None or codes.tolist() == expected.tolist()


@pytest.mark.parametrize("seen", same_text(["a"]))
def test_few_values_of_text_are_looked_up_one_by_one(seen):
    column = same_text(["c", "new", "a", None, "b"])[seen]
    codes = few(LETTERS, column)
    assert codes is None if isinstance(column.dtype, pd.ArrowDtype) else codes.tolist() == [3, 0, 1, 0, 2]


def test_few_values_of_one_type_are_looked_up_one_by_one():
    ids, flags = Vocabulary.learn(pd.Series([7, 2**53 + 1, 2**53])), Vocabulary.learn(pd.Series([True, False]))
    assert few(ids, pd.Series([2**53 + 1, 8, 7])).tolist() == [3, 0, 1]
    assert few(ids, pd.Series([2**53 + 1, None], dtype="category")).tolist() == [3, 0]
    assert few(flags, pd.Series([True, None], dtype=object)).tolist() == [2, 0]
    assert few(flags, pd.Series([1, 0])) is None
    assert few(ids, pd.Series([7.0])) is None


def test_few_rows_of_the_dtype_that_the_vocabulary_itself_has():
    """As a pickled pipeline hands them on; pandas counts 128 categories in 8 bits."""
    vocabulary = Vocabulary.learn(pd.Series(pd.Categorical(range(128))))
    codes = np.array([128, 0, 1])
    again = Vocabulary(vocabulary.values)
    assert few(again, pd.Series(again.decode(codes))).tolist() == codes.tolist()
    assert Vocabulary.learn(pd.Series(vocabulary.decode(np.arange(129)))).values is vocabulary.values
