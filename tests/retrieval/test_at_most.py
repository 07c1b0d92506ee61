"""At most so many items of a list that share a value."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skrec.baselines import ItemKNN
from skrec.retrieval import Recommender

pytestmark = pytest.mark.fast

N_USERS, N_ITEMS = 6, 15


def make(seed):
    """Return a recommender, its catalogue of two columns beside the id, and users."""
    rng = np.random.default_rng(seed)
    log = pd.DataFrame({"user_id": rng.integers(0, N_USERS, 60), "item_id": rng.integers(0, N_ITEMS, 60)}).astype(str)
    items = log[["item_id"]].drop_duplicates(ignore_index=True)
    items["kind"] = rng.choice(np.array(["a", "b", "c", None], object), len(items))
    items["brand"] = rng.integers(0, 3, len(items))
    return Recommender(ItemKNN().fit(log), items), items, sorted(set(log["user_id"]))


@settings(max_examples=15, deadline=None)
@given(
    seed=st.integers(0, 50),
    k=st.integers(1, 8),
    at_most=st.dictionaries(st.sampled_from(["kind", "brand"]), st.integers(1, 3), min_size=1),
)
def test_lists_are_those_of_a_loop_over_all_items(seed, k, at_most):
    recommender, items, users = make(seed)
    k = min(k, len(items))
    lists, ranking = recommender.recommend(users, k, at_most=at_most), recommender.recommend(users, len(items))
    values = items.set_index("item_id")
    for user in users:
        taken = []
        for item in ranking.loc[ranking["user_id"] == user, "item_id"]:
            full = any(
                pd.notna(values.loc[item, name])
                and sum(values.loc[i, name] == values.loc[item, name] for i in taken) >= n
                for name, n in at_most.items()
            )
            taken += [] if full or len(taken) == k else [item]
        own = lists[lists["user_id"] == user]
        assert own["item_id"].tolist() == taken
        assert own["rank"].tolist() == list(range(1, len(taken) + 1))


def test_what_cannot_be_is_refused():
    recommender, _, users = make(0)
    with pytest.raises(ValueError, match="at_most names 'shelf', which is no column of items"):
        recommender.recommend(users, 2, at_most={"shelf": 1})
    with pytest.raises(ValueError, match=r"at_most\['kind'\] as an int of at least 1, got 0"):
        recommender.recommend(users, 2, at_most={"kind": 0})
