"""Lists against a sort of every pair, for every estimator that there is."""

import joblib
import numpy as np
import pandas as pd
import polars as pl
import pytest
from category_encoders import CountEncoder
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from skrec import (
    DeepFMClassifier,
    FMClassifier,
    FMRegressor,
    IntTowerClassifier,
    MFClassifier,
    MFRegressor,
    MMoEClassifier,
    MMoERegressor,
    NeuMFClassifier,
    TwoTowerClassifier,
)
from skrec.preprocessing import TableEncoder
from skrec.retrieval import ApproximateIndex, ExactIndex, Recommender, _scores
from tests.discovery import cases, predictors
from tests.retrieval.cases import N_ITEMS, N_USERS, brute, catalogue, check_lists, fitted, log, people
from tests.samples import ITEMS, labels, small

FITTED: dict = {}


@pytest.mark.parametrize("cls", cases(predictors()))
@given(data=st.data())
@settings(deadline=None, max_examples=5)
def test_recommend_is_a_sort_of_every_pair(cls, data):
    """Whatever is excluded and filtered, and however few pairs are scored at a time."""
    if cls not in FITTED:
        FITTED.clear()
        FITTED[cls] = fitted(cls)
    estimator, users, items = FITTED[cls]
    rng = np.random.default_rng(data.draw(st.integers(0, 99)))
    k = data.draw(st.integers(1, len(items)))
    seen = rng.random((len(users), len(items))) < data.draw(st.sampled_from([0, 0.3, 1]))
    allowed = rng.random(len(items)) < data.draw(st.sampled_from([0.5, 1]))
    u, i = np.nonzero(seen)
    exclude = pd.DataFrame({"user": users["user"].to_numpy()[u], "item": items["item"].to_numpy()[i]})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_scores, "PAIRS", data.draw(st.sampled_from([30, 2**17])))
        patch.setattr(_scores, "USERS", data.draw(st.sampled_from([5, 64])))
        recommender = Recommender(estimator, items, user="user", item="item")
        lists = recommender.recommend(users, k, exclude=exclude, filter=allowed)
    check_lists(lists, brute(estimator, users, items), users, items, k, seen | ~allowed)


def piped(estimator):
    """Return a pipeline fitted on raw rows, beside them what must not be read."""
    frame = log().assign(rating=5.0)
    encoder = TableEncoder(categorical=["user", "item"], numeric=["age"], sequence=["genres"])
    return make_pipeline(encoder, estimator).fit(frame, (labels(frame) == "yes").astype(int))


def test_a_pipeline_recommends_from_raw_columns():
    model, users, items = piped(small(DeepFMClassifier, sequence_features=None)), people(), catalogue()
    users.loc[2, "age"] = np.nan
    lists = Recommender(model, items, user="user", item="item").recommend(users, 4)
    pairs = users.merge(items, how="cross").assign(rating=1.0)
    scores = model.decision_function(pairs).reshape(len(users), len(items))
    check_lists(lists, scores, users, items, 4, np.zeros(scores.shape, bool))
    assert not len(Recommender(model, items, user="user", item="item").recommend(users[:0], 4))


def test_statistics_of_columns_see_them_as_fit_did():
    """What encodes raw columns gets them as they are; `CategoryEncoder` alone may get each value once."""
    rows, users, items = log(), people()[:6], catalogue()[:6]
    encoder = TableEncoder(categorical=["user", "item"], statistics=CountEncoder())
    model = make_pipeline(encoder, small(FMClassifier, sequence_features=None))
    model.fit(rows, (labels(rows) == "yes").astype(int))
    scores = model.decision_function(users.merge(items, how="cross")).reshape(6, 6)
    lists = Recommender(model, items, user="user", item="item").recommend(users, 4)
    check_lists(lists, scores, users, items, 4, np.zeros((6, 6), bool))


@pytest.mark.parametrize("dtype", ["str", "object", "category"])
def test_values_are_looked_up_whatever_their_dtype(dtype):
    estimator, users, items = fitted(FMClassifier)
    lists = Recommender(estimator, items, user="user", item="item").recommend(users, 5)
    users, items = users.astype({"user": dtype}), items.astype({"item": dtype})
    again = Recommender(estimator, items, user="user", item="item").recommend(users, 5)
    assert again["item"].tolist() == lists["item"].tolist()
    assert again["score"].tolist() == lists["score"].tolist()


def test_represented_items_are_computed_once():
    """IntTower meets users with what it stored of items, and scores as it does row by row."""
    estimator, users, items = fitted(IntTowerClassifier)
    recommender = Recommender(estimator, items, user="user", item="item")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(IntTowerClassifier, "represent_items", None)
        patch.setattr(IntTowerClassifier, "decision_function", None)
        lists = recommender.recommend(users, 23)
    check_lists(lists, brute(estimator, users, items), users, items, 23, np.zeros((N_USERS, N_ITEMS), bool))


def test_any_estimator_with_named_columns_recommends():
    """One of scikit-learn's own, in whose rows the ids are not."""
    rng = np.random.default_rng(0)
    users = pd.DataFrame({"user": range(5), "age": rng.normal(size=5)})
    items = pd.DataFrame({"item": range(9), "price": rng.normal(size=9)})
    pairs = users.merge(items, how="cross")
    model = LogisticRegression().fit(pairs[["age", "price"]], rng.integers(0, 2, 45))
    scores = model.decision_function(pairs[["age", "price"]]).reshape(5, 9)
    lists = Recommender(model, items, user="user", item="item").recommend(users, 3)
    check_lists(lists, scores, users, items, 3, np.zeros(scores.shape, bool))


def test_ties_come_in_the_order_of_the_catalogue():
    """Items of one price score the same, however many pairs are scored at a time."""
    items = pd.DataFrame({"item": range(100), "price": np.repeat([1.0, 2.0, 3.0, 4.0], 25)})
    users = pd.DataFrame({"user": [1, 2], "age": [30.0, 40.0]})
    model = FMRegressor(random_state=0, max_epochs=5).fit(
        users.merge(items, how="cross")[["age", "price"]], [1.0] * 200
    )
    orders = []
    for pairs in (7, 2**17):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(_scores, "PAIRS", pairs)
            lists = Recommender(model, items, user="user", item="item").recommend(users, 60)
        assert (lists.groupby(["user", "score"])["item"].diff().dropna() > 0).all()
        orders.append(lists["item"].tolist())
    assert orders[0] == orders[1]


def test_all_items_excluded_for_a_user_is_a_shorter_list():
    estimator, users, items = fitted(MFClassifier)
    exclude = pd.DataFrame({"user": ["a"] * 6 + ["b"] * 4 + ["stranger"], "item": [*ITEMS, *ITEMS[:4], "elsewhere"]})
    lists = Recommender(estimator, items, user="user", item="item").recommend(users, 3, exclude=exclude)
    assert lists.groupby("user").size().to_dict() == {"b": 2, "c": 3, "d": 3, "e": 3, "f": 3}


def test_users_who_are_all_new_may_come_with_the_log_of_others():
    estimator, users, items = fitted(FMClassifier)
    lists = Recommender(estimator, items, user="user", item="item").recommend(users[6:], 5, exclude=log())
    assert lists.groupby("user").size().tolist() == [5] * 6


def test_ids_may_be_the_index():
    estimator, users, items = fitted(FMClassifier, user_features=None)
    recommender = Recommender(estimator, items, user="user", item="item")
    assert recommender.recommend(users.set_index("user", drop=False), 3).equals(recommender.recommend(users, 3))
    rows = log()
    model = small(FMClassifier, sequence_features=None).fit(rows[["age", "genres"]], labels(rows))
    ranked = Recommender(model, items, user="user", item="item")
    assert ranked.recommend(users.set_index("user"), 3).equals(ranked.recommend(users, 3))


@pytest.mark.parametrize("cls", [MFClassifier, TwoTowerClassifier])
def test_nobody_gets_no_list(cls):
    estimator, users, items = fitted(cls)
    lists = Recommender(estimator, items, user="user", item="item").recommend(users[:0], 3)
    assert list(lists) == ["user", "item", "score", "rank"]
    assert not len(lists)


def test_an_unknown_user_gets_what_is_popular_if_asked_for():
    estimator, _, items = fitted(MFClassifier)
    popularity = pd.Series({"w": 9, "u": 5, "elsewhere": 100, "v": 9})
    recommender = Recommender(estimator, items, user="user", item="item", popularity=popularity)
    exclude = pd.DataFrame({"user": ["new"], "item": ["u"]})
    lists = recommender.recommend(["a", "new"], 4, exclude=exclude)
    assert lists["user"].tolist() == ["a"] * 4 + ["new"] * 4
    assert lists["item"].tolist()[4:] == ["v", "w", "x", "y"]
    assert lists["score"].isna().tolist() == [False] * 4 + [True] * 4
    assert lists[:4].equals(Recommender(estimator, items, user="user", item="item").recommend(["a"], 4))


def test_new_users_and_items_are_served_by_their_features():
    estimator, users, items = fitted(FMClassifier)
    lists = Recommender(estimator, items, user="user", item="item").recommend(users[6:], 23)
    assert lists.groupby("user").size().tolist() == [23] * 6
    assert lists["score"].nunique() > 23


def test_a_filter_may_be_a_function_of_the_items():
    estimator, users, items = fitted(MFRegressor)
    recommender = Recommender(estimator, items, user="user", item="item")
    lists = recommender.recommend(users, 6, filter=lambda frame: frame["item"].isin(["u", "z"]).to_numpy())
    assert set(lists["item"]) == {"u", "z"}


def test_similar_items_point_the_same_way():
    estimator, _, items = fitted(MFClassifier)
    lists = Recommender(estimator, items[::-1], user="user", item="item").similar_items(["v", "x"], 5)
    vectors = estimator.embedding("item")[list(range(4))]
    unit = vectors.div(np.linalg.norm(vectors, axis=1), axis=0)
    assert list(lists) == ["item", "similar", "score", "rank"]
    recommender = Recommender(estimator, items, user="user", item="item")
    assert recommender.similar_items("v", 3).equals(recommender.similar_items(items[items["item"] == "v"], 3))
    for item, own in lists.groupby("item"):
        assert own["similar"].nunique() == 5
        assert item not in set(own["similar"])
        assert (own["score"].diff().dropna() <= 0).all()
        np.testing.assert_allclose(own["score"], unit.loc[own["similar"]] @ unit.loc[item], atol=1e-6)


@pytest.mark.parametrize("cls", [MFClassifier, FMClassifier])
def test_a_recommender_survives_joblib(cls, tmp_path):
    estimator, users, items = fitted(cls)
    recommender = Recommender(estimator, items, user="user", item="item")
    joblib.dump(recommender, tmp_path / "recommender.joblib")
    loaded = joblib.load(tmp_path / "recommender.joblib")
    assert loaded.recommend(users, 5).equals(recommender.recommend(users, 5))
    assert loaded.fingerprint == recommender.fingerprint


def test_the_fingerprint_is_of_the_model_and_of_the_items():
    estimator, _, items = fitted(FMClassifier)
    other, _, _ = fitted(FMClassifier, random_state=1)
    dearer = items.assign(genres=items["genres"][::-1].to_numpy())
    cases = [(estimator, items), (estimator, items.copy()), (other, items), (estimator, dearer), (estimator, items[:9])]
    marks = [Recommender(model, frame, user="user", item="item").fingerprint for model, frame in cases]
    assert marks[0] == marks[1]
    assert len(set(marks)) == 4


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"items": ["u", "v"]}, "Expected items as a frame, pandas, polars or Arrow, got list"),
        ({"items": catalogue().rename(columns={"item": "id"})}, "items has no column 'item', it has"),
        ({"items": pd.concat([catalogue()] * 2)}, "items has more than one row for the item 'u'; expected one an item"),
        ({"items": catalogue().assign(item=None)}, "Column 'item' of items has missing ids"),
        ({"items": catalogue()[:0]}, "Expected rows in items, got none"),
        (
            {"items": catalogue()[["item"]], "unknown_items": "error"},
            "FMClassifier knows nothing of 17 of 23 items, 'new0' for one, 'new1' and 'new2' for others; leave",
        ),
        ({"unknown_items": "keep"}, r"Expected unknown_items as one of \('drop', 'score', 'error'\), got 'keep'"),
        ({"unknown_users": None}, r"Expected unknown_users as one of \('drop', 'score', 'error'\), got None"),
        (
            {"unknown_users": "drop", "popularity": pd.Series({"u": 1})},
            "Expected popularity, which serves unknown users, or unknown_users, got both, 'drop'; leave one",
        ),
        ({"index": ExactIndex()}, "FMClassifier has no vectors for an index: no embed_users and embed_items"),
        ({"users": people().assign(genres=1)}, r"Expected each column in users or in items, got \['genres'\] in both"),
        ({"users": people()[["user"]]}, r"fitted on in users or in items, got \['age'\] in neither"),
        ({"users": pd.concat([people()] * 2)}, "Expected each user once, got 'a' more than once; drop_duplicates"),
        ({"users": people().rename(columns={"user": "id"})}, "users has no column 'user', nor an index of that name"),
        ({"index": "exact"}, r"as an ExactIndex\(\), an ApproximateIndex\(\) or a ShardedIndex\(\), got 'exact'"),
        ({"popularity": True}, "Expected popularity as a Series of counts by item, such as .*, got bool"),
        ({"popularity": pd.Series([1], ["no"])}, "Expected popularity by the ids of the catalogue, like 'u', got none"),
        (
            {"popularity": pd.Series([1, 2])},
            "The index of popularity: expected text such as 'u', as in the catalogue, got integers such as 0; these",
        ),
        (
            {"users": people().assign(age=None, user=list("mnopqrstuvwx"))},
            "knows nothing of 12 of 12 users, 'm' for one",
        ),
        ({"k": 24}, "Expected k of at most the 23 items of the catalogue, got 24"),
        ({"k": 0}, "Expected k as an int of at least 1, got 0"),
        ({"exclude": [1]}, "Expected exclude as a frame, pandas, polars or Arrow, got list"),
        ({"exclude": log()[["user"]]}, "exclude has no column 'item'"),
        (
            {"exclude": pd.DataFrame({"user": ["a"], "item": ["no"]})},
            "Expected items of the catalogue in exclude, got none, 'no' for one; the catalogue has ids like 'u'",
        ),
        (
            {"exclude": pd.DataFrame({"user": ["a"], "item": [3]})},
            "Column 'item' of exclude: expected text such as 'u', as in the catalogue, got integers such as 3; these",
        ),
        (
            {"exclude": pd.DataFrame({"user": [1, 2], "item": ["u", "v"]})},
            "Column 'user' of exclude: expected text such as 'a', as in users, got integers such as 1; these are never",
        ),
        ({"filter": ["u"]}, r"Expected filter as 23 booleans, .*; items\[...\].isin\(ids\) makes them from ids"),
        ({"filter": lambda frame: frame["item"]}, "Expected filter as 23 booleans, one for each item, got"),
    ],
)
def test_bad_input(change, message):
    options = {"users": people(), "k": 3, "items": catalogue(), **change}
    users, k = options.pop("users"), options.pop("k")
    asked = {name: options.pop(name) for name in ("exclude", "filter") if name in options}
    with pytest.raises((ValueError, TypeError), match=message):
        Recommender(fitted(FMClassifier)[0], user="user", item="item", **options).recommend(users, k, **asked)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda r: r.recommend(["a", "new"], 2),
            "MFClassifier knows nothing of 1 of 2 users, 'new' for one; leave them out",
        ),
        (lambda r: r.similar_items(["elsewhere"], 2), "Expected ids of the catalogue, got 'elsewhere'"),
        (lambda r: r.similar_items(["u"], 6), "Expected k of at most the 5 items"),
    ],
)
def test_a_model_of_ids_says_what_it_cannot(call, message):
    estimator, _, items = fitted(MFClassifier)
    with pytest.raises(ValueError, match=message):
        call(Recommender(estimator, items, user="user", item="item"))


@pytest.mark.parametrize("cls", [MFClassifier, NeuMFClassifier], ids=lambda cls: cls.__name__)
def test_ids_in_an_enum_are_those_of_integers(cls):
    log = pd.DataFrame({"user_id": [9, 9, 10, 10, 8, 8], "item_id": [99, 100, 101, 99, 98, 101]})
    model = cls(n_negatives=1, max_epochs=2, random_state=0).fit(log, np.ones(len(log)))
    items, users = log[["item_id"]].drop_duplicates(), log[["user_id"]].drop_duplicates()

    def enum(frame):
        text = pl.from_pandas(frame.astype(str))
        return text.with_columns(pl.col(name).cast(pl.Enum(text[name].unique().sort())) for name in text.columns)

    recommender, of_text = Recommender(model, items), Recommender(model, enum(items))
    for exclude in (None, log[:2], enum(log[:2])):
        expected = recommender.recommend(users, 3, exclude=exclude)
        found = of_text.recommend(enum(users), 3, exclude=exclude)
        assert found["item_id"].tolist() == expected["item_id"].astype(str).tolist()
        np.testing.assert_array_equal(found["score"], expected["score"])
    similar = of_text.similar_items([100, 99], 2)
    assert similar["similar"].tolist() == recommender.similar_items([100, 99], 2)["similar"].astype(str).tolist()
    assert similar.equals(of_text.similar_items([100.0, 99.0], 2).astype({"item_id": "int64"}))


def test_an_estimator_without_vectors_has_no_similar_items():
    frame = pd.DataFrame({"age": [1.0, 2.0, 3.0], "price": [3.0, 1.0, 2.0]})
    model = LogisticRegression().fit(frame, [0, 1, 1])
    recommender = Recommender(model, pd.DataFrame({"item_id": [1, 2], "price": [1.0, 2.0]}))
    with pytest.raises(TypeError, match="LogisticRegression has no vectors of items"):
        recommender.similar_items([1], 1)


def test_scores_of_many_classes_cannot_rank():
    frame, items = log(), catalogue()
    model = small(FMClassifier, sequence_features=None).fit(frame, np.arange(len(frame)) % 3)
    with pytest.raises(ValueError, match="Expected one score a row, got 3 classes from FMClassifier"):
        Recommender(model, items, user="user", item="item")


def test_scores_of_several_targets_cannot_rank():
    frame, items = log(), catalogue()
    y = np.c_[np.arange(len(frame)) % 2, np.arange(len(frame)) % 3 > 0].astype(int)
    for cls in (MMoEClassifier, MMoERegressor):
        model = small(cls, sequence_features=None).fit(frame, y)
        with pytest.raises(ValueError, match=f"Expected one score a row, got several targets from {cls.__name__}"):
            Recommender(model, items, user="user", item="item")


def test_an_estimator_fitted_on_an_array_has_no_columns_to_fill():
    model = LogisticRegression().fit(np.eye(3), [0, 1, 1])
    with pytest.raises(ValueError, match="fitted on a frame with names, got LogisticRegression without"):
        Recommender(model, pd.DataFrame({"item_id": [1]}))


def two_tower(*steps):
    """Return a fitted two-tower model behind `steps`."""
    frame = log()
    model = small(TwoTowerClassifier, user_features=["user", "age"], sequence_features=None)
    return make_pipeline(*steps, model).fit(frame, (labels(frame) == "yes").astype(int))


def test_towers_in_a_pipeline_go_through_an_index():
    """A side is encoded with nothing known of the other."""
    encoder = TableEncoder(categorical=["user", "item"], numeric=["age"], sequence=["genres"])
    model, users, items = two_tower(encoder), people(), catalogue()
    recommender = Recommender(model, items, user="user", item="item")
    scores = model.decision_function(users.merge(items, how="cross")).reshape(len(users), len(items))
    assert isinstance(recommender.index_, ExactIndex)
    check_lists(recommender.recommend(users, 5), scores, users, items, 5, np.zeros(scores.shape, bool))
    assert recommender.similar_items(["u", "new3"], 4)["similar"].isin(items["item"]).all()


@pytest.mark.parametrize("cls", [ExactIndex, ApproximateIndex])
def test_an_index_is_kept_for_the_model_and_the_items_that_it_is_from(cls, tmp_path):
    model, users, items = two_tower(), people(), catalogue()
    recommender = Recommender(model, items, user="user", item="item", index=cls())
    recommender.index_.save(tmp_path / "items.index")
    index = cls.load(tmp_path / "items.index", fingerprint=recommender.fingerprint)
    again = Recommender(model, items, user="user", item="item", index=index)
    assert again.recommend(users, 4).equals(recommender.recommend(users, 4))
    message = "Expected an index of this model and these items"
    with pytest.raises(ValueError, match=message):
        Recommender(two_tower(), items[::-1], user="user", item="item", index=index)
    model[-1].set_params(random_state=1).fit(log(), labels(log()))
    with pytest.raises(ValueError, match=message):
        Recommender(model, items, user="user", item="item", index=index)
