"""What every estimator takes for the same data, and what it refuses."""

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from pandas.testing import assert_frame_equal

from tests.contract.cases import categorical_columns, every
from tests.samples import ITEMS, fitted, mixed, outputs, small, target


@every
def test_fit_and_predict_leave_their_input_alone(cls):
    frame = mixed().assign(history=[list(cell) for cell in mixed()["history"]])
    estimator = small(cls)
    y, weight = target(estimator, frame), np.linspace(0, 2, len(frame))
    X_before, y_before, w_before = frame.copy(deep=True), y.copy(), weight.copy()
    X_before["history"] = [list(cell) for cell in frame["history"]]
    estimator.fit(frame, y, sample_weight=weight, X_val=frame, y_val=y, sample_weight_val=weight).predict(frame)
    assert_frame_equal(frame, X_before)
    np.testing.assert_array_equal(y, y_before)
    np.testing.assert_array_equal(weight, w_before)


@every
def test_read_only_input_will_do(cls):
    rng = np.random.default_rng(0)
    X, weight = rng.normal(size=(40, 2)), np.ones(40)
    if "item" in cls().get_params():
        X = rng.integers(0, 4, (40, 2)).astype(float)
    y = np.arange(40) % 2
    for array in (X, y, weight):
        array.flags.writeable = False
    cls(max_epochs=1).fit(X, y, weight).predict(X)
    frame = mixed(40)
    y = pd.Series(target(cls(), frame))
    small(cls).fit(frame, y, sample_weight=pd.Series(weight)).predict(frame)


@every
def test_unknown_missing_and_new_categories_get_the_unknown_vector(cls):
    estimator, frame = fitted(cls)
    rows = frame[:5]
    for column in ("user", "item"):
        as_object = rows.astype({column: object})
        unknown = outputs(estimator, as_object.assign(**{column: "new"}))
        assert np.isfinite(unknown).all()
        assert not np.allclose(unknown, outputs(estimator, rows))
        for missing in (None, np.nan, pd.NA):
            np.testing.assert_array_equal(outputs(estimator, as_object.assign(**{column: missing})), unknown)
        declared = rows.assign(**{column: pd.Categorical(["new"] * 5, categories=["new", "other", *ITEMS])})
        np.testing.assert_array_equal(outputs(estimator, declared), unknown)
        only_missing = rows.assign(**{column: pd.Categorical([None] * 5, categories=ITEMS)})
        np.testing.assert_array_equal(outputs(estimator, only_missing), unknown)
    for cells in ([["new"]] * 5, [None] * 5, [[]] * 5):
        assert np.isfinite(outputs(estimator, rows.assign(history=cells))).all()


@every
def test_missing_in_training_is_what_missing_means(cls):
    frame = mixed()
    estimator = small(cls)
    y = target(estimator, frame)
    holes = frame.assign(user=frame["user"].where(np.arange(len(frame)) % 3 > 0))
    estimator.fit(holes, y)
    assert estimator.embedding("user").iloc[-1].abs().max() > 0
    unknown = outputs(estimator, frame[:9].assign(user="new"))
    np.testing.assert_array_equal(outputs(estimator, frame[:9].assign(user=None)), unknown)


def _arrow_columns(frame):
    table = pa.Table.from_pandas(frame, preserve_index=False)
    # pandas 2.2 cannot read the names of list dtypes in the schema's metadata
    return table.replace_schema_metadata().to_pandas(types_mapper=pd.ArrowDtype)


def _object_lists(frame):
    return frame.assign(history=pd.Series([list(cell) for cell in frame["history"]], dtype=object))


DTYPES = {
    "object": lambda frame: _object_lists(frame.astype({"user": object, "item": object})),
    "string": lambda frame: frame.astype({"user": "string", "item": "string"}),
    "str": lambda frame: frame.astype({"user": "str", "item": "str"}),
    "category": lambda frame: frame.astype({"user": "category"}),
    "category backwards": lambda frame: frame.assign(
        user=pd.Categorical(frame["user"], categories=list("zyxfedcba")),
        item=pd.Categorical(frame["item"], categories=[*ITEMS[::-1], "never"], ordered=True),
    ),
    "Arrow": lambda frame: _arrow_columns(frame.astype({"item": str})),
    "Arrow dictionary": lambda frame: frame.astype(
        {"user": pd.ArrowDtype(pa.dictionary(pa.int8(), pa.string())), "age": "Float64"}
    ),
    "large list": lambda frame: frame.astype({"history": pd.ArrowDtype(pa.large_list(pa.large_string()))}),
    "arrays": lambda frame: frame.assign(history=[np.array(cell, dtype=object) for cell in frame["history"]]),
    "Arrow table": lambda frame: pa.Table.from_pandas(frame, preserve_index=False),
    "polars": lambda frame: pl.from_pandas(frame.astype({"item": str})),
    "polars categories": lambda frame: pl.from_pandas(frame.astype({"item": str})).with_columns(
        pl.col("user").cast(pl.Categorical), pl.col("item").cast(pl.Enum(ITEMS[::-1]))
    ),
}


@every
@pytest.mark.parametrize("dtype", DTYPES)
def test_the_same_values_in_another_dtype_are_the_same_data(cls, dtype):
    estimator, frame = fitted(cls, n_rows=60)
    other = DTYPES[dtype](frame)
    np.testing.assert_array_equal(outputs(estimator, other), outputs(estimator, frame))
    if dtype != "category backwards" or "item" not in cls().get_params():
        again = small(cls).fit(other, target(estimator, frame))
        np.testing.assert_array_equal(outputs(again, frame), outputs(estimator, frame))


@every
def test_ids_of_integers_in_any_dtype(cls):
    frame = mixed(60)
    estimator = small(cls)
    y = target(estimator, frame)
    big = 2**53  # where float64 no longer tells neighbours apart
    frame["user"] = big + frame["user"].map("abcdef".index).astype("int64")
    frame["item"] = frame["item"].astype(str)
    if "categorical_features" in estimator.get_params():
        estimator.set_params(categorical_features=["user"])
    estimator.fit(frame, y)
    expected = outputs(estimator, frame)
    assert len(estimator.embedding("user")) == 7
    for dtype in ("Int64", "category", "int64[pyarrow]", "uint64", object):
        np.testing.assert_array_equal(outputs(estimator, frame.astype({"user": dtype})), expected)
    np.testing.assert_array_equal(outputs(estimator, pl.from_pandas(frame)), expected)


@every
def test_the_order_of_the_rows_learns_no_other_vocabulary(cls):
    estimator, frame = fitted(cls, n_rows=60)
    shuffled = frame.sample(frac=1, random_state=0)
    again = small(cls).fit(shuffled, target(estimator, shuffled))
    for column in categorical_columns(estimator):
        assert list(again.embedding(column).index[:-1]) == list(estimator.embedding(column).index[:-1])
    np.testing.assert_allclose(outputs(again, frame), outputs(estimator, frame), atol=1e-4)  # one batch holds all


@every
def test_only_what_training_rows_have_is_learnt(cls):
    estimator, frame = fitted(cls)
    train = frame[(frame["user"] != "a") & (frame["item"] != "u")]  # the dtype still lists "u"
    estimator.fit(train, target(estimator, train))
    assert "a" not in estimator.embedding("user").index
    assert "history" in categorical_columns(estimator) or "u" not in estimator.embedding("item").index


@every
def test_a_row_alone_scores_as_in_its_batch(cls):
    estimator, frame = fitted(cls)
    together = outputs(estimator, frame)
    alone = np.concatenate([outputs(estimator, frame[i : i + 1]) for i in range(20)])
    np.testing.assert_allclose(alone, together[:20], rtol=0, atol=1e-6)
    np.testing.assert_allclose(outputs(estimator, frame[::-1])[::-1], together, rtol=0, atol=1e-6)


@every
def test_the_index_of_the_frame_means_nothing(cls):
    estimator, frame = fitted(cls)
    odd = frame.set_axis(np.zeros(len(frame), int))
    y = pd.Series(target(estimator, frame), index=np.arange(len(frame))[::-1])
    again = small(cls).fit(odd, y)
    np.testing.assert_array_equal(outputs(again, frame), outputs(estimator, frame))
