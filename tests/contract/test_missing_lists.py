"""A missing list is an empty one, whatever marks it missing, for one row and for all."""

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.dataset as ds
import pytest
from sklearn.pipeline import make_pipeline

from skrec import FMClassifier, TwoTowerClassifier
from skrec.preprocessing import SequenceEncoder, TableEncoder
from skrec.retrieval import Recommender
from tests.contract.cases import every
from tests.samples import fitted, mixed, outputs, small, target


def arrow(dtype, value=None):
    return lambda n_rows: pd.Series(
        pd.arrays.ArrowExtensionArray(pa.chunked_array([pa.array([value] * n_rows, dtype)]))
    )


MISSING = {
    "None": lambda n_rows: [None] * n_rows,
    "NaN": lambda n_rows: np.full(n_rows, np.nan),
    "NaN as objects": lambda n_rows: pd.Series([np.nan] * n_rows, dtype=object),
    "NA": lambda n_rows: pd.Series([pd.NA] * n_rows, dtype=object),
    "Float64": lambda n_rows: pd.Series([None] * n_rows, dtype="Float64"),
    "Arrow null": arrow(pa.null()),
    "Arrow double": arrow(pa.float64()),
    "Arrow NaN": arrow(pa.float64(), float("nan")),
    "Arrow list": arrow(pa.list_(pa.string())),
}


@every
def test_predictions_of_missing_lists(cls):
    estimator, frame = fitted(cls)
    expected = outputs(estimator, frame.assign(history=[[]] * len(frame)))
    for missing in MISSING.values():
        rows = frame.assign(history=missing(len(frame)))
        np.testing.assert_array_equal(outputs(estimator, rows), expected)
        alone = frame[:1].assign(history=missing(1))
        np.testing.assert_array_equal(outputs(estimator, alone), outputs(estimator, frame[:1].assign(history=[[]])))
    table = pa.Table.from_pandas(frame.assign(history=np.nan), preserve_index=False)
    for rows in (table, ds.dataset(table), pl.from_pandas(frame.astype({"item": str}).assign(history=np.nan))):
        np.testing.assert_array_equal(outputs(estimator, rows), expected)
    if "history" in [field.name for field in estimator.schema_.fields]:
        with pytest.raises(TypeError, match=r"Column 'history': expected .* got cells of type double"):
            outputs(estimator, frame.assign(history=1.5))


@every
@pytest.mark.parametrize("missing", MISSING.values(), ids=MISSING)
def test_a_named_list_column_may_be_missing_in_all_rows_of_fit(cls, missing):
    if "sequence_features" not in cls().get_params():
        assert "item" in cls().get_params()  # a model that reads two columns of ids alone
        return
    frame = mixed(60)
    estimator = small(cls)
    y = target(estimator, frame)
    estimator.fit(frame.assign(history=missing(60)), y)
    assert estimator.schema_.field("history").role == "sequence"
    empty = pd.Series([[]] * 60, dtype=frame["history"].dtype)
    again = small(cls).fit(frame.assign(history=empty), y)
    np.testing.assert_array_equal(outputs(estimator, frame), outputs(again, frame))


@pytest.mark.parametrize("missing", MISSING.values(), ids=MISSING)
@pytest.mark.parametrize("values", [["b", "a"], [2, 1]], ids=["text", "integers"])
def test_encoders_of_lists(missing, values):
    frame = pd.DataFrame({"tags": [values, values[:1], []] * 4})
    for encoder in (TableEncoder(sequence=["tags"]), SequenceEncoder()):
        encoder.fit(frame)
        for n_rows in (1, 12):
            out = encoder.transform(pd.DataFrame({"tags": missing(n_rows)}))
            assert [list(cell) for cell in out["tags"]] == [[]] * n_rows
        first = pd.DataFrame({"tags": [np.nan, *frame["tags"][1:]]})  # the first row has none
        assert [list(cell) for cell in encoder.fit_transform(first)["tags"]][:2] == [[], values[:1]]
        encoder.fit(pd.DataFrame({"tags": missing(12)}))
        assert pa.types.is_string(
            encoder.transform(pd.DataFrame({"tags": missing(2)}))["tags"].dtype.pyarrow_dtype.value_type
        )


@pytest.mark.parametrize("missing", MISSING.values(), ids=MISSING)
def test_a_left_merge(missing):
    tags = pd.DataFrame({"item": ["b", "c"], "tags": [["x"], ["y", "z"]]})
    rows = pd.DataFrame({"item": ["a", "b", "c"] * 20}).merge(tags, how="left")
    pipe = make_pipeline(
        TableEncoder(categorical=["item"], sequence=["tags"]), FMClassifier(max_epochs=1, random_state=0)
    ).fit(rows, [0, 1] * 30)
    expected = pipe.decision_function(rows[:1].assign(tags=[[]]))
    np.testing.assert_array_equal(pipe.decision_function(rows[:1].assign(tags=missing(1))), expected)


@pytest.mark.parametrize("missing", MISSING.values(), ids=MISSING)
def test_a_catalogue(missing):
    rng = np.random.default_rng(0)
    log = pd.DataFrame({"user_id": rng.integers(0, 9, 90), "item_id": rng.integers(0, 8, 90)}).astype(str)
    items = pd.DataFrame({"item_id": np.arange(8).astype(str), "tags": [["x"], ["y"]] * 4})
    rows = log.merge(items)
    encoder = TableEncoder(categorical=["user_id", "item_id"], sequence=["tags"])
    tower = TwoTowerClassifier(user_features=["user_id"], loss="softmax", max_epochs=1, random_state=0)
    for model in (tower, FMClassifier(max_epochs=1, random_state=0)):
        pipe = make_pipeline(encoder, model).fit(rows, np.arange(90) % 2)
        for few in (items, items[:1]):
            found, expected = (
                Recommender(pipe, few.assign(tags=tags)).recommend(["1", "2"], 1)
                for tags in (missing(len(few)), [[]] * len(few))
            )
            pd.testing.assert_frame_equal(found, expected)
