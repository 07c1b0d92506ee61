"""Columns of later rows are found by name: in any order, among others, and without those that nobody reads."""

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.dataset as ds
import pytest
from sklearn.utils.estimator_checks import check_dataframe_column_names_consistency

from skrec.preprocessing import HistoryEncoder, TableEncoder
from tests.contract.cases import every
from tests.discovery import cases, public_estimators
from tests.samples import fitted, mixed, outputs, small, target, unchanged

pytestmark = pytest.mark.fast

BY_NAME = (TableEncoder, HistoryEncoder)  # the first takes names always, the check gives the second whole numbers


def seen(estimator):
    """Return the columns that a fitted estimator reads."""
    return [field.name for field in estimator.schema_.fields]


def among_others(frame):
    """Return the frame backwards, with columns that have no role in it."""
    return frame.assign(when=pd.Timestamp("2020-02-02"), more=1)[["more", *frame.columns[::-1], "when"]]


CONTAINERS = {
    "pandas": lambda frame: frame,
    "polars": lambda frame: pl.from_pandas(frame.astype({name: str for name in frame if name.startswith("item")})),
    "Arrow": lambda frame: pa.Table.from_pandas(frame, preserve_index=False),
    "Dataset": lambda frame: ds.dataset(pa.Table.from_pandas(frame, preserve_index=False)),
}


@every
@pytest.mark.parametrize("container", CONTAINERS)
def test_a_prediction_needs_what_the_model_sees(cls, container):
    estimator, frame = fitted(cls)
    expected, make = outputs(estimator, frame), CONTAINERS[container]
    np.testing.assert_array_equal(outputs(estimator, make(among_others(frame))), expected)
    np.testing.assert_array_equal(outputs(estimator, make(frame[seen(estimator)[::-1]])), expected)
    with unchanged(estimator, frame):
        for name in seen(estimator):
            with pytest.raises(
                ValueError, match=rf"got a frame without \['{name}'\]; add or rename them, or fit again"
            ):
                outputs(estimator, make(frame.drop(columns=name)))
            message = rf"without \['{name}'\] \(did you mean '{name}s'\?\)"
            with pytest.raises(ValueError, match=message):
                outputs(estimator, make(frame.rename(columns={name: f"{name}s"})))


@every
def test_a_record(cls):
    estimator, frame = fitted(cls)
    row = frame.iloc[3]
    record = {
        "session": "x",
        "age": row["age"],
        "history": list(row["history"]),
        "item": row["item"],
        "user": row["user"],
    }
    np.testing.assert_array_equal(outputs(estimator, pd.DataFrame([record])), outputs(estimator, frame[3:4]))


@every
def test_rows_to_learn_from_are_found_by_name(cls):
    frame = mixed()
    estimator = small(cls)
    y, others = target(estimator, frame), among_others(frame)
    estimator.fit(frame, y, X_val=frame, y_val=y)
    again = small(cls).fit(frame, y, X_val=others, y_val=y)
    np.testing.assert_array_equal(again.history_["valid_loss"], estimator.history_["valid_loss"])
    more, same = (small(cls, warm_start=True).fit(frame, y) for _ in range(2))
    np.testing.assert_array_equal(outputs(more.fit(others, y), frame), outputs(same.fit(frame, y), frame))
    more, same = (small(cls).fit(frame, y).partial_fit(rows, y) for rows in (others, frame))
    np.testing.assert_array_equal(outputs(more, frame), outputs(same, frame))
    for method in ("embed_users", "embed_items", "attention_weights"):
        if hasattr(estimator, method):
            found, expected = (getattr(estimator, method)(rows) for rows in (others, frame))
            assert np.array_equal(found, expected) if method != "attention_weights" else found.equals(expected)


@every
def test_columns_without_names_are_known_by_their_places(cls):
    frame = mixed()[["user", "item", "age"]].set_axis([10, 20, 30], axis=1)
    params = {"sequence_features": None, "user": 0, "item": 1}
    estimator = small(cls, **{name: value for name, value in params.items() if name in cls().get_params()})
    if "item" in cls().get_params():
        frame = frame[[10, 20]]
    elif "user" in cls().get_params():
        estimator.set_params(user=None)
    estimator.fit(frame, target(estimator, mixed()))
    np.testing.assert_array_equal(
        outputs(estimator, frame.set_axis(range(frame.shape[1]), axis=1)), outputs(estimator, frame)
    )
    with pytest.raises(ValueError, match=f"{frame.shape[1]} features"):
        estimator.predict(frame.iloc[:, [*range(frame.shape[1]), 0]].set_axis(range(frame.shape[1] + 1), axis=1))


@pytest.mark.parametrize("cls", cases(cls for cls in public_estimators() if cls not in BY_NAME))
def test_frames_of_floats_follow_scikit_learn(cls):
    check_dataframe_column_names_consistency(cls.__name__, cls())
