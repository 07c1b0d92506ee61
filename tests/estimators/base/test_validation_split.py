"""Rows that a splitter holds out are those that X_val would have."""

import numpy as np
import pyarrow.dataset as ds
import pytest
from sklearn.model_selection import KFold

from skrec import DeepFMClassifier
from skrec.model_selection import TemporalSplit
from tests.samples import mixed


def rows():
    frame = mixed(100)
    return frame.assign(day=np.arange(100.0) // 10), np.arange(100) % 3 > 0


@pytest.mark.parametrize("how", ["splitter", "positions"])
def test_the_last_block_of_time_is_held_out(how):
    X, y = rows()
    splitter = TemporalSplit("day", n_splits=4)
    split = splitter if how == "splitter" else list(splitter.split(X))
    train, valid = list(splitter.split(X))[-1]
    options = {"max_epochs": 4, "random_state": 0}
    weight = np.arange(100) % 2 + 1.0
    model = DeepFMClassifier(**options, validation_split=split).fit(X, y, weight)
    by_hand = DeepFMClassifier(**options).fit(
        X.iloc[train], y[train], weight[train], X_val=X.iloc[valid], y_val=y[valid], sample_weight_val=weight[valid]
    )
    np.testing.assert_array_equal(model.predict_proba(X), by_hand.predict_proba(X))
    assert model.history_["valid_loss"].tolist() == by_hand.history_["valid_loss"].tolist()


def test_rows_that_are_given_count_first():
    X, y = rows()
    model = DeepFMClassifier(max_epochs=2, random_state=0, validation_split=KFold(2)).fit(
        X, y, X_val=X[:10], y_val=y[:10]
    )
    other = DeepFMClassifier(max_epochs=2, random_state=0).fit(X, y, X_val=X[:10], y_val=y[:10])
    assert model.history_["valid_loss"].tolist() == other.history_["valid_loss"].tolist()


def test_it_goes_on_with_partial_fit():
    X, y = rows()
    model = DeepFMClassifier(max_epochs=2, validation_split=KFold(2)).fit(X, y)
    assert len(model.partial_fit(X, y).history_) > 2


@pytest.mark.parametrize("split", [[], [(np.arange(100), np.arange(0))]])
def test_a_split_without_rows_is_refused(split):
    X, y = rows()
    with pytest.raises(ValueError, match="'validation_split' parameter of DeepFMClassifier must give rows to train on"):
        DeepFMClassifier(validation_split=split).fit(X, y)


def test_a_dataset_is_refused(tmp_path):
    X, y = rows()
    X.drop(columns="history").assign(y=y).to_parquet(tmp_path / "rows.parquet")
    with pytest.raises(TypeError, match="validation_split takes rows in memory, got a Dataset; hold out row groups"):
        DeepFMClassifier(validation_split=KFold(2)).fit(ds.dataset(tmp_path), "y")
