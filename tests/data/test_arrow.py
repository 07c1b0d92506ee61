"""Whatever has the Arrow PyCapsule interface is a frame at every door, and read once."""

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from pandas.testing import assert_frame_equal
from sklearn.base import clone
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import TargetEncoder

from skrec import DINClassifier, FMClassifier, MFClassifier, TwoTowerClassifier
from skrec.data import as_pandas, as_series, is_frame
from skrec.inspection import AttentionDisplay
from skrec.metrics import evaluate_ranking
from skrec.model_selection import GroupedTemporalSplit, LeaveLastOut, TemporalSplit
from skrec.preprocessing import CategoryEncoder, HashEncoder, HistoryEncoder, SequenceEncoder, TableEncoder
from skrec.retrieval import Recommender, embed_items, embed_users
from skrec.sampling import add_negatives
from tests.contract.cases import every
from tests.samples import ITEMS, fitted, labels, mixed, outputs, small, target


class Stream:
    """A table of whatever library, which gives its rows once."""

    def __init__(self, table):
        self.reader = table.to_reader()

    def __arrow_c_stream__(self, requested_schema=None):
        reader, self.reader = self.reader, None
        return reader.__arrow_c_stream__(requested_schema)


class Batch:
    """The same of a table in one piece."""

    def __init__(self, table):
        self.batch = table.combine_chunks().to_batches()[0]

    def __arrow_c_array__(self, requested_schema=None):
        batch, self.batch = self.batch, None
        return batch.__arrow_c_array__(requested_schema)


def relation(table):
    return duckdb.connect().from_arrow(table)


TABLES = {
    "pyarrow.Table": lambda table: table,
    "RecordBatch": lambda table: table.combine_chunks().to_batches()[0],
    "RecordBatchReader": pa.Table.to_reader,
    "DuckDB": relation,
    "DuckDB's reader": lambda table: relation(table).to_arrow_reader(),
    "polars": pl.from_arrow,
    "stream": Stream,
    "batch": Batch,
}
of_every_kind = pytest.mark.parametrize("made", TABLES.values(), ids=TABLES)
LOG = pd.DataFrame({"user_id": list("aabbccdd"), "item_id": list("uvuvuwvw"), "time": range(8)})


def arrow(frame):
    return pa.Table.from_pandas(frame, preserve_index=False)


def once(frame):
    """Return a frame that can be read once."""
    return Stream(arrow(frame))


@of_every_kind
def test_a_table_is_a_frame_with_the_types_that_it_has(made):
    table = made(pa.table({"id": [2**53 + 1, None], "text": ["a", None], "list": [["a"], []]}))
    assert is_frame(table)
    read = as_pandas(table)
    assert read["id"].iloc[0] == 2**53 + 1
    assert read["text"].isna().tolist() == [False, True]
    assert [list(cell) for cell in read["list"]] == [["a"], []]


@of_every_kind
def test_a_pipeline_says_the_same_of_it_as_of_pandas(made):
    frame = mixed(60).astype({"item": str})
    pipe = make_pipeline(TableEncoder(), small(FMClassifier, sequence_features=None))
    expected = pipe.fit(frame, labels(frame)).decision_function(frame)
    pipe = clone(pipe).fit(made(arrow(frame)), labels(frame))
    np.testing.assert_array_equal(pipe.decision_function(made(arrow(frame))), expected)
    assert pipe.score(made(arrow(frame)), labels(frame)) == pipe.score(frame, labels(frame))


@every
def test_estimators_read_once(cls):
    estimator, frame = fitted(cls)
    y, other = target(estimator, frame), small(cls)
    other.fit(once(frame), y, X_val=once(frame), y_val=y)
    expected = outputs(small(cls).fit(frame, y, X_val=frame, y_val=y), frame)
    np.testing.assert_array_equal(outputs(other, once(frame)), expected)
    for method in ("predict", "predict_proba", "embed_users", "embed_items", "attention_weights"):
        if hasattr(estimator, method):
            found, expected = (getattr(estimator, method)(rows) for rows in (once(frame), frame))
            if getattr(found, "ndim", 2) == 3:  # several vectors a user
                found, expected = found.reshape(len(found), -1), expected.reshape(len(frame), -1)
            assert_frame_equal(pd.DataFrame(found), pd.DataFrame(expected))
    same = small(cls)
    for model, X in ((same, once(frame)), (estimator := small(cls), frame)):
        model.partial_fit(X, y, **({"classes": np.unique(y)} if hasattr(model, "predict_proba") else {}))
    np.testing.assert_array_equal(outputs(same, frame), outputs(estimator, frame))


@pytest.mark.parametrize(
    "encoder",
    [
        TableEncoder(),
        CategoryEncoder(),
        HashEncoder(100),
        SequenceEncoder(),
        HistoryEncoder("user_id", "item_id", "time"),
    ],
    ids=lambda encoder: type(encoder).__name__,
)
def test_encoders_read_once(encoder):
    frame = LOG.astype({"time": str}) if isinstance(encoder, SequenceEncoder) else LOG
    expected = encoder.fit_transform(frame)
    assert_frame_equal(clone(encoder).fit_transform(once(frame)), expected, check_dtype=False)
    assert_frame_equal(clone(encoder).fit(once(frame)).transform(once(frame)), expected, check_dtype=False)


def test_a_log_of_events_is_read_once():
    encoder = HistoryEncoder("user_id", "item_id", "time").fit(once(LOG), log=once(LOG))
    assert_frame_equal(encoder.transform(LOG), HistoryEncoder("user_id", "item_id", "time").fit(LOG).transform(LOG))


@pytest.mark.parametrize(
    "splitter",
    [
        TemporalSplit("time", 2),
        GroupedTemporalSplit("time", 2, group="user_id"),
        LeaveLastOut("time", user="user_id"),
    ],
    ids=lambda splitter: type(splitter).__name__,
)
def test_splitters_read_once(splitter):
    for found, expected in zip(splitter.split(once(LOG)), splitter.split(LOG), strict=True):
        np.testing.assert_array_equal(found[0], expected[0])
        np.testing.assert_array_equal(found[1], expected[1])


def test_recommenders_read_once():
    pairs, items = LOG[["user_id", "item_id"]], LOG[["item_id"]].drop_duplicates()
    model = MFClassifier(user="user_id", item="item_id", max_epochs=1, random_state=0).fit(pairs, [0, 1] * 4)
    mine, other = Recommender(model, items), Recommender(model, once(items))
    users = LOG[["user_id"]].drop_duplicates()
    expected = mine.recommend(users, 2, exclude=LOG[:2])
    assert_frame_equal(other.recommend(once(users), 2, exclude=once(LOG[:2])), expected, check_dtype=False)
    assert_frame_equal(other.similar_items(once(items), 1), mine.similar_items(items, 1), check_dtype=False)
    expected = evaluate_ranking(mine, LOG[:4], k=1, users=users, exclude=LOG[4:], log=LOG)
    found = evaluate_ranking(other, once(LOG[:4]), k=1, users=once(users), exclude=once(LOG[4:]), log=once(LOG))
    assert_frame_equal(found, expected)
    drawn = add_negatives(pairs, 1, log=LOG, items=items, random_state=0)
    again = add_negatives(once(pairs), 1, log=once(LOG), items=once(items), random_state=0)
    assert_frame_equal(again, drawn, check_dtype=False)


def test_one_side_of_a_pipeline_is_read_once():
    frame = mixed()
    towers = small(TwoTowerClassifier, user_features=["user", "age"])
    pipe = make_pipeline(TableEncoder(), towers).fit(frame, labels(frame))
    users, items = frame[["user", "age"]], frame[["item", "history"]]
    np.testing.assert_array_equal(embed_users(pipe, once(users)), embed_users(pipe, users))
    np.testing.assert_array_equal(embed_items(pipe, once(items)), embed_items(pipe, items))


def test_a_display_reads_once():
    estimator, frame = fitted(DINClassifier)
    row = frame["history"].map(len).argmax()
    drawn = AttentionDisplay.from_estimator(estimator, once(frame), row=row)
    expected = AttentionDisplay.from_estimator(estimator, frame, row=row)
    np.testing.assert_array_equal(drawn.weights, expected.weights)


def test_a_target_may_be_a_table_of_one_column():
    frame, y = mixed(30)[["user", "item"]], np.arange(30) % 2
    for estimator, method in (
        (small(FMClassifier, sequence_features=None), "decision_function"),
        (TableEncoder(statistics=TargetEncoder()), "transform"),
        (HistoryEncoder(0, 1, 2), "transform"),
    ):
        X = frame.assign(time=range(30)) if method == "transform" else frame
        expected = getattr(clone(estimator).fit(X, y), method)(X)
        with pytest.warns(UserWarning, match="column-vector y was passed"):
            model = clone(estimator).fit(X, relation(pa.table({"y": y})))
        assert_frame_equal(pd.DataFrame(getattr(model, method)(X)), pd.DataFrame(expected))


def test_a_reader_that_has_been_read_says_so():
    estimator, frame = fitted(FMClassifier)
    reader = arrow(frame).to_reader()
    estimator.predict(reader)
    with pytest.raises(ValueError, match=r"got none from a RecordBatchReader, .*; make a new one, or .*\.read_all\(\)"):
        estimator.predict(reader)


class Column:
    """One column of whatever library."""

    def __init__(self, values):
        self.values = pa.chunked_array([values])

    def __arrow_c_stream__(self, requested_schema=None):
        return self.values.__arrow_c_stream__(requested_schema)


def test_a_column_of_another_library_is_no_table_but_has_ids():
    estimator, _ = fitted(FMClassifier)
    with pytest.raises(TypeError, match=r"a table, got one column, a Column; pyarrow\.table\({name: column}\)"):
        estimator.predict(Column(ITEMS))
    assert as_series(Column(ITEMS)).tolist() == ITEMS


def test_an_error_of_the_source_is_its_own():
    estimator, _ = fitted(FMClassifier)

    def broken():
        yield pa.record_batch({"a": [1]})
        raise OSError("the disk is gone")

    with pytest.raises(OSError, match="the disk is gone"):
        estimator.predict(pa.RecordBatchReader.from_batches(pa.schema([("a", pa.int64())]), broken()))


def test_views_of_text_are_text():
    views = pa.table({"a": pa.array(["x", None, "y"], pa.string_view())})
    coded = views.append_column("b", pa.array([0, 1, 0], pa.int8()))
    assert as_pandas(coded)["a"].dtype == pd.ArrowDtype(pa.large_string())
    dictionary = pa.DictionaryArray.from_arrays(pa.array([1, 0]), pa.array(["x", "y"], pa.string_view()))
    assert as_pandas(pa.table({"a": dictionary}))["a"].tolist() == ["y", "x"]


class SparkFrame:
    """What a table of Spark shows of itself."""

    def collect(self): ...

    def toPandas(self): ...


STRANGE = {
    "dicts in an array": (
        lambda frame: np.array(frame.to_dict("records")),
        r"got ndarray of dicts; pandas\.DataFrame\(rows\) makes a table of them",
    ),
    "a structured array": (
        lambda frame: frame.to_records(index=False),
        r"got a structured one; pandas\.DataFrame\(X\) makes one",
    ),
    "a table of Spark": (lambda frame: SparkFrame(), r"got SparkFrame; \.toPandas\(\) makes one"),
    "an array of dates": (
        lambda frame: np.array([["2020-01-01"]], "datetime64[D]"),
        r"got dates \(datetime64\[.*\]\); turn them into numbers",
    ),
}


@pytest.mark.parametrize(("make", "message"), STRANGE.values(), ids=STRANGE)
def test_what_only_looks_like_a_table(make, message):
    estimator, frame = fitted(FMClassifier)
    for call in (estimator.predict, lambda X: estimator.fit(X, labels(frame))):
        with pytest.raises(TypeError, match=message):
            call(make(frame))
