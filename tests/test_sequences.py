"""Sequences on their way to a model: one promise a test, with a model that pools list columns."""

import pickle

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pandas.testing import assert_frame_equal
from sklearn import config_context
from sklearn.compose import ColumnTransformer
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import GridSearchCV, cross_validate, train_test_split
from sklearn.pipeline import make_pipeline

from skrec import DeepFMClassifier
from skrec.preprocessing import HistoryEncoder, SequenceEncoder, TableEncoder

HISTORY = pd.ArrowDtype(pa.list_(pa.string()))


def clicks(n_rows=400, seed=0):
    """Return rows of users who all like one of two colours, of which half show the other one, and who took what."""
    rng = np.random.default_rng(seed)
    user, likes = rng.integers(0, 40, n_rows), rng.random(n_rows) < 0.5
    red = (user % 2 == 0) == likes
    item = np.where(red, "red", "blue") + rng.integers(0, 4, n_rows).astype(str).astype(object)
    frame = pd.DataFrame({"user": user, "item": item, "day": rng.permutation(n_rows), "tags": [["x", "y"]] * n_rows})
    return frame, likes.astype(int)


def encoder(**params):
    return HistoryEncoder("user", "item", "day", **{"max_length": 5, **params})


def model(**params):
    settings = {"embedding_dim": 4, "hidden_layer_sizes": (16,), "lr": 0.05, "max_epochs": 20, "random_state": 0}
    settings["embedding_l2"] = 0.001
    return DeepFMClassifier(sequence_features={"hist_item": "item"}, **{**settings, **params})


def table():
    return TableEncoder(categorical=["item"], sequence=["hist_item"])


def pipeline(**params):
    """Neither the user nor the time is a feature: all there is to know is in the history."""
    return make_pipeline(encoder(), table(), model(**params))


def test_pipeline():
    X, y = clicks(1000)
    pipe = pipeline().fit(X[:800], y[:800])
    assert roc_auc_score(y[800:], pipe.decision_function(X[800:])) > 0.8
    strangers = X[:4].assign(user=[1000, 1001, 1000, 1], day=[0, 5, 9, -1])
    assert [len(cell) for cell in pipe[:-1].transform(strangers)["hist_item"]] == [0] * 4
    assert np.isfinite(pipe.decision_function(strangers)).all()


def test_column_transformer():
    X, y = clicks()
    parts = [
        ("history", make_pipeline(encoder(), table()), ["user", "item", "day"]),
        ("tags", SequenceEncoder(), ["tags"]),
    ]
    columns = ColumnTransformer(parts, verbose_feature_names_out=False).set_output(transform="pandas")
    out = columns.fit_transform(X, y)
    assert list(out) == ["item", "hist_item", "tags"]
    assert list(out.dtypes[1:]) == [HISTORY, HISTORY]
    assert_frame_equal(out[["item", "hist_item"]], make_pipeline(encoder(), table()).fit_transform(X, y))
    assert make_pipeline(columns, model(max_epochs=2)).fit(X, y).predict(X).shape == y.shape


def test_train_test_split():
    X, y = clicks()
    out = encoder().fit_transform(X, y)
    train, test = train_test_split(out, random_state=0)
    assert train["hist_item"].dtype == test["hist_item"].dtype == HISTORY
    assert_frame_equal(pd.concat([train, test]).sort_index(), out)


def test_grid_search():
    """Processes of a search get pickles, as below; that they find the same is a test of the ecosystem's."""
    X, y = clicks()
    grid = {"historyencoder__max_length": [1, 5], "deepfmclassifier__embedding_dim": [4]}
    search = GridSearchCV(pipeline(), grid, cv=2, scoring="roc_auc", error_score="raise").fit(X, y)
    assert search.best_params_["historyencoder__max_length"] == 5


def test_pickle():
    X, y = clicks()
    pipe = pipeline(max_epochs=2).fit(X, y)
    again = pickle.loads(pickle.dumps(pipe))
    np.testing.assert_array_equal(again.decision_function(X), pipe.decision_function(X))
    out = encoder().fit_transform(X, y)
    assert_frame_equal(pickle.loads(pickle.dumps(out)), out)


def test_parquet_round_trip(tmp_path):
    """pandas reads the Arrow lists that it wrote as Arrow's; 2.2 fails at their names in the schema's metadata."""
    X, y = clicks()
    out = encoder().fit_transform(X, y)[["item", "hist_item"]]
    fitted = model(max_epochs=2).fit(out, y)
    out.to_parquet(tmp_path / "rows.parquet")
    for again in (
        pq.read_table(tmp_path / "rows.parquet").replace_schema_metadata().to_pandas(types_mapper=pd.ArrowDtype),
        pl.read_parquet(tmp_path / "rows.parquet"),
    ):
        assert [list(cell) for cell in again["hist_item"]] == [list(cell) for cell in out["hist_item"]]
        np.testing.assert_array_equal(fitted.decision_function(again), fitted.decision_function(out))


def test_objects_arrow_and_polars_are_one():
    X, y = clicks()
    X = encoder().fit_transform(X, y)[["item", "hist_item", "tags"]]
    objects = X.assign(hist_item=X["hist_item"].map(list).astype(object))
    forms = [objects, X, pl.from_pandas(X), SequenceEncoder(sequence_features={"hist_item": "item"}).fit_transform(X)]
    assert isinstance(forms[2].schema["hist_item"], pl.List)
    scores = [model(max_epochs=2).fit(form, y).decision_function(form) for form in forms]
    for found in scores[1:]:
        np.testing.assert_array_equal(found, scores[0])


def test_a_log_arrives_by_metadata_routing():
    """The log stays whole in every fold; what it says of the days before is known whatever the fold."""
    X, y = clicks(300)
    log = pd.concat([X[y == 1], clicks(100, seed=1)[0].assign(day=-1)])
    with config_context(enable_metadata_routing=True):
        pipe = make_pipeline(encoder().set_fit_request(log=True), table(), model(max_epochs=2))
        result = cross_validate(pipe, X, y, cv=2, params={"log": log}, return_estimator=True, error_score="raise")
        pipe.fit(X, y, log=log)
    expected = encoder().fit(X, log=log).transform(X)["hist_item"]
    for fitted in (pipe, *result["estimator"]):
        assert_frame_equal(fitted[0].transform(X)[["hist_item"]], expected.to_frame())


def test_histories_of_held_out_rows_have_none_of_their_labels():
    """In a fold the events are the fold's training rows; a held-out positive is in no history."""
    X, y = clicks()
    train, test = X[:300], X[300:]
    histories = encoder(max_length=1000).fit(train.assign(item=train.index), y[:300]).transform(test)["hist_item"]
    assert {token for cell in histories for token in cell} <= set(train.index[y[:300] == 1])


@pytest.mark.parametrize("make", [HistoryEncoder, SequenceEncoder])
def test_the_page_shows_them(make):
    assert make.__name__ in make()._repr_html_()
