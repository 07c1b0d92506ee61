"""Pipelines that look histories up recommend from users, with a time or now, and a catalogue."""

import copy
import datetime

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from sklearn.pipeline import make_pipeline

from skrec import BSTClassifier, DINClassifier, FMRegressor, IntTowerClassifier, TwoTowerClassifier
from skrec.metrics import evaluate_ranking
from skrec.preprocessing import HistoryEncoder, TableEncoder
from skrec.retrieval import ExactIndex, Recommender
from tests.retrieval.cases import check_lists
from tests.samples import outputs, small

N_USERS, N_ITEMS, N_ROWS = 12, 20, 300
DAY = pd.Timedelta("1D")
TIMES = {
    "numbers": np.arange(N_ROWS),
    "fractions": np.linspace(0, 1, N_ROWS),
    "dates": pd.Timestamp("2024-01-01") + DAY * np.arange(N_ROWS),
    "zoned": pd.Timestamp("2024-01-01", tz="Europe/Vienna") + DAY * np.arange(N_ROWS),
    "days": [datetime.date(2024, 1, 1) + datetime.timedelta(int(i)) for i in range(N_ROWS)],
}


def rows(time="numbers"):
    """Return a log with a category of each item, and a label that is not for the model."""
    rng = np.random.default_rng(0)
    user, item = rng.integers(0, N_USERS, N_ROWS), rng.integers(0, N_ITEMS, N_ROWS)
    user[:N_USERS], item[:N_ITEMS] = range(N_USERS), range(N_ITEMS)
    frame = pd.DataFrame({"label": rng.integers(0, 2, N_ROWS), "user_id": user, "item_id": item, "time": TIMES[time]})
    frame["category"] = "c" + (frame["item_id"] % 3).astype(str)
    return frame.astype({"item_id": str, "user_id": str})


def catalogue():
    return rows()[["item_id", "category"]].drop_duplicates(ignore_index=True)


def piped(cls, time="numbers", **options):
    """Return the README's pipeline, fitted on a frame that has the label too."""
    frame = rows(time)
    shared = {"hist_item_id": "item_id", "hist_category": "category"}
    sides = {"user_features": list(shared)} if "user_features" in cls().get_params() else {}
    pipe = make_pipeline(
        HistoryEncoder("user_id", "item_id", "time", columns=["category"], max_length=50),
        TableEncoder(categorical=["item_id", "category"], sequence=list(shared)),
        small(cls, sequence_features=shared, **sides, **options),
    )
    return pipe.fit(frame, frame["label"])


def expected(pipe, users, items):
    pairs = users.merge(items, how="cross")
    return outputs(pipe, pairs).reshape(len(users), len(items)).astype(np.float64)


@pytest.mark.parametrize("cls", [DINClassifier, BSTClassifier, TwoTowerClassifier, IntTowerClassifier, FMRegressor])
@pytest.mark.parametrize("time", list(TIMES))
def test_users_come_with_a_time_or_now(cls, time):
    pipe, items = piped(cls, time), catalogue()
    moments = rows(time)["time"]
    users = pd.DataFrame({"user_id": ["1", "7", "3"]})
    recommender = Recommender(pipe, items)
    exclude = rows()[["user_id", "item_id"]]
    out = np.array(
        [[((exclude == [user, item]).all(axis=1)).any() for item in items["item_id"]] for user in users["user_id"]]
    )
    for given, at in (
        (users.assign(time=moments[[5, 150, 299]].to_numpy()), moments[[5, 150, 299]].to_numpy()),
        (users, pipe[0].now_),
        (users["user_id"].tolist(), pipe[0].now_),
        (pl.from_pandas(users), pipe[0].now_),
        (pa.Table.from_pandas(users), pipe[0].now_),
    ):
        scores = expected(pipe, users.assign(time=at), items)
        for options, hidden in (({}, np.zeros_like(out)), ({"exclude": rows(time)}, out)):
            lists = recommender.recommend(given, 4, **options)
            renamed = lists.rename(columns={"user_id": "user", "item_id": "item"})
            check_lists(
                renamed,
                scores,
                users.rename(columns={"user_id": "user"}),
                items.rename(columns={"item_id": "item"}),
                4,
                hidden,
            )
    assert (recommender.index_ is not None) == (cls is TwoTowerClassifier)


@pytest.mark.parametrize("cls", [DINClassifier, TwoTowerClassifier])
def test_now_is_after_all_that_a_user_did(cls):
    pipe = piped(cls)
    late = pd.DataFrame({"user_id": ["1", "7"], "time": [10**6] * 2})
    recommender = Recommender(pipe, catalogue())
    assert recommender.recommend(late, 5).equals(recommender.recommend(["1", "7"], 5))
    early = recommender.recommend(late.assign(time=-1), 5)  # of a known user, with nothing to go by
    assert early["score"].tolist()[:5] == early["score"].tolist()[5:]


@pytest.mark.parametrize("cls", [DINClassifier, TwoTowerClassifier])
def test_who_is_not_in_the_log_is_unknown(cls):
    pipe, items = piped(cls), catalogue()
    users = pd.DataFrame({"user_id": ["1", "stranger"], "time": [250, 250]})
    with pytest.raises(ValueError, match=f"{cls.__name__} knows nothing of 1 of 2 users, 'stranger' for one; leave"):
        Recommender(pipe, items).recommend(users, 3)
    popularity = rows()["item_id"].value_counts()
    lists = Recommender(pipe, items, popularity=popularity).recommend(users, 3)
    assert lists["score"].isna().tolist() == [False] * 3 + [True] * 3
    assert Recommender(pipe, items, unknown_users="score").recommend(users, 3)["score"].notna().all()


def test_new_items_are_known_by_their_category():
    new = pd.DataFrame({"item_id": ["n1", "n2"], "category": ["c1", "other"]})
    with pytest.warns(UserWarning, match="nothing of 1 of 22 items, 'n2' for one; they are never recommended"):
        recommender = Recommender(piped(DINClassifier), pd.concat([catalogue(), new]))
    lists = recommender.recommend(["1"], 22)
    assert sorted(lists["item_id"]) == sorted([*catalogue()["item_id"], "n1"])


def test_a_recommender_of_histories_is_measured():
    frame = rows()
    recommender = Recommender(piped(DINClassifier), catalogue())
    test = pd.DataFrame({"user_id": ["1", "2", "3"], "item_id": ["4", "5", "6"]})
    alone = evaluate_ranking(recommender, test, k=20)
    assert alone["recall"].tolist() == [1.0]
    users = frame.drop_duplicates("user_id")[["user_id"]].assign(time=10**6)
    assert evaluate_ranking(recommender, test, k=20, users=users).equals(alone)
    assert len(evaluate_ranking(recommender, test, k=[1, 3], exclude=frame, log=frame)) == 2


def test_similar_items_and_an_encoder_fitted_again():
    pipe = piped(TwoTowerClassifier)
    recommender = Recommender(pipe, catalogue(), index=ExactIndex())
    assert len(recommender.similar_items(["3"], 4)) == 4
    other = copy.deepcopy(recommender)
    pipe[0].fit(rows()[:200])
    with pytest.raises(ValueError, match="make a new Recommender"):
        recommender.recommend(["1"], 3)
    assert len(other.recommend(["1"], 3)) == 3


def test_a_time_of_another_kind_is_named():
    users = pd.DataFrame({"user_id": ["1"], "time": [pd.Timestamp("2024-01-01")]})
    with pytest.raises(ValueError, match="Expected times of one kind, got dates without a time zone in X and numbers"):
        Recommender(piped(DINClassifier), catalogue()).recommend(users, 3)


def test_a_column_that_the_model_reads_is_still_asked_for():
    with pytest.raises(ValueError, match=r"fitted on in users or in items, got \['category'\] in neither"):
        Recommender(piped(DINClassifier), catalogue()[["item_id"]]).recommend(["1"], 3)
