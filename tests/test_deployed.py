"""A pipeline that was saved scores records elsewhere: other fields, another order, no label."""

import json
import subprocess
import sys

import joblib
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from pandas.testing import assert_frame_equal
from sklearn.compose import ColumnTransformer
from sklearn.pipeline import make_pipeline

from skrec import DINClassifier, FMClassifier
from skrec.preprocessing import CategoryEncoder, HashEncoder, HistoryEncoder, SequenceEncoder, TableEncoder


def log(n_rows=200):
    rng = np.random.default_rng(0)
    user, item = rng.choice(list("abcdef"), n_rows), rng.choice(list("uvwxyz"), n_rows)
    return pd.DataFrame(
        {
            "user_id": user,
            "item_id": item,
            "price": rng.normal(20, 5, n_rows),
            "time": np.arange(n_rows) // 2,
            "label": ((user < "d") == (item < "x")).astype(int),
        }
    )


def pipeline():
    return make_pipeline(
        HistoryEncoder("user_id", "item_id", "time"),
        TableEncoder(categorical=["user_id", "item_id"], numeric=["price"], sequence=["hist_item_id"]),
        DINClassifier(sequence_features={"hist_item_id": "item_id"}, max_epochs=2, random_state=0),
    )


SERVE = """
import json, sys
import joblib
import pandas as pd
pipe = joblib.load(sys.argv[1])
print(json.dumps(pipe.predict_proba(pd.DataFrame([json.loads(sys.argv[2])])).tolist()))
"""


def test_a_saved_pipeline_scores_a_record_in_a_fresh_process(tmp_path):
    frame = log()
    pipe = pipeline().fit(frame, frame["label"])
    joblib.dump(pipe, tmp_path / "pipe.joblib")
    record = {"session": "x1", "time": 999, "agent": None, "price": 21.5, "item_id": "w", "user_id": "b", "tags": ["n"]}
    before = pipe.predict_proba(frame.assign(time=999, price=21.5, item_id="w", user_id="b")[:1])
    command = [sys.executable, "-c", SERVE, str(tmp_path / "pipe.joblib"), json.dumps(record)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    np.testing.assert_allclose(json.loads(done.stdout), before, rtol=1e-6)
    assert not done.stderr


def test_each_step_says_what_it_misses():
    frame = log()
    pipe = pipeline().fit(frame, frame["label"])
    with pytest.raises(ValueError, match=r"frame without \['user_id', 'time'\]"):
        pipe.predict(frame[["item_id", "price"]])
    with pytest.raises(ValueError, match=r"frame without \['item_id', 'price'\]"):
        pipe.predict(frame[["user_id", "time"]])


def backwards(frame):
    """Return the columns in another order, and others between them."""
    return frame.assign(when=pd.Timestamp("2020-02-02"), agent="x")[["agent", *frame.columns[::-1], "when"]]


CONTAINERS = {
    "pandas": lambda frame: frame,
    "polars": pl.from_pandas,
    "Arrow": lambda frame: pa.Table.from_pandas(frame, preserve_index=False),
}
in_every_container = pytest.mark.parametrize("container", CONTAINERS.values(), ids=CONTAINERS)
ENCODERS = {
    "CategoryEncoder": (CategoryEncoder(), ["user_id", "item_id"]),
    "HashEncoder": (HashEncoder(100), ["user_id", "item_id"]),
    "SequenceEncoder": (SequenceEncoder(), ["user_id", "item_id"]),
    "TableEncoder by dtype": (TableEncoder(), ["user_id", "item_id", "price"]),
    "TableEncoder by name": (TableEncoder(categorical=["user_id"], numeric=["price"]), ["user_id", "price", "item_id"]),
    "HistoryEncoder": (HistoryEncoder("user_id", "item_id", "time"), ["time", "price", "user_id", "item_id"]),
    "HistoryEncoder by place": (HistoryEncoder(), ["user_id", "item_id", "price", "time"]),
}


@in_every_container
@pytest.mark.parametrize(("encoder", "names"), ENCODERS.values(), ids=ENCODERS)
def test_encoders_find_columns_by_name(encoder, names, container):
    frame = log()
    for fitted_on in (frame[names], container(frame[names])):
        encoder.fit(fitted_on)
        expected = encoder.transform(container(frame[names]))
        assert_frame_equal(encoder.transform(container(backwards(frame[names]))), expected)
    with pytest.raises(ValueError, match=r"without \['user_id'.*\] \(did you mean 'user_ids'"):
        encoder.transform(container(frame[names].rename(columns={"user_id": "user_ids"})))


def test_histories_pass_on_what_is_there():
    frame = log()
    encoder = HistoryEncoder("user_id", "item_id", "time", columns=["label"]).fit(frame)
    out = encoder.transform(backwards(frame[["user_id", "time", "price"]]))
    assert list(out) == ["user_id", "price", "time", "hist_item_id", "hist_label"]
    assert_frame_equal(out, encoder.transform(frame)[list(out)])


@in_every_container
@pytest.mark.parametrize(
    "first", [CategoryEncoder(), HashEncoder(100), TableEncoder()], ids=lambda encoder: type(encoder).__name__
)
def test_pipelines_that_begin_with_an_encoder(first, container):
    frame = log()
    names = ["user_id", "item_id"]
    pipe = make_pipeline(first, FMClassifier(max_epochs=1, random_state=0)).fit(frame[names], frame["label"])
    expected = pipe.decision_function(frame[names])
    np.testing.assert_array_equal(pipe.decision_function(container(backwards(frame))), expected)


@pytest.mark.parametrize("container", [pd.DataFrame, pl.from_pandas], ids=["pandas", "polars"])
def test_a_column_transformer(container):
    frame = log()
    columns = ColumnTransformer(
        [("ids", CategoryEncoder(), ["user_id", "item_id"]), ("rest", TableEncoder(), ["price"])],
        verbose_feature_names_out=False,
    ).set_output(transform="pandas")
    pipe = make_pipeline(columns, FMClassifier(max_epochs=1, random_state=0)).fit(frame, frame["label"])
    others = container(backwards(frame.drop(columns=["label", "time"])))
    np.testing.assert_array_equal(pipe.decision_function(others), pipe.decision_function(frame))
