"""Several interests of a user: two at a time, and lists by the best of them."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skrec import MINDClassifier
from skrec.retrieval import Recommender
from tests.estimators.test_next_item import NEXT, small, walks, whole

FITTED = {}


def model():
    if not FITTED:
        FITTED["model"] = small(MINDClassifier).fit(whole(walks()), np.ones(60))
    return FITTED["model"]


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 99), k=st.integers(1, 4), several=st.booleans())
def test_lists_rank_by_the_best_interest(seed, k, several):
    """Against the scores of all pairs, of a user at a time and with what is excluded."""
    rng, items = np.random.default_rng(seed), pd.DataFrame({"item": list(NEXT)})
    users = pd.DataFrame({"user_id": range(7 if several else 1)})
    users["items"] = [list(rng.choice(list(NEXT), rng.integers(1, 5))) for _ in range(len(users))]
    seen = rng.random((len(users), 4)) < 0.3
    u, i = np.nonzero(seen)
    exclude = pd.DataFrame({"user_id": u, "item": items["item"].to_numpy()[i]})
    lists = Recommender(model(), items, item="item").recommend(users, k, exclude=exclude)
    scores = model().decision_function(users[["items"]].merge(items, how="cross")).reshape(-1, 4)
    scores = np.where(seen, -np.inf, scores - float(model().net_.module_.bias.detach()))
    for user in users["user_id"]:
        own = lists[lists["user_id"] == user]
        order = np.argsort(-scores[user], kind="stable")[: min(k, (~seen[user]).sum())]
        assert own["item"].tolist() == [list(NEXT)[place] for place in order]
        np.testing.assert_allclose(own["score"], scores[user, order], rtol=1e-4, atol=1e-5)


def test_a_user_of_two_worlds_is_near_both():
    """Half of the users go round in one world, half in another: who was in both gets items of both at the top."""
    rng, rounds = np.random.default_rng(0), [[f"{world}{i}" for i in range(6)] for world in "ab"]
    sequences = [list(rng.permutation(rounds[row % 2])) for row in range(120)]
    mind = MINDClassifier(
        sequence_features={"items": "item"},
        embedding_dim=8,
        n_interests=2,
        lr=0.02,
        max_epochs=20,
        batch_size=20,
        dropout=0.0,
        random_state=0,
    ).fit(whole(sequences), np.ones(120))
    users = pd.DataFrame({"user_id": [0], "items": [["a0", "b0", "a1", "b1"]]})
    items = pd.DataFrame({"item": [*rounds[0], *rounds[1]]})
    exclude = pd.DataFrame({"user_id": 0, "item": ["a0", "b0", "a1", "b1"]})
    lists = Recommender(mind, items, item="item").recommend(users, 6, exclude=exclude)
    assert {item[0] for item in lists["item"]} == {"a", "b"}


def test_softer_attention_learns_too():
    soft = small(MINDClassifier, sharpness=2.0).fit(whole(walks()), np.ones(60))
    assert soft.history_["train_loss"].iloc[-1] < soft.history_["train_loss"].iloc[0]


@pytest.mark.parametrize("value", [-1.0, float("nan")])
def test_what_cannot_be_is_refused(value):
    with pytest.raises(ValueError, match="'sharpness' parameter of MINDClassifier must be"):
        small(MINDClassifier, sharpness=value).fit(whole(walks()), np.ones(60))
