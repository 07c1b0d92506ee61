"""Lists whose items differ, against a loop over all pairs of items."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skrec import MFClassifier
from skrec.baselines import ItemKNN
from skrec.retrieval import MMR, Recommender
from tests.retrieval.test_at_most import make

pytestmark = pytest.mark.fast


def by_loop(scores, alike, k, share, n_candidates, has_room):
    """Return the list, positions, of items in the order of their scores (n,); alike (n, n)."""
    near, taken = range(min(n_candidates, len(scores))), []
    low, high = scores[near[-1]], scores[0]
    while len(taken) < k:
        best, found = -np.inf, None
        for i in near:
            worth = (scores[i] - low) / (high - low) if high > low else 0.0
            margin = (1 - share) * worth - share * max([alike[i][j] for j in taken], default=0.0)
            if i not in taken and has_room(i, taken) and margin > best + 1e-12:
                best, found = margin, i
        if found is None:
            further = (i for i in range(len(near), len(scores)) if i not in taken and has_room(i, taken))
            found = next(further, None)
        if found is None:
            return taken
        taken.append(found)
    return taken


@settings(max_examples=12, deadline=None)
@given(
    seed=st.integers(0, 50),
    k=st.integers(1, 8),
    share=st.sampled_from([0.0, 0.3, 0.7]),
    by=st.sampled_from(["kind", ["kind", "brand"], ["tags"]]),
    n_candidates=st.sampled_from([1, 4, 100]),
    limit=st.sampled_from([None, 1, 2]),
)
def test_lists_are_those_of_a_loop_over_all_pairs(seed, k, share, by, n_candidates, limit):
    recommender, items, users = make(seed)
    rng = np.random.default_rng(seed)
    recommender.items["tags"] = [list(rng.choice(list("pqrs"), rng.integers(0, 4))) for _ in range(len(items))]
    items, k = recommender.items.set_index("item_id"), min(k, len(items))
    at_most = None if limit is None else {"brand": limit}
    lists = recommender.recommend(users, k, diversity=MMR(share, by, n_candidates), at_most=at_most)
    ranking = recommender.recommend(users, len(items))
    names = [by] if isinstance(by, str) else by

    def values(item, name):
        cell = items.loc[item, name]
        return set(cell) if isinstance(cell, list) else {cell} - {None, np.nan}

    for user in users:
        order = ranking.loc[ranking["user_id"] == user, "item_id"].tolist()
        scores = ranking.loc[ranking["user_id"] == user, "score"].to_numpy()
        alike = [
            [
                np.mean([len(values(i, n) & values(j, n)) / max(len(values(i, n) | values(j, n)), 1) for n in names])
                for j in order
            ]
            for i in order
        ]

        def has_room(i, taken, order=order):
            return (
                limit is None
                or sum(items.loc[order[i], "brand"] == items.loc[order[j], "brand"] for j in taken) < limit
            )

        found = lists.loc[lists["user_id"] == user, "item_id"].tolist()
        assert found == [order[i] for i in by_loop(scores, alike, k, share, n_candidates, has_room)]


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 20), k=st.integers(1, 6))
def test_vectors_say_how_alike_items_are(seed, k):
    rng = np.random.default_rng(seed)
    log = pd.DataFrame({"user_id": rng.integers(0, 5, 40), "item_id": rng.integers(0, 9, 40)}).astype(str)
    model = MFClassifier(n_negatives=1, embedding_dim=3, max_epochs=3, random_state=seed).fit(log, [1] * 40)
    items = log[["item_id"]].drop_duplicates(ignore_index=True)
    recommender, users = Recommender(model, items), sorted(set(log["user_id"]))
    lists, ranking = recommender.recommend(users, k, diversity=0.4), recommender.recommend(users, len(items))
    vectors = model.embedding("item_id").drop(columns="bias")
    for user in users:
        order = ranking.loc[ranking["user_id"] == user, "item_id"].tolist()
        unit = vectors.loc[order].to_numpy(np.float64)
        unit = unit / np.linalg.norm(unit, axis=1, keepdims=True)
        scores = ranking.loc[ranking["user_id"] == user, "score"].to_numpy()
        taken = by_loop(scores, unit @ unit.T, k, 0.4, 100, lambda *_: True)
        assert lists.loc[lists["user_id"] == user, "item_id"].tolist() == [order[i] for i in taken]
        own = lists.loc[lists["user_id"] == user].set_index("item_id")["score"]
        np.testing.assert_allclose(own, scores[taken])


def test_what_is_popular_is_diverse_too():
    log = pd.DataFrame({"user_id": list("aaabbbcc"), "item_id": list("uvwuvwuv")})
    items = pd.DataFrame({"item_id": list("uvw"), "kind": ["x", "x", "y"]})
    recommender = Recommender(ItemKNN().fit(log), items, popularity=log["item_id"].value_counts())
    lists = recommender.recommend(["nobody"], 2, diversity=MMR(0.6, by="kind"))
    assert lists["item_id"].tolist() == ["u", "w"]
    assert lists["score"].isna().all()


def test_what_cannot_be_is_refused():
    recommender, _, users = make(0)
    cases = [
        (1.0, ValueError, "Expected diversity of at least 0 and below 1, got 1.0"),
        ("much", TypeError, r"Expected diversity as a float or an MMR\(...\), got 'much'"),
        (MMR(0.5, by="shelf"), ValueError, r"MMR\(by=...\) names 'shelf', which is no column of items; it has"),
        (MMR(0.5, n_candidates=0), ValueError, "n_candidates of MMR as an int of at least 1, got 0"),
        (0.5, TypeError, r"ItemKNN has no vectors of items: .* MMR\(by=...\) names columns"),
    ]
    for diversity, error, message in cases:
        with pytest.raises(error, match=message):
            recommender.recommend(users, 2, diversity=diversity)
