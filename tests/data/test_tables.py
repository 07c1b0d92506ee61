"""A column and a lazy table are no frames: one clear word at every door, and ids of any container."""

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from skrec import MFClassifier, TwoTowerClassifier
from skrec.metrics import evaluate_ranking
from skrec.model_selection import GroupedTemporalSplit, LeaveLastOut, TemporalSplit
from skrec.preprocessing import HistoryEncoder
from skrec.retrieval import Recommender
from skrec.sampling import add_negatives
from tests.contract.cases import every
from tests.discovery import public_estimators
from tests.samples import fitted, target, unchanged

LOG = pd.DataFrame({"user_id": list("aabbccdd"), "item_id": list("uvuvuwvw"), "time": range(8)})
COLUMN = r"got (Series|Index); make a column a table with \.to_frame\(\)"
LAZY = r"got LazyFrame; \.collect\(\) a lazy one"
ARROW = r"got \w+Array; pyarrow.table\(.*\) makes one"
PARTS = (
    r"got InParts; \.compute\(\) makes one of all parts, \.map_partitions\(model\.predict_proba\) predicts part by part"
)
RECORDS = r"got list of dicts; pandas.DataFrame\(rows\) makes a table of them"
RECORD = r"got dict; pandas.DataFrame\(\[row\]\) makes a table of a row, pandas.DataFrame\(columns\) of columns"


class InParts:
    """What a frame of dask has of all that is asked for."""

    def __init__(self, frame):
        self.frame = frame

    def __dask_graph__(self):
        return {}

    def __array__(self, dtype=None, copy=None):
        return np.asarray(self.frame)


NO_FRAMES = {
    "parts of dask": (InParts, PARTS),
    "pandas Series": (lambda frame: frame.iloc[:, 0], COLUMN),
    "pandas Index": (lambda frame: pd.Index(frame.iloc[:, 0]), COLUMN),
    "polars Series": (lambda frame: pl.Series(frame.iloc[:, 0].tolist()), COLUMN),
    "polars LazyFrame": (lambda frame: pl.from_pandas(frame.iloc[:, :1]).lazy(), LAZY),
    "Arrow array": (lambda frame: pa.array(frame.iloc[:, 0].tolist()), ARROW),
    "Arrow column": (lambda frame: pa.chunked_array([frame.iloc[:, 0].tolist()]), ARROW),
    "records": (lambda frame: frame.to_dict("records"), RECORDS),
    "record": (lambda frame: frame.iloc[0].to_dict(), RECORD),
}
what_is_none = pytest.mark.parametrize(("make", "message"), NO_FRAMES.values(), ids=NO_FRAMES)


@every
def test_estimators(cls):
    estimator, frame = fitted(cls)
    methods = ["predict", "predict_proba", "decision_function", "embed_users", "embed_items", "attention_weights"]
    for make, message in NO_FRAMES.values():
        X, y = make(frame), target(estimator, frame)
        with unchanged(estimator, frame):
            for method in filter(lambda name: hasattr(estimator, name), methods):
                with pytest.raises(TypeError, match=message):
                    getattr(estimator, method)(X)
            for fit in (estimator.fit, estimator.partial_fit):
                with pytest.raises(TypeError, match=message):
                    fit(X, y)
            with pytest.raises(TypeError, match=message):
                estimator.fit(frame, y, X_val=X, y_val=y)


ENCODERS = [cls for cls in public_estimators() if hasattr(cls, "transform")]


@what_is_none
@pytest.mark.parametrize("cls", ENCODERS, ids=lambda cls: cls.__name__)
def test_encoders(cls, make, message):
    encoder = HistoryEncoder("user_id", "item_id", "time") if cls is HistoryEncoder else cls()
    with pytest.raises(TypeError, match=message):
        encoder.fit(make(LOG))
    with pytest.raises(TypeError, match=message):
        encoder.fit(LOG).transform(make(LOG))


@what_is_none
def test_other_doors(make, message):
    model = MFClassifier(user="user_id", item="item_id", max_epochs=1).fit(LOG[["user_id", "item_id"]], [0, 1] * 4)
    recommender, X = Recommender(model, LOG[["item_id"]].drop_duplicates()), make(LOG)
    doors = [
        lambda: HistoryEncoder("user_id", "item_id", "time").fit(LOG, log=X),
        lambda: next(TemporalSplit("time", 2).split(X)),
        lambda: next(GroupedTemporalSplit("time", 2, group="user_id").split(X)),
        lambda: next(LeaveLastOut("time", user="user_id").split(X)),
        lambda: add_negatives(X, 1),
        lambda: add_negatives(LOG, 1, log=X),
        lambda: Recommender(model, X),
        lambda: recommender.recommend(["a"], 1, exclude=X),
        lambda: evaluate_ranking(recommender, X, k=1),
        lambda: evaluate_ranking(recommender, LOG, k=1, users=X),
        lambda: evaluate_ranking(recommender, LOG, k=1, exclude=X),
        lambda: evaluate_ranking(recommender, LOG, k=1, log=X),
    ]
    for door in doors:
        with pytest.raises(TypeError, match=message):
            door()


def test_what_is_lazy_is_no_list_either():
    model = TwoTowerClassifier(user_features=["user_id"], max_epochs=1).fit(LOG[["user_id", "item_id"]], [0, 1] * 4)
    recommender = Recommender(model, LOG[["item_id"]].drop_duplicates())
    lazy = pl.from_pandas(LOG).lazy()
    for door in (
        lambda: recommender.recommend(lazy, 1),
        lambda: recommender.similar_items(lazy, 1),
        lambda: add_negatives(LOG, 1, items=lazy),
    ):
        with pytest.raises(TypeError, match=LAZY):
            door()


IDS = {
    "list": lambda ids: ids,
    "array": np.array,
    "objects": lambda ids: np.array(ids, dtype=object),
    "pandas Series": pd.Series,
    "pandas Index": pd.Index,
    "category": pd.Categorical,
    "polars Series": pl.Series,
    "polars categories": lambda ids: pl.Series(ids, dtype=pl.Categorical),
    "Arrow array": pa.array,
    "Arrow column": lambda ids: pa.chunked_array([ids]),
    "Arrow dictionary": lambda ids: pa.array(ids).dictionary_encode(),
}


@pytest.mark.parametrize("make", IDS.values(), ids=IDS)
def test_ids_of_any_container(make):
    model = MFClassifier(user="user_id", item="item_id", max_epochs=1).fit(LOG[["user_id", "item_id"]], [0, 1] * 4)
    recommender = Recommender(model, LOG[["item_id"]].drop_duplicates())
    for found, expected in (
        (recommender.recommend(make(["a", "c"]), 2), recommender.recommend(["a", "c"], 2)),
        (recommender.similar_items(make(["u", "w"]), 1), recommender.similar_items(["u", "w"], 1)),
    ):
        pd.testing.assert_frame_equal(found.astype(expected.dtypes), expected)
    groups = LOG["user_id"].tolist()
    for split in (LeaveLastOut("time"), GroupedTemporalSplit("time", 2)):
        for found, expected in zip(split.split(LOG, groups=make(groups)), split.split(LOG, groups=groups), strict=True):
            np.testing.assert_array_equal(found[1], expected[1])
