"""Equal whatever the dtype, refused where nothing could be equal: one by one and all at once."""

from decimal import Decimal

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skrec.data._containers import arrays, as_pandas
from skrec.data._vocabulary import FEW_ROWS, Vocabulary


def polars(values, dtype=None):
    return as_pandas(pl.DataFrame({"c": pl.Series(values, dtype=dtype)}))["c"]


def arrow(values, dtype):
    return as_pandas(pa.table({"c": pa.array(values, dtype)}))["c"]


def dictionary(values, dtype):
    return as_pandas(pa.table({"c": pa.array(values, dtype).dictionary_encode()}))["c"]


def objects(values):
    return pd.Series(values, dtype=object)


INTEGERS = {
    "int8": lambda v: pd.Series(v, dtype="int8"),
    "uint64": lambda v: pd.Series(v, dtype="uint64"),
    "Int64": lambda v: pd.Series([*v, None], dtype="Int64")[: len(v)],
    "object": objects,
    "category": lambda v: pd.Series(v, dtype="category"),
    "category of objects": lambda v: pd.Series(pd.Categorical(objects(v))),
    "Arrow": lambda v: arrow(v, pa.int32()),
    "Arrow dictionary": lambda v: dictionary(v, pa.int64()),
    "Arrow decimal": lambda v: arrow([Decimal(x) for x in v], pa.decimal128(9, 0)),
    "polars": lambda v: polars(v, pl.UInt16),
    "polars Enum": lambda v: polars([str(x) for x in v], pl.Enum([str(x) for x in sorted(v)])),
}
FLOATS = {
    "float32": lambda v: pd.Series(v, dtype="float32"),
    "float64": lambda v: pd.Series([*v, None], dtype="float64")[: len(v)],
    "Float64": lambda v: pd.Series(v, dtype="Float64"),
    "objects of floats": lambda v: objects([float(x) for x in v]),
    "category of floats": lambda v: pd.Series([float(x) for x in v], dtype="category"),
    "Arrow double": lambda v: arrow([float(x) for x in v], pa.float64()),
    "polars Float32": lambda v: polars([float(x) for x in v], pl.Float32),
}
BOOLEANS = {
    "bool": lambda v: pd.Series(v, dtype=bool),
    "boolean": lambda v: pd.Series(v, dtype="boolean"),
    "objects of bool": lambda v: objects([bool(x) for x in v]),
    "category of bool": lambda v: pd.Series([bool(x) for x in v], dtype="category"),
    "Arrow bool": lambda v: arrow([bool(x) for x in v], pa.bool_()),
    "polars Boolean": lambda v: polars([bool(x) for x in v]),
}
TEXT = {
    "str": lambda v: pd.Series(v, dtype=str),
    "string": lambda v: pd.Series([str(x) for x in v], dtype="string"),
    "objects of str": lambda v: objects([str(x) for x in v]),
    "category of str": lambda v: pd.Series([str(x) for x in v], dtype="category"),
    "ordered category of str": lambda v: pd.Series(pd.Categorical([str(x) for x in v], ordered=True)),
    "ordered category through Arrow": lambda v: as_pandas(
        pa.Table.from_pandas(pd.DataFrame({"c": pd.Categorical([str(x) for x in v], ordered=True)}))
    )["c"],
    "Arrow string": lambda v: arrow([str(x) for x in v], pa.string()),
    "Arrow large_string": lambda v: arrow([str(x) for x in v], pa.large_string()),
    "Arrow string_view": lambda v: arrow([str(x) for x in v], pa.string_view()),
    "Arrow dictionary of strings": lambda v: dictionary([str(x) for x in v], pa.large_string()),
    "polars String": lambda v: polars([str(x) for x in v]),
    "polars Categorical": lambda v: polars([str(x) for x in v], pl.Categorical),
}
NUMBERS = {**INTEGERS, **FLOATS}


def codes(vocabulary, column):
    """The codes of a column, in a frame of few rows and in one of many the same."""
    column = column.rename("c")
    many = pd.concat([column] * (FEW_ROWS + 1), ignore_index=True)
    indices, table = vocabulary.recoding(many)
    found = vocabulary.encode(many)
    assert table[indices].tolist() == found.tolist()
    few = vocabulary.encode_few(arrays(column.to_frame())["c"])
    few = vocabulary.encode(column) if few is None else few
    assert few.tolist() == found[: len(column)].tolist()
    return few.tolist()


def check_refused(vocabulary, column, message):
    column = column.rename("c")
    for rows in (column, pd.concat([column] * (FEW_ROWS + 1), ignore_index=True)):
        assert vocabulary.encode_few(arrays(rows.to_frame())["c"]) is None
        for look_up in (vocabulary.encode, vocabulary.recoding):
            with pytest.raises(TypeError, match=message):
                look_up(rows)


@pytest.mark.parametrize("seen", NUMBERS)
@pytest.mark.parametrize("learnt", NUMBERS)
def test_whole_numbers_are_equal_in_every_dtype(learnt, seen):
    vocabulary = Vocabulary.learn(NUMBERS[learnt]([30, 4, 20]))
    if learnt == "polars Enum" or seen != "polars Enum" or learnt in INTEGERS:
        assert codes(vocabulary, NUMBERS[seen]([20, 7, 4, 30])) == [2, 0, 1, 3]


@pytest.mark.parametrize("seen", {**BOOLEANS, **NUMBERS})
@pytest.mark.parametrize("learnt", {**BOOLEANS, **NUMBERS})
def test_booleans_are_zero_and_one(learnt, seen):
    if "polars Enum" not in (learnt, seen):
        vocabulary = Vocabulary.learn({**BOOLEANS, **NUMBERS}[learnt]([1, 0]))
        assert codes(vocabulary, {**BOOLEANS, **NUMBERS}[seen]([0, 1])) == [1, 2]


@pytest.mark.parametrize("learnt", {**BOOLEANS, **FLOATS})
def test_an_enum_has_the_text_of_what_is_no_integer_too(learnt):
    vocabulary = Vocabulary.learn({**BOOLEANS, **FLOATS}[learnt]([1, 0]))
    text = vocabulary.values.astype(str).tolist()
    enum = polars(text, pl.Enum(text))
    assert codes(vocabulary, enum) == [1, 2]
    assert codes(Vocabulary.learn(enum), {**BOOLEANS, **FLOATS}[learnt]([1, 0])) == [2, 1]


@pytest.mark.parametrize("seen", TEXT)
@pytest.mark.parametrize("learnt", [*TEXT, "polars Enum"])
def test_text_is_equal_in_every_dtype(learnt, seen):
    vocabulary = Vocabulary.learn({**TEXT, **INTEGERS}[learnt]([30, 4, 20]))
    place = vocabulary.values.tolist().index
    assert codes(vocabulary, TEXT[seen]([20, 7, 4])) == [1 + place("20"), 0, 1 + place("4")]


@pytest.mark.parametrize("text", TEXT)
@pytest.mark.parametrize("numbers", [name for name in {**BOOLEANS, **NUMBERS} if name != "polars Enum"])
def test_text_against_numbers_is_refused(numbers, text):
    numbers, text = {**BOOLEANS, **NUMBERS}[numbers]([1, 0]), TEXT[text]([1, 0])
    message = (
        r"^Column 'c': expected \w+ such as (0|0\.0|False|Decimal\('0'\)), as in fit, got text such as '[01]'; these "
        r"are never equal, so give both columns one type, for instance with \.astype\('?(int64|float|str)'?\)$"
    )
    check_refused(Vocabulary.learn(numbers), text, message)
    message = r"^Column 'c': expected text such as '0', as in fit, got \w+ such as .*; .* \.astype\(str\)$"
    check_refused(Vocabulary.learn(text), numbers, message)


def test_one_row_of_a_wide_category_of_another_type_is_refused():
    wide = pd.CategoricalDtype([str(i) for i in range(300)])
    vocabulary = Vocabulary.learn(pd.Series(range(50)))
    check_refused(
        vocabulary, pd.Series(["7"], dtype=wide), "expected integers such as 0, as in fit, got text such as '7'"
    )
    assert codes(vocabulary, pd.Series([None], dtype=wide)) == [0]


def test_text_of_whole_floats_is_text():
    message = r"expected integers such as 1, as in fit, got text such as '2\.0'"
    check_refused(Vocabulary.learn(pd.Series([1, 2])), pd.Series([2.0, None]).astype("str"), message)


def test_dates_and_intervals_are_neither():
    cut = pd.Series(pd.cut([1, 2, 3], [0, 2, 3]))
    message = r"expected intervals such as Interval.*, as in fit, got text such as '\(0, 2\]'"
    check_refused(Vocabulary.learn(cut), cut.astype(str), message)
    dates = pd.Series(pd.Categorical(pd.to_datetime(["2020-01-01"])))
    check_refused(Vocabulary.learn(pd.Series(["2020-01-01"])), dates, "expected text .* got dates such as Timestamp")


def test_a_long_value_is_abbreviated():
    with pytest.raises(TypeError) as error:
        Vocabulary.learn(pd.Series([1])).encode(pd.Series(["secret " * 100], name="c"))
    assert len(str(error.value)) < 300


@pytest.mark.parametrize("words", [["Rome", "Oslo"], ["1a"]])
def test_an_enum_of_words_is_no_text_of_numbers(words):
    enum = polars(words, pl.Enum(words))
    check_refused(Vocabulary.learn(pd.Series([1, 2])), enum, "expected integers such as 1, as in fit, got text such as")
    check_refused(
        Vocabulary.learn(enum), pd.Series([1, 2]), "expected text such as .*, as in fit, got integers such as 1"
    )


MISSING = {
    "object": objects([None, np.nan, pd.NA]),
    "NaT": objects([pd.NaT, None, pd.NaT]),
    "float": pd.Series([np.nan] * 3),
    "str": pd.Series([None] * 3, dtype="str"),
    "Int64": pd.Series([None] * 3, dtype="Int64"),
    "boolean": pd.Series([None] * 3, dtype="boolean"),
    "category of text": pd.Series([None] * 3, dtype=pd.CategoricalDtype(["a"])),
    "category of numbers": pd.Series([None] * 3, dtype=pd.CategoricalDtype([1, 2])),
    "Arrow null": arrow([None] * 3, pa.null()),
    "Arrow dictionary": dictionary([None] * 3, pa.string()),
    "polars": polars([None] * 3, pl.String),
    "polars Enum": polars([None] * 3, pl.Enum(["a"])),
}


@pytest.mark.parametrize("missing", MISSING)
@pytest.mark.parametrize("learnt", [pd.Series([1, 2]), pd.Series(["a"]), pd.Series([True]), pd.Series([0.5])])
def test_missing_values_say_nothing_of_a_type(learnt, missing):
    assert codes(Vocabulary.learn(learnt), MISSING[missing]) == [0, 0, 0]


@pytest.mark.parametrize("missing", MISSING)
@pytest.mark.parametrize(
    "seen", [pd.Series([1, 2]), pd.Series(["a", "b"]), pd.Series([True, False]), pd.Series([2.0**60, 1])]
)
def test_a_vocabulary_without_values_refuses_nothing(missing, seen):
    assert codes(Vocabulary.learn(MISSING[missing]), seen) == [0, 0]


BIG = 2**53
ROUNDED = (
    r"^Column 'c': expected integers, as they are compared with integers, got floats of 2\*\*53 and more such as "
    r"9007199254740992\.0 {}, which have lost digits .*; keep the column integers, \.astype\('Int64'\) before"
)


@pytest.mark.parametrize("integers", ["uint64", "Int64", "object", "category", "Arrow dictionary"])
@pytest.mark.parametrize("floats", ["float64", "Float64", "objects of floats", "category of floats", "Arrow double"])
def test_floats_that_lost_digits_are_refused_among_integers(integers, floats):
    vocabulary = Vocabulary.learn(INTEGERS[integers]([1, BIG, BIG + 1]))
    check_refused(vocabulary, FLOATS[floats]([1, BIG]), ROUNDED.format("here"))
    assert codes(vocabulary, FLOATS[floats]([1, 2, BIG // 2])) == [1, 0, 0]
    vocabulary = Vocabulary.learn(FLOATS[floats]([1, BIG]))
    check_refused(vocabulary, INTEGERS[integers]([1, BIG + 1]), ROUNDED.format("in fit"))
    assert codes(vocabulary, FLOATS[floats]([BIG, 1])) == [2, 1]


def test_infinity_and_fractions_are_unknown_integers():
    assert codes(Vocabulary.learn(pd.Series([0, 1])), pd.Series([np.inf, -np.inf, 0.5, np.nan, 1.0])) == [0, 0, 0, 0, 2]


def test_a_pickled_vocabulary_remembers_that_its_text_is_of_values():
    enum = polars(["10", "9"], pl.Enum(["10", "9"]))
    again = Vocabulary.__new__(Vocabulary)
    again.__setstate__(Vocabulary.learn(enum).__getstate__())
    assert codes(again, pd.Series([10, 9])) == [2, 1]


@given(st.data())
@settings(deadline=None, max_examples=100)
def test_numbers_have_the_place_of_their_value(data):
    every = {**NUMBERS, **BOOLEANS}
    learnt, seen = (data.draw(st.sampled_from([n for n in every if n != "polars Enum"])) for _ in "ab")
    values = {name: st.integers(0, 1) if name in BOOLEANS else st.integers(0, 100) for name in every}
    known = data.draw(st.lists(values[learnt], min_size=1, unique=True))
    column = data.draw(st.lists(values[seen], min_size=1))
    place = {value: code for code, value in enumerate(sorted(known), start=1)}
    vocabulary = Vocabulary.learn(every[learnt](known))
    assert codes(vocabulary, every[seen](column)) == [place.get(value, 0) for value in column]
