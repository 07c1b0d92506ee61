"""CategoryEncoder: which values are kept, and how the others come out."""

import pickle
from datetime import date

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal
from sklearn import config_context
from sklearn.base import clone

from skrec.data import FEW_ROWS
from skrec.preprocessing import CategoryEncoder

BIG = 2**53 + 1


def frame_of(values):
    return pd.DataFrame({"c": pd.Series(values)})


def values_of(column):
    return [None if pd.isna(value) else value for value in column]


@pytest.mark.parametrize("make", [pd.DataFrame, pl.DataFrame, pa.table])
def test_unknown_and_missing_have_no_category(make):
    encoder = CategoryEncoder().fit(make({"c": ["b", "a", None, "b"]}))
    out = encoder.transform(make({"c": ["a", "z", None, "b"]}))
    assert isinstance(out, pd.DataFrame)
    assert list(out["c"].cat.categories) == ["a", "b"]
    assert values_of(out["c"]) == ["a", None, None, "b"]


def test_declared_but_absent_categories_are_unknown():
    column = pd.Series(pd.Categorical(["b", "b"], categories=["a", "b"]))
    encoder = CategoryEncoder().fit(pd.DataFrame({"c": column}))
    assert list(encoder.categories_[0]) == ["b"]
    assert values_of(encoder.transform(frame_of(["a", "b"]))["c"]) == [None, "b"]


@pytest.mark.parametrize(
    ("parameters", "kept"),
    [
        ({}, ["a", "b", "c", "d"]),
        ({"min_frequency": 2}, ["b", "c", "d"]),
        ({"min_frequency": 0.3}, ["d"]),
        ({"max_categories": 1}, ["d"]),
        ({"max_categories": 2}, ["b", "d"]),
        ({"max_categories": 10}, ["a", "b", "c", "d"]),
        ({"min_frequency": 2, "max_categories": 2}, ["b", "d"]),
        ({"min_frequency": 100}, []),
    ],
)
def test_frequent_values_are_kept(parameters, kept):
    frame = frame_of(list("dddcbcba"))  # 3 d, 2 b, 2 c, 1 a of 8
    encoder = CategoryEncoder(**parameters).fit(frame)
    assert list(encoder.categories_[0]) == kept
    assert list(encoder.infrequent_categories_[0]) == sorted(set("abcd") - set(kept))
    assert list(encoder.transform(frame)["c"].cat.categories) == kept


def test_fraction_counts_missing_rows_too():
    encoder = CategoryEncoder(min_frequency=0.5).fit(frame_of(["a", "a", None, None, None]))
    assert len(encoder.categories_[0]) == 0


@pytest.mark.parametrize("dtype", ["int64", "uint64", "Int64", "int64[pyarrow]"])
def test_ids_above_the_floats_stay_apart(dtype):
    frame = pd.DataFrame({"c": pd.Series([BIG, BIG - 1, BIG + 1], dtype=dtype)})
    out = CategoryEncoder().fit_transform(frame)
    assert out["c"].tolist() == [BIG, BIG - 1, BIG + 1]
    assert list(out["c"].cat.categories) == [BIG - 1, BIG, BIG + 1]


def test_values_are_found_whatever_their_dtype():
    encoder = CategoryEncoder().fit(pd.DataFrame({"s": ["a", "b"], "i": [1, 2]}))
    for s in (pd.Series(["b"], dtype=object), pd.Series(["b"], dtype="category"), pd.Series(["b"], dtype="string")):
        for i in (pd.Series([2.0]), pd.Series([2], dtype="Int8"), pd.Series(pd.Categorical([2]))):
            out = encoder.transform(pd.DataFrame({"s": s, "i": i}))
            assert out.iloc[0].tolist() == ["b", 2]


@given(st.lists(st.none() | st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=3), min_size=1))
@settings(max_examples=50, deadline=None)
def test_round_trip_of_text(values):
    frame = pd.DataFrame({"c": pd.Series(values, dtype=object)})
    encoder = CategoryEncoder().fit(frame)
    assert values_of(encoder.inverse_transform(encoder.transform(frame))["c"]) == values


@given(st.lists(st.none() | st.integers(-(2**63), 2**63 - 1), min_size=1), st.randoms())
@settings(max_examples=50, deadline=None)
def test_row_order_changes_nothing_and_ids_come_back(values, random):
    frame = pd.DataFrame({"c": pd.array(values, dtype="Int64")})
    shuffled = frame.sample(frac=1, random_state=random.randrange(2**31))
    parameters = {"min_frequency": 2, "max_categories": 3}
    a, b = (CategoryEncoder(**parameters).fit(rows).categories_[0] for rows in (frame, shuffled))
    assert a.equals(b)
    encoder = CategoryEncoder().fit(frame)
    assert values_of(encoder.inverse_transform(encoder.transform(frame))["c"]) == values


def test_inverse_gives_the_dtype_back_unless_values_are_missing():
    frame = pd.DataFrame({"i": [3, 1], "b": [True, False], "f": [0.5, np.nan], "s": ["x", np.nan]})
    encoder = CategoryEncoder().fit(frame)
    assert_frame_equal(encoder.inverse_transform(encoder.transform(frame)), frame)
    unknown = encoder.transform(frame.assign(i=[3, 4]))
    assert encoder.inverse_transform(unknown)["i"].dtype == "Int64"


def test_inverse_refuses_values_that_are_no_category():
    encoder = CategoryEncoder().fit(frame_of(["a"]))
    with pytest.raises(ValueError, match="Column 'c': expected categories that fit kept, got 'z'"):
        encoder.inverse_transform(frame_of(["z"]))


def test_polars_out_is_an_enum_that_inverse_reads():
    frame = pl.DataFrame({"s": ["b", "a", None], "i": [BIG, None, 7]})
    encoder = CategoryEncoder().set_output(transform="polars")
    out = encoder.fit_transform(frame)
    assert out.schema == {"s": pl.Enum(["a", "b"]), "i": pl.Enum(["7", str(BIG)])}
    assert out.rows() == [("b", str(BIG)), ("a", None), (None, "7")]
    back = encoder.inverse_transform(out)
    assert values_of(back["s"]) == ["b", "a", None]
    assert values_of(back["i"]) == [BIG, None, 7]


@pytest.mark.parametrize("container", ["pandas", "polars"])
def test_set_output_is_cloned_and_global(container):
    kind = {"pandas": pd.DataFrame, "polars": pl.DataFrame}[container]
    array = np.array([[1.0], [2.0]])
    assert isinstance(clone(CategoryEncoder().set_output(transform=container)).fit_transform(array), kind)
    with config_context(transform_output=container):
        assert isinstance(CategoryEncoder().fit_transform(array), kind)
        assert isinstance(CategoryEncoder().set_output(transform="default").fit_transform(array), np.ndarray)
    with pytest.raises(ValueError, match="output config must be in"):
        CategoryEncoder().set_output(transform="xarray").fit_transform(array)


def test_float_arrays_stay_arrays_and_others_become_frames():
    floats = np.array([[1.0], [2.0], [2.0]])
    out = CategoryEncoder(min_frequency=2).fit_transform(floats)
    np.testing.assert_array_equal(out, [[np.nan], [2.0], [2.0]])
    typed = CategoryEncoder().set_output(transform="pandas").fit_transform(floats)
    assert isinstance(typed["x0"].dtype, pd.CategoricalDtype)
    for array in (floats.astype(int), np.array([["a"], ["b"]]), [["a"], ["b"]], floats.astype(object)):
        out = CategoryEncoder().fit_transform(array)
        assert isinstance(out["x0"].dtype, pd.CategoricalDtype)
        assert list(out.columns) == ["x0"]


def test_index_names_and_pickle():
    frame = pd.DataFrame({"c": ["a", "b"]}, index=[7, 5])
    encoder = CategoryEncoder().fit(frame)
    assert list(encoder.transform(frame).index) == [7, 5]
    assert list(encoder.get_feature_names_out()) == ["c"]
    assert_frame_equal(pickle.loads(pickle.dumps(encoder)).transform(frame), encoder.transform(frame))


def test_no_rows_to_transform_give_no_rows():
    encoder = CategoryEncoder().fit(frame_of(["a"]))
    assert encoder.transform(frame_of(["a"]).head(0)).shape == (0, 1)


@pytest.mark.parametrize(
    ("frame", "error", "message"),
    [
        ({"c": [["a"], ["b"]]}, TypeError, r"Column 'c': expected one value a row, got lists; name it in TableEncoder"),
        ({"c": ["a", 1]}, TypeError, "Column 'c': .*mixed types"),
        ({"c": pd.to_datetime(["2020-01-01"])}, TypeError, "Column 'c': .*datetime64.*turn a date into numbers"),
        ({"c": []}, ValueError, r"0 sample\(s\)"),
        (pd.DataFrame(index=[0, 1]), ValueError, r"0 feature\(s\)"),
    ],
)
def test_refusals(frame, error, message):
    encoder = CategoryEncoder().fit(frame_of(["before"]))
    before = vars(encoder).copy()
    with pytest.raises(error, match=message):
        encoder.fit(pd.DataFrame(frame))
    assert vars(encoder) == before


@pytest.mark.parametrize("n_rows", [1, FEW_ROWS, FEW_ROWS + 1])
@pytest.mark.parametrize(
    "values",
    [
        pd.to_datetime(["2020-01-01"]),
        pd.arrays.SparseArray([3]),
        pd.array([date(2020, 1, 1)], pd.ArrowDtype(pa.date32())),
        [["a"]],
    ],
    ids=["date", "sparse", "Arrow date", "list"],
)
@pytest.mark.parametrize("learnt", ["a", 3])
def test_what_is_no_category_is_refused_in_few_rows_and_in_many(learnt, values, n_rows):
    encoder = CategoryEncoder().fit(frame_of([learnt]))
    with pytest.raises(TypeError, match=r"^Column 'c': expected"):
        encoder.transform(pd.concat([frame_of(values)] * n_rows))


@pytest.mark.parametrize("n_rows", [1, FEW_ROWS, FEW_ROWS + 1])
@pytest.mark.parametrize("values", [[pd.NaT], pd.array([None], pd.ArrowDtype(pa.date32()))], ids=["pandas", "Arrow"])
@pytest.mark.parametrize("learnt", ["a", 3])
def test_dates_of_which_all_are_missing_are_missing_values_in_few_rows_and_in_many(learnt, values, n_rows):
    encoder = CategoryEncoder().fit(frame_of([learnt]))
    assert encoder.transform(pd.concat([frame_of(values)] * n_rows))["c"].isna().all()


@pytest.mark.parametrize("table", [pl.LazyFrame({"c": ["a"]}), pl.Series(["a"])])
def test_only_tables_are_taken(table):
    with pytest.raises(TypeError, match=rf"got {type(table).__name__}; .*(\.collect\(\) a lazy one|\.to_frame\(\))"):
        CategoryEncoder().fit(table)


def test_objects_that_are_no_values_are_refused():
    with pytest.raises(TypeError, match="Column 'x0': every value of the argument must be a string, a number"):
        CategoryEncoder().fit(np.array([[{"a": 1}], [2]], dtype=object))


@pytest.mark.parametrize("parameters", [{"min_frequency": 0}, {"min_frequency": 1.5}, {"max_categories": 0}])
def test_parameters_out_of_range(parameters):
    with pytest.raises(ValueError, match=f"The '{next(iter(parameters))}' parameter of CategoryEncoder must be"):
        CategoryEncoder(**parameters).fit(frame_of(["a"]))
