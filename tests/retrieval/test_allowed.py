"""Items allowed for each user, against a loop over all pairs."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from skrec import FMClassifier, TwoTowerClassifier
from skrec.baselines import ItemKNN
from skrec.metrics import evaluate_ranking
from skrec.retrieval import ApproximateIndex, Recommender, _allowed
from tests.retrieval.cases import brute, catalogue, check_lists, fitted, people
from tests.retrieval.test_at_most import make

REGIONS = ["north", "south", "east", None]
pytestmark = pytest.mark.filterwarnings("ignore:k=.* is above the .* items")
MODELS = {}


def model_of(name):
    """Return a recommender, its users and items and the scores of all pairs: by pairs, or by an index."""
    if name not in MODELS:
        estimator, users, items = fitted({"pairs": FMClassifier}.get(name, TwoTowerClassifier))
        rng = np.random.default_rng(4)
        users = users.assign(
            home=rng.choice(np.array(REGIONS, object), len(users)), tier=rng.integers(0, 2, len(users))
        )
        sold = [list(rng.choice(["north", "south", "east"], rng.integers(0, 4))) for _ in range(len(items))]
        items = items.assign(sold_in=sold, level=rng.integers(0, 3, len(items)))
        index = ApproximateIndex(n_lists=2, n_probe=2) if name == "approximate" else None
        recommender = Recommender(estimator, items, user="user", item="item", index=index)
        MODELS[name] = recommender, users, items, brute(estimator, people(), catalogue())
    return MODELS[name]


def rule(kind, users, items, rng):
    """Return what `allow` is given, and which pairs it allows by a loop."""
    pairs = rng.random((len(users), len(items))) < rng.choice([0.1, 0.6])
    if kind == "columns":
        columns = {"home": "sold_in", "tier": "level"} if rng.random() < 0.5 else {"home": "sold_in"}
        for u, one in enumerate(users.to_dict("records")):
            for i, other in enumerate(items.to_dict("records")):
                pairs[u, i] = one["home"] is not None and one["home"] in other["sold_in"]
                pairs[u, i] &= len(columns) == 1 or one["tier"] == other["level"]
        return columns, pairs
    if kind == "frame":
        u, i = np.nonzero(pairs)
        more = pd.DataFrame({"user": ["stranger"], "item": ["elsewhere"]})
        frame = pd.DataFrame({"user": users["user"].to_numpy()[u], "item": items["item"].to_numpy()[i]})
        return pd.concat([frame, more], ignore_index=True), pairs
    return (sparse.coo_array(pairs) if kind == "sparse" else pairs), pairs


@pytest.mark.parametrize("model", ["pairs", "exact", "approximate"])
@settings(max_examples=10, deadline=None)
@given(
    kind=st.sampled_from(["columns", "frame", "array", "sparse"]),
    seed=st.integers(0, 99),
    k=st.integers(1, 23),
    together=st.sampled_from([0, 2, 16]),
)
def test_lists_are_those_of_a_loop_over_all_pairs(model, kind, seed, k, together):
    if model == "approximate":
        pytest.importorskip("faiss")
    recommender, users, items, scores = model_of(model)
    rng = np.random.default_rng(seed)
    allow, may = rule(kind, users, items, rng)
    stocked, seen = rng.random(len(items)) < 0.8, rng.random(may.shape) < 0.2
    u, i = np.nonzero(seen)
    exclude = pd.DataFrame({"user": users["user"].to_numpy()[u], "item": items["item"].to_numpy()[i]})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_allowed, "TOGETHER", together)
        lists = recommender.recommend(users, k, exclude=exclude, filter=stocked, allow=allow)
    check_lists(lists, scores, users, items, k, ~may | seen | ~stocked)


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 50), k=st.integers(1, 8), limit=st.integers(1, 2))
def test_rules_hold_together(seed, k, limit):
    recommender, items, users = make(seed)
    k, rng = min(k, len(items)), np.random.default_rng(seed)
    allow = rng.random((len(users), len(items))) < 0.6
    lists = recommender.recommend(users, k, allow=allow, at_most={"brand": limit})
    ranking, brands = recommender.recommend(users, len(items)), items.set_index("item_id")["brand"]
    place = pd.Index(items["item_id"])
    for u, user in enumerate(users):
        taken = []
        for item in ranking.loc[ranking["user_id"] == user, "item_id"]:
            room = sum(brands[other] == brands[item] for other in taken) < limit
            taken += [item] if allow[u, place.get_loc(item)] and room and len(taken) < k else []
        assert lists.loc[lists["user_id"] == user, "item_id"].tolist() == taken


def test_what_is_popular_keeps_to_the_rules_too():
    log = pd.DataFrame({"user_id": list("aabb"), "item_id": list("uvvw")})
    items = pd.DataFrame({"item_id": list("uvw"), "region": ["n", "s", "s"]})
    recommender = Recommender(ItemKNN().fit(log), items, popularity=log["item_id"].value_counts())
    users = pd.DataFrame({"user_id": ["z", "a"], "home": ["n", "s"]})
    lists = recommender.recommend(users, 2, allow={"home": "region"})
    assert lists["user_id"].tolist() == ["z", "a", "a"]
    assert lists["item_id"].tolist() == ["u", "v", "w"]
    assert lists["score"].isna().tolist() == [True, False, False]
    assert not len(recommender.recommend(users[:0], 2, allow={"home": "region"}))


def test_metrics_are_of_lists_that_keep_to_the_rules():
    recommender, items, users = make(0)
    test = pd.DataFrame({"user_id": users, "item_id": items["item_id"].iloc[: len(users)].to_numpy()})
    allow = test.iloc[1:]
    table = evaluate_ranking(recommender, test, k=[2], allow=allow)
    assert table["hit_rate"].iloc[0] == 1 - 1 / len(users)


@pytest.mark.filterwarnings("error")
def test_k_above_what_is_allowed_is_said():
    recommender, items, users = make(0)
    allow = np.ones((len(users), len(items)), bool)
    allow[1:3, 2:] = False
    allow[1, 1] = False
    message = f"k=3 is above the 1 items that user '{users[1]}' may get by allow, and so for 2 of {len(users)} users"
    with pytest.warns(UserWarning, match=message):
        recommender.recommend(users, 3, allow=allow)


def test_what_cannot_be_is_refused():
    recommender, items, users = make(0)
    items = recommender.items
    cases = [
        ({"home": "brand"}, ValueError, "names 'home', which is no column of users; it has .'user_id'."),
        ({"user_id": "sold"}, ValueError, "names 'sold', which is no column of items; it has"),
        ({"user_id": "brand"}, TypeError, "Column 'brand' of items"),
        ({}, ValueError, r"\{column of users: column of items\}, got no column; leave allow out"),
        (np.ones((2, 2), bool), ValueError, rf"booleans of shape \({len(users)}, {len(items)}\), .* got bool of shape"),
        (np.ones((len(users), len(items))), ValueError, "got float64 of shape"),
        (items[["item_id"]], ValueError, "allow has no column 'user_id', it has"),
        (
            pd.DataFrame({"user_id": users[:1], "item_id": ["x"]}),
            ValueError,
            "catalogue in allow, got none, 'x' for one",
        ),
        ("all", TypeError, "Expected allow as a frame of pairs, a dict .* got str"),
    ]
    for allow, error, message in cases:
        with pytest.raises(error, match=message):
            recommender.recommend(users, 2, allow=allow)
