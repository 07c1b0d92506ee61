import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skrec.data._columns import CATEGORICAL, NUMERIC, SEQUENCE
from skrec.data._containers import as_pandas
from skrec.data._schema import BLOCK_ROWS
from skrec.data._survey import Survey
from skrec.data._vocabulary import FEW_ROWS

pytestmark = pytest.mark.fast

ROLES = {"age": NUMERIC, "item": CATEGORICAL, "history": SEQUENCE, "user": CATEGORICAL, "price": NUMERIC}


def make_frame():
    return pd.DataFrame(
        {
            "age": [20, 40, 30],
            "item": ["b", None, "a"],
            "history": [["a", "c"], [], None],
            "user": [2**53 + 1, 2**53, 2**53 + 1],
            "price": [1.5, 0.5, -2.0],
        }
    )


def assert_same_table(left, right):
    np.testing.assert_array_equal(left.codes, right.codes)
    np.testing.assert_array_equal(left.numeric, right.numeric)
    assert left.numeric.dtype == right.numeric.dtype
    for a, b in zip(left.lists, right.lists, strict=True):
        np.testing.assert_array_equal(a.codes, b.codes)
        np.testing.assert_array_equal(a.offsets, b.offsets)


def learn(frame, roles, shared=None, weight=None, **options):
    return Survey(roles, shared, **options).add(frame, weight).result()


def numbers(values, weight=None):
    return learn(pd.DataFrame({"x": values}), {"x": NUMERIC}, weight=weight)


def test_encodes_each_role_apart():
    table = learn(make_frame(), ROLES).encode(make_frame())
    assert len(table) == 3
    assert table.codes.tolist() == [[2, 2], [0, 1], [1, 2]]  # item, user
    assert table.codes.dtype == np.int32
    frame = make_frame()[["age", "price"]]
    expected = (frame - frame.mean()) / frame.std(ddof=0)
    np.testing.assert_allclose(table.numeric, expected, rtol=1e-6)
    assert table.numeric.dtype == np.float32
    [history] = table.lists
    assert history.codes.tolist() == [1, 2]
    assert history.offsets.tolist() == [0, 2, 2, 2]
    assert (history.codes.dtype, history.offsets.dtype) == (np.int32, np.int64)


def test_fields_are_in_the_order_of_the_frame():
    schema = learn(make_frame(), ROLES)
    assert [(field.name, field.role, field.vocabulary) for field in schema.fields] == [
        ("age", NUMERIC, None),
        ("item", CATEGORICAL, 0),
        ("history", SEQUENCE, 1),
        ("user", CATEGORICAL, 2),
        ("price", NUMERIC, None),
    ]
    assert [field.name for field in schema.of_role(NUMERIC)] == ["age", "price"]
    assert schema.field("user").vocabulary == 2
    with pytest.raises(KeyError):
        schema.field("nobody")


@pytest.mark.parametrize("order", [["history", "item"], ["item", "history"]])
def test_list_column_shares_a_vocabulary(order):
    frame = make_frame()[order]
    schema = learn(frame, {name: ROLES[name] for name in order}, shared={"history": "item"})
    assert [list(vocabulary.values) for vocabulary in schema.vocabularies] == [["a", "b"]]
    assert {field.vocabulary for field in schema.fields} == {0}
    table = schema.encode(frame)
    assert table.codes.tolist() == [[2], [0], [1]]
    assert table.lists[0].codes.tolist() == [1, 0]  # "c" is no item


def test_list_column_keeps_unknown_and_missing_tokens():
    """A token that is not known stays a token: the length of a history is its own."""
    schema = learn(pd.DataFrame({"h": [["a", "b"]]}), {"h": SEQUENCE})
    [bag] = schema.encode(pd.DataFrame({"h": [["b", None, "new"], [], ["a"]]})).lists
    assert bag.codes.tolist() == [2, 0, 0, 1]
    assert bag.offsets.tolist() == [0, 3, 3, 4]


def test_declared_goes_to_the_vocabularies():
    frame = pd.DataFrame({"c": pd.Categorical(["b"], categories=["c", "b"])})
    assert [len(learn(frame, {"c": CATEGORICAL}, declared=d).vocabularies[0]) for d in (False, True)] == [2, 3]


def test_extra_columns_and_another_order_change_nothing():
    schema = learn(make_frame(), ROLES)
    shuffled = make_frame().assign(label=1)[["price", "label", "user", "history", "item", "age"]]
    assert_same_table(schema.encode(shuffled), schema.encode(make_frame()))


def test_row_order_changes_only_the_rows():
    frame, order = make_frame(), [2, 0, 1]
    table, turned = (learn(f, ROLES).encode(f) for f in (frame, frame.iloc[order]))
    np.testing.assert_array_equal(turned.codes, table.codes[order])
    np.testing.assert_allclose(turned.numeric, table.numeric[order], rtol=1e-6)


LISTS = [["b", "a"], None, [], ["c", None, "new"]]


@pytest.mark.parametrize(
    "column",
    [
        pd.Series([None if cell is None else np.array(cell, object) for cell in LISTS]),
        pd.Series(LISTS, dtype=pd.ArrowDtype(pa.list_(pa.string()))),
        pd.Series(LISTS, dtype=pd.ArrowDtype(pa.large_list(pa.large_string()))),
        as_pandas(pl.DataFrame({"h": pl.Series(LISTS, dtype=pl.List(pl.String))}))["h"],
        as_pandas(pl.DataFrame({"h": pl.Series(LISTS, dtype=pl.List(pl.Categorical))}))["h"],
        as_pandas(pl.DataFrame({"h": pl.Series(LISTS, dtype=pl.List(pl.Enum(["new", "c", "b", "a"])))}))["h"],
    ],
    ids=["arrays", "arrow", "arrow large", "polars", "polars Categorical", "polars Enum"],
)
def test_equal_lists_give_equal_tables(column):
    lists, frame = pd.DataFrame({"h": LISTS}), pd.DataFrame({"h": column})
    for learnt in (lists.iloc[:3], frame.iloc[:3]):
        schema = learn(learnt, {"h": SEQUENCE})
        assert list(schema.vocabularies[0].values) == ["a", "b"]
        assert_same_table(schema.encode(frame), schema.encode(lists))


@given(st.lists(st.tuples(st.floats(-1e3, 1e3), st.integers(1, 4)), min_size=1, max_size=20))
@settings(deadline=None)
def test_weighted_moments_are_those_of_repeated_rows(rows):
    values, weight = map(np.array, zip(*rows, strict=True))
    weighted, repeated = numbers(values, weight.astype(float)), numbers(np.repeat(values, weight))
    np.testing.assert_allclose(weighted.mean, repeated.mean, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(weighted.scale, repeated.scale, rtol=1e-6)


@pytest.mark.parametrize("n_rows", [1, FEW_ROWS + 1])
@pytest.mark.parametrize("value", [0.0, 0.1, 1e9, -3.7e-12, -1.7e308])
def test_constant_column_says_nothing_whatever_comes_later(value, n_rows):
    schema = numbers(np.full(7, value), weight=np.linspace(0.1, 1, 7))
    assert schema.scale.tolist() == [np.inf]
    for later in (value, value + 2, 1.7e308, -1e-300):
        encoded = schema.encode(pd.DataFrame({"x": [later] * n_rows})).numeric
        np.testing.assert_array_equal(encoded, np.zeros((n_rows, 1)))
    with pytest.raises(ValueError, match=r"^Column 'x': expected finite numbers, got infinity"):
        schema.encode(pd.DataFrame({"x": [np.inf] * n_rows}))


@pytest.mark.parametrize("n_rows", [1, FEW_ROWS + 1, BLOCK_ROWS + 1])
@pytest.mark.parametrize("value", [1e39, -1e300, 1.7e308])
def test_numbers_that_overflow_once_standardised_are_refused(value, n_rows):
    frame = pd.DataFrame({"w": np.zeros(n_rows), "x": np.r_[np.ones(n_rows - 1), value]})
    schema = learn(pd.DataFrame({"w": [1.0, 2.0], "x": [1.0, 2.0]}), {"w": NUMERIC, "x": NUMERIC})
    message = (
        r"^Column 'x': expected numbers like those of fit, of mean 1.5 and standard deviation 0.5, got "
        rf"{value:.3g}, too far off for a finite result; clip the column, or .*TableEncoder".replace("+", r"\+")
    )
    with pytest.raises(ValueError, match=message):
        schema.encode(frame)


@pytest.mark.parametrize("sign", [1, -1])
def test_numbers_whose_squares_overflow_are_not_learnt_from(sign):
    with pytest.raises(ValueError, match=r"^Column 'x': expected numbers whose squares float64 can hold, got some"):
        numbers([0.0, sign * 1e300])


def test_an_integer_beyond_float64_is_refused():
    for values in ([2**1100, 1], [1, -(2**1100)]):
        with pytest.raises(ValueError, match=r"^Column 'x': expected numbers that a float holds, got an integer"):
            numbers(pd.Series(values, dtype=object))


@pytest.mark.parametrize("dtype", ["int64", "float64", "Int64"])
def test_seconds_since_1970_keep_their_spread(dtype):
    """float32 steps by 128 at 1.7e9: centred before they are rounded."""
    times = 1_700_000_000 + np.arange(0, 1000, 7)
    encoded = numbers(times).encode(pd.DataFrame({"x": times.astype(dtype.lower())}).astype(dtype)).numeric[:, 0]
    np.testing.assert_allclose(encoded, (times - times.mean()) / times.std(), atol=1e-5)


@pytest.mark.parametrize(
    "column",
    [
        pd.Series([1, 2, 4], dtype="uint8"),
        pd.Series([1, 2, 4], dtype="Int64"),
        pd.Series([1, 2, 4], dtype="Float64"),
        pd.Series([1, 2, 4], dtype="float16"),
        pd.Series([1, 2, 4], dtype=object),
        pd.Series([1, 2, 4], dtype=pd.ArrowDtype(pa.int64())),
        pd.Series(pd.array(["1", "2", "4"], dtype="str")).astype(pd.ArrowDtype(pa.decimal128(5, 2))),
    ],
    ids=lambda column: str(column.dtype),
)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_numbers_of_every_dtype(column, dtype):
    frame = pd.DataFrame({"x": column})
    schema = learn(frame, {"x": NUMERIC}, dtype=dtype)
    assert (schema.mean.tolist(), schema.mean.dtype) == ([pytest.approx(7 / 3)], np.float64)
    table = schema.encode(frame)
    assert table.numeric.dtype == dtype
    np.testing.assert_allclose(table.numeric[:, 0], (np.array([1, 2, 4]) - 7 / 3) / np.std([1, 2, 4]), rtol=1e-6)


@pytest.mark.parametrize(
    ("values", "found"),
    [
        ([1.0, np.nan], "NaN"),
        ([1.0, np.inf], "infinity"),
        ([-np.inf, np.nan], "NaN"),
        (pd.array([1, None], dtype="Int64"), "NaN"),
        (pd.Series([1, None], dtype=object), "NaN"),
        (pd.array([1.5, None], dtype=pd.ArrowDtype(pa.float64())), "NaN"),
    ],
)
def test_numbers_that_are_none_are_refused_in_fit_and_predict(values, found):
    frame, schema = pd.DataFrame({"x": values}), numbers([1.0, 2.0])
    many = pd.concat([frame] * FEW_ROWS)
    message = f"^Column 'x': expected finite numbers, got {found}; put skrec.preprocessing.TableEncoder before"
    with pytest.raises(ValueError, match=message):
        learn(frame, {"x": NUMERIC})
    for rows in (frame, many):
        with pytest.raises(ValueError, match=message):
            schema.encode(rows)


@pytest.mark.parametrize(
    "values", [["1", "b"], pd.Categorical(["a", "b"]), [[1], [2]]], ids=["text", "category", "list"]
)
def test_other_things_where_numbers_were_are_refused(values):
    with pytest.raises(TypeError, match=r"^Column 'x': expected numbers.* got text or other objects"):
        numbers([1.0, 2.0]).encode(pd.DataFrame({"x": values}))


@pytest.mark.parametrize("n_threads", [1, 3])
@pytest.mark.parametrize("n_rows", [BLOCK_ROWS - 1, BLOCK_ROWS, BLOCK_ROWS + 1, 3 * BLOCK_ROWS + 5])
def test_blocks_join_without_a_seam(n_rows, n_threads):
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        {
            "c": pd.Categorical.from_codes(rng.integers(-1, 9, n_rows), categories=list("ihgfedcba")),
            "i": rng.integers(0, 7, n_rows),
            "x": rng.normal(size=n_rows),
            "y": rng.normal(size=n_rows).astype(np.float32),
        }
    )
    roles = {"c": CATEGORICAL, "i": CATEGORICAL, "x": NUMERIC, "y": NUMERIC}
    schema = learn(frame, roles, dtype=np.float64, n_threads=n_threads)
    table = schema.encode(frame, n_threads)
    place = {letter: code for code, letter in enumerate("abcdefghi", start=1)}
    assert table.codes[:, 0].tolist() == [place.get(letter, 0) for letter in frame["c"]]
    assert table.codes[:, 1].tolist() == (frame["i"] + 1).tolist()
    for j, name in enumerate(["x", "y"]):
        values = frame[name].to_numpy(np.float64)
        np.testing.assert_allclose(table.numeric[:, j], (values - values.mean()) / values.std(), atol=1e-12)
    for n_some in (FEW_ROWS, FEW_ROWS + 1):
        some = rng.choice(n_rows, n_some)
        part = schema.encode(frame.iloc[some])
        np.testing.assert_array_equal(part.codes, table.codes[some])
        np.testing.assert_array_equal(part.numeric, table.numeric[some])


@pytest.mark.parametrize("name", ROLES)
def test_one_column_alone(name):
    frame = make_frame()[[name]]
    table = learn(frame, {name: ROLES[name]}).encode(frame)
    assert len(table) == 3
    assert table.codes.shape[1] + table.numeric.shape[1] + len(table.lists) == 1


def test_no_rows():
    table = learn(make_frame(), ROLES).encode(make_frame().iloc[:0])
    assert (table.codes.shape, table.numeric.shape) == ((0, 2), (0, 2))
    assert table.lists[0].offsets.tolist() == [0]


def test_encoding_leaves_the_frame_alone():
    frame = make_frame()
    learn(frame, ROLES).encode(frame)
    pd.testing.assert_frame_equal(frame, make_frame())


@pytest.mark.parametrize("name", ["first", "last"])
def test_an_error_of_any_thread_is_raised(name):
    frame = pd.DataFrame({"first": np.zeros(2**16), "last": np.zeros(2**16)})
    frame[name] = np.nan
    with pytest.raises(ValueError, match=f"Column '{name}': expected finite numbers, got NaN"):
        learn(frame, dict.fromkeys(frame, NUMERIC), n_threads=2)
