"""The mark of an index: the same for the same values, whatever holds them; another for other ones."""

import datetime
import io
from decimal import Decimal

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from sklearn.pipeline import make_pipeline

from skrec import MFClassifier, TwoTowerClassifier
from skrec.preprocessing import TableEncoder
from skrec.retrieval import ApproximateIndex, ExactIndex, Recommender
from skrec.retrieval._fingerprint import digest
from tests.retrieval.test_index_files import same

N = 30


def items():
    """Return a catalogue with a column of each kind that an estimator reads, gaps among them."""
    rows = np.arange(N)
    return pd.DataFrame(
        {
            "item_id": rows + 2**53,
            "genres": [["a"], ["b", "c"], []] * 10,
            "codes": [[1], [2, 3], None] * 10,
            "brand": pd.Series(["x", "y", None] * 10, dtype="category"),
            "name": [f"n{row}" for row in rows],
            "price": np.where(rows % 7, rows % 5, 9).astype(np.int64),
            "weight": np.where(rows % 4, rows / 8, np.nan),
            "new": rows % 2 == 0,
            "title": [f"title {row}" for row in rows],
        }
    )


def through_parquet(frame):
    content = io.BytesIO()
    frame.to_parquet(content, index=False)
    content.seek(0)
    return content


def arrow_backed(frame):
    return pd.read_parquet(through_parquet(frame), dtype_backend="pyarrow")


ROUND_TRIPS = {
    "pandas": lambda frame: pd.read_parquet(through_parquet(frame)),
    "Arrow in pandas": arrow_backed,
    "nullable": lambda frame: pd.read_parquet(through_parquet(frame), dtype_backend="numpy_nullable"),
    "polars": lambda frame: pl.read_parquet(through_parquet(frame)),
    "Arrow": lambda frame: pa.Table.from_pandas(frame, preserve_index=False),
    "pickle": lambda frame: pd.read_pickle(io.BytesIO(_pickled(frame))),
    "other order of columns": lambda frame: frame[list(frame)[::-1]],
    "another index": lambda frame: frame.set_axis(np.arange(N) + 7),
    "no title": lambda frame: frame.drop(columns="title"),
    "one column more": lambda frame: frame.assign(more=np.arange(N), time=pd.Timestamp("2020-01-01")),
    "prices as floats": lambda frame: frame.assign(price=frame["price"].astype(float)),
    "prices as small ints": lambda frame: frame.assign(price=frame["price"].astype(np.int8)),
    "lists as tuples": lambda frame: frame.assign(genres=frame["genres"].map(tuple)),
    "lists as arrays": lambda frame: frame.assign(genres=frame["genres"].map(lambda cell: np.array(cell, object))),
    "text as categories": lambda frame: frame.assign(name=frame["name"].astype("category")),
    "categories as text": lambda frame: frame.assign(brand=frame["brand"].astype(object)),
    "further categories": lambda frame: frame.assign(brand=frame["brand"].cat.add_categories(["w"])),
    "missing otherwise": lambda frame: frame.assign(
        brand=frame["brand"].astype("string"), weight=frame["weight"].astype("Float64")
    ),
}
CHANGES = {
    "another price": lambda frame: frame.assign(price=frame["price"] + (np.arange(N) == 3)),
    "a gap more": lambda frame: frame.assign(weight=frame["weight"].where(np.arange(N) != 5)),
    "other genres": lambda frame: frame.assign(genres=[["a"], ["b"], ["c"]] * 10),
    "genres in other cells": lambda frame: frame.assign(genres=[["a", "b"], ["c"], []] * 10),
    "another name": lambda frame: frame.assign(name=frame["name"].replace("n4", "m4")),
    "columns exchanged": lambda frame: frame.assign(price=frame["weight"], weight=frame["price"]),
    "other rows": lambda frame: frame.iloc[::-1],
    "an id": lambda frame: frame.assign(item_id=np.where(np.arange(N) == 1, -1, frame["item_id"])),
    "a neighbouring id": lambda frame: frame.assign(item_id=frame["item_id"] + 1),
}


def _pickled(frame):
    content = io.BytesIO()
    frame.to_pickle(content)
    return content.getvalue()


@pytest.fixture(scope="module")
def pipeline():
    """Return a pipeline that reads all columns but the title."""
    frame = items()
    log = pd.DataFrame({"user_id": np.arange(300) % 9, "item_id": frame["item_id"].to_numpy()[np.arange(300) % N]})
    encoder = TableEncoder(
        categorical=["user_id", "item_id", "brand", "name", "new"],
        sequence=["genres", "codes"],
        numeric=["price", "weight"],
    )
    model = TwoTowerClassifier(user_features=["user_id"], loss="softmax", max_epochs=1, random_state=0)
    return make_pipeline(encoder, model).fit(log.merge(frame), np.ones(300))


@pytest.mark.parametrize("cls", [ExactIndex, ApproximateIndex])
@pytest.mark.parametrize("trip", ROUND_TRIPS.values(), ids=ROUND_TRIPS)
def test_an_index_serves_the_same_items_from_anywhere(cls, trip, pipeline, tmp_path):
    recommender = Recommender(pipeline, items(), index=cls())
    recommender.index_.save(tmp_path / "a")
    found = Recommender(pipeline, trip(items()), index=cls.load(tmp_path / "a"))
    same(found.index_, recommender.index_)
    assert found.fingerprint == recommender.fingerprint


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_an_index_of_other_items_is_refused(change, pipeline):
    index = Recommender(pipeline, items()).index_
    with pytest.raises(ValueError, match="Expected an index of this model and these items"):
        Recommender(pipeline, change(items()), index=index)


def test_a_model_without_an_encoder_counts_its_own_columns():
    log = pd.DataFrame({"user_id": np.arange(90) % 9, "item_id": np.arange(90) % N})
    model = MFClassifier(n_negatives=1, max_epochs=1, random_state=0).fit(log, np.ones(90))
    catalogue = pd.DataFrame({"item_id": range(N)})
    index = Recommender(model, catalogue).index_
    for other in (catalogue.assign(title="t"), catalogue.astype(np.int16), pl.DataFrame({"item_id": range(N)})):
        Recommender(model, other, index=index)
    again = MFClassifier(n_negatives=1, max_epochs=2, random_state=0).fit(log, np.ones(90))
    with pytest.raises(ValueError, match="build it anew"):
        Recommender(again, catalogue, index=index)


def mark(*columns):
    return digest(*(pd.Series(column) if not isinstance(column, pd.Index) else column for column in columns))


SAME = {
    "ints and floats": ([1, 2, 0], [1.0, 2.0, -0.0]),
    "large ints and floats": ([2**60, -(2**60)], [2.0**60, -(2.0**60)]),
    "larger ints and floats": ([2**60, 2**63], [2.0**60, 2.0**63]),
    "uint64": (np.array([5], np.uint64), np.array([5], np.int8)),
    "booleans and ints": ([True, False], [1, 0]),
    "gaps": ([1.0, np.nan], pd.array([1, None], "Int64")),
    "decimals": ([Decimal("1.5"), Decimal("2")], [1.5, 2.0]),
    "nothing": ([None, None], [np.nan, np.nan]),
    "no lists and nothing": ([[], []], [None, None]),
    "missing lists": ([["a"], None], [["a"], []]),
    "times": (pd.to_datetime(["2020-01-01", None]), pd.Series(["2020-01-01", None], dtype="datetime64[s]")),
    "zones": (pd.to_datetime(["2020-01-01 12:00+02:00"]), pd.to_datetime(["2020-01-01 10:00"])),
    "dates": ([datetime.date(2020, 1, 1)], pd.to_datetime(["2020-01-01"])),
    "durations": (pd.to_timedelta([1, 2], "s"), pd.array([1, 2], pd.ArrowDtype(pa.duration("s")))),
    "lists of floats": ([[1.5], [2.5, 3.5]], [np.array([1.5]), np.array([2.5, 3.5])]),
    "text": (["a\0", "é"], pd.array(["a\0", "é"], "string")),
}
OTHER = {
    "NUL": (["a\0"], ["a"]),
    "text and numbers": (["1"], [1]),
    "mixed": (["a", 1], ["a", "1"]),
    "neighbours": ([2**53 + 1], [2**53]),
    "neighbours above": (np.array([2**63 + 1], np.uint64), np.array([2**63], np.uint64)),
    "ends": (np.array([2**64 - 1], np.uint64), np.array([2.0**64])),
    "negative": ([-(2**63)], np.array([2**63], np.uint64)),
    "huge": ([2**70], [2**70 + 1]),
    "a gap and zero": ([0.0, 1.0], [None, 1.0]),
    "a gap and empty text": (["", "a"], [None, "a"]),
    "lengths": ([None], [None, None]),
    "half characters": (pd.Series(["\ud800"], dtype=object), pd.Series(["\ud801"], dtype=object)),
    "lists of floats": ([[1.5]], [[2.5]]),
    "infinities": ([np.inf, 1], [-np.inf, 1]),
    "seconds": (pd.to_datetime(["2020-01-01 00:00:01"]), pd.to_datetime(["2020-01-01"])),
    "times and numbers": (pd.to_datetime(["1970-01-01 00:00:01"]), [10**6]),
}


@pytest.mark.parametrize("pair", SAME.values(), ids=SAME)
def test_values_count_and_not_what_holds_them(pair):
    one, other = pair
    assert mark(one) == mark(other)


@pytest.mark.parametrize("pair", OTHER.values(), ids=OTHER)
def test_other_values_have_another_mark(pair):
    one, other = pair
    assert mark(one) != mark(other)
    assert mark(one) == mark(one)


def test_where_a_column_ends_counts():
    assert mark([1, 2], [3]) != mark([1], [2, 3])
    assert mark(["a"], ["b"]) != mark(["b"], ["a"])
