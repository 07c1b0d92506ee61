"""Baselines against their formulas in loops, and through what recommends and measures."""

import numpy as np
import pandas as pd
import pytest

from skrec.baselines import ALS, EASE, ItemKNN, Popularity
from skrec.metrics import evaluate_ranking
from skrec.retrieval import Recommender

pytestmark = pytest.mark.fast

MODELS = [Popularity, ItemKNN, EASE, ALS]
every = pytest.mark.parametrize("cls", MODELS)


def log(n_rows=80, seed=0):
    """Return who took what, some of it twice."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({"user_id": rng.integers(0, 12, n_rows), "item_id": rng.integers(100, 109, n_rows)})
    return frame.astype(str).assign(day=rng.integers(0, 30, n_rows))


def taken(frame):
    """Return the matrix of who took what, and its users and items in order."""
    users, items = sorted(set(frame["user_id"])), sorted(set(frame["item_id"]))
    matrix = np.zeros((len(users), len(items)))
    for user, item in zip(frame["user_id"], frame["item_id"], strict=True):
        matrix[users.index(user), items.index(item)] = 1
    return matrix, users, items


def ids(frame):
    return frame[["user_id", "item_id"]]


def grid(users, items):
    return pd.DataFrame({"user_id": np.repeat(users, len(items)), "item_id": np.tile(items, len(users))})


def seeded(cls):
    return cls(random_state=0) if "random_state" in cls().get_params() else cls()


def scores(model, frame):
    matrix, users, items = taken(frame)
    return model.fit(ids(frame)).decision_function(grid(users, items)).reshape(matrix.shape)


@pytest.mark.parametrize("l2", [0.5, 20.0])
def test_ease_is_the_least_squares_map_without_a_diagonal(l2):
    """Each column of B by itself: a ridge regression of an item on all others."""
    frame = log()
    matrix, _, items = taken(frame)
    weights = np.zeros((len(items), len(items)))
    for i in range(len(items)):
        others = [j for j in range(len(items)) if j != i]
        X = matrix[:, others]
        weights[others, i] = np.linalg.solve(X.T @ X + l2 * np.eye(len(others)), X.T @ matrix[:, i])
    np.testing.assert_allclose(scores(EASE(l2=l2), frame), matrix @ weights, rtol=1e-5, atol=1e-6)


def test_ease_has_the_numbers_of_rectools():
    """Of RecTools 0.19.0, EASEModel(regularization=20.0), float32: the scores of the first two users."""
    expected = [
        [0.500014, 0.137285, 0.418074, 0.461563, 0.3269, 0.618181, 0.57364, 0.396892, 0.574214],
        [0.024615, 0.13146, 0.069964, 0.141008, 0.143665, 0.17175, 0.242705, 0.187787, 0.201135],
    ]
    np.testing.assert_allclose(scores(EASE(l2=20.0), log())[:2], expected, atol=2e-6)


@pytest.mark.parametrize("n_neighbors", [3, 100])
@pytest.mark.parametrize("shrinkage", [0.0, 2.0])
def test_neighbours_are_items_of_the_same_users(n_neighbors, shrinkage):
    frame = log()
    matrix, users, items = taken(frame)
    near = np.zeros((len(items), len(items)))
    for i in range(len(items)):
        found = {}
        for j in range(len(items)):
            both = sum(matrix[u, i] * matrix[u, j] for u in range(len(users)))
            if i != j and both:
                found[j] = both / (np.sqrt(matrix[:, i].sum()) * np.sqrt(matrix[:, j].sum()) + shrinkage)
        for j in sorted(found, key=lambda j: (-found[j], j))[:n_neighbors]:
            near[j, i] = found[j]
    model = ItemKNN(n_neighbors=n_neighbors, shrinkage=shrinkage)
    np.testing.assert_allclose(scores(model, frame), matrix @ near, rtol=1e-12)


def test_popularity_counts_rows_and_later_ones_more():
    frame = log()
    counts = frame["item_id"].value_counts()
    row = Popularity().fit(ids(frame)).decision_function(grid(["0"], counts.index))
    np.testing.assert_array_equal(row, counts)
    weight = 0.5 ** ((frame["day"].max() - frame["day"]) / 7)
    for days in (frame["day"], pd.to_datetime("2026-01-01") + pd.to_timedelta(frame["day"], unit="D")):
        model = Popularity(user="user_id", item="item_id", time="day", half_life=7.0).fit(frame.assign(day=days))
        expected = weight.groupby(frame["item_id"]).sum()
        np.testing.assert_allclose(model.decision_function(grid(["0"], expected.index)), expected)
    with pytest.raises(ValueError, match="time and half_life together, got time='day' and half_life=None"):
        Popularity(user="user_id", item="item_id", time="day").fit(frame)


@every
def test_lists_and_metrics_come_as_of_every_model(cls):
    frame = log()
    train, test = ids(frame)[:60], ids(frame)[60:]
    test = test[test["user_id"].isin(train["user_id"])].drop_duplicates()
    model = cls().fit(train)
    items = train[["item_id"]].drop_duplicates(ignore_index=True)
    recommender = Recommender(model, items)
    lists = recommender.recommend(["1", "2"], 3, exclude=train)
    pairs = lists[["user_id", "item_id"]]
    np.testing.assert_allclose(model.decision_function(pairs), lists["score"])
    assert not set(pairs.itertuples(index=False, name=None)) & set(train.itertuples(index=False, name=None))
    table = evaluate_ranking(recommender, test, k=[3], exclude=train)
    assert 0 <= table["recall"].iloc[0] <= 1
    with pytest.raises(ValueError, match=f"{cls.__name__} knows nothing of 1 of 1 users, 'nobody'"):
        recommender.recommend(["nobody"], 3)


@every
def test_what_is_unknown_scores_nothing(cls):
    model = cls().fit(ids(log()))
    unknown = pd.DataFrame({"user_id": ["nobody", "1"], "item_id": ["100", "nothing"]})
    assert model.decision_function(unknown)[1] == 0
    assert cls is Popularity or model.decision_function(unknown)[0] == 0


@every
def test_rows_without_a_user_or_an_item_are_left_out(cls):
    frame = ids(log())
    holed = pd.concat([frame, pd.DataFrame({"user_id": [None, "1"], "item_id": ["100", None]})], ignore_index=True)
    pairs = grid(["1", "2"], sorted(set(frame["item_id"])))
    one, other = (seeded(cls).fit(rows).decision_function(pairs) for rows in (holed, frame))
    np.testing.assert_array_equal(one, other)
    with pytest.raises(ValueError, match=f"{cls.__name__} needs rows with a user and an item, got none"):
        cls().fit(holed[-2:])
