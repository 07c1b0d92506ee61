"""Metrics beside numbers that other libraries gave for the same lists, and the definitions in which they differ."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skrec.metrics import (
    catalogue_coverage,
    hit_rate_at_k,
    map_at_k,
    mrr_at_k,
    ndcg_at_k,
    novelty,
    precision_at_k,
    recall_at_k,
)

pytestmark = pytest.mark.fast
LOG = pd.DataFrame({"user": list("aaabbccccd"), "item": list("uvwuvuwxyu")})
LISTS = pd.DataFrame({"user": list("aaabbbccd"), "item": list("xyzwxyvzv"), "rank": [1, 2, 3, 1, 2, 3, 1, 2, 1]})
TAKEN = {"a": "xzyv", "b": "v", "c": "zyx", "d": "u"}
ITEMS = list("uvwxyz")

# RecTools 0.19.0, the mean over users, at k of 2 and 3; NDCG with divide_by_achievable
RECTOOLS = {
    ndcg_at_k: (0.3467132018086354, 0.3240204777414663),
    mrr_at_k: (0.375, 0.375),
    recall_at_k: (0.20833333333333331, 0.2708333333333333),
    precision_at_k: (0.375, 0.3333333333333333),
    hit_rate_at_k: (0.5, 0.5),
}
OF_MAP = {2: {"a": 0.5, "b": 0, "c": 1 / 6, "d": 0}, 3: {"a": 0.75, "b": 0, "c": 1 / 6, "d": 0}}  # the same, by user
MIUF = 1.5416666666666667  # RecTools' MeanInvUserFreq(k=3)


def matrices():
    """Return what was taken and scores by rank, -inf of what is not in a list, (n_users, n_items)."""
    y_true = np.array([[item in taken for item in ITEMS] for taken in TAKEN.values()], dtype=int)
    y_score = np.full(y_true.shape, -np.inf)
    for row in LISTS.itertuples():
        y_score[list(TAKEN).index(row.user), ITEMS.index(row.item)] = -row.rank
    return y_true, y_score


@pytest.mark.parametrize("ours", list(RECTOOLS), ids=lambda metric: metric.__name__)
def test_is_that_of_rectools(ours):
    found = [ours(*matrices(), k=k) for k in (2, 3)]
    assert found == pytest.approx(RECTOOLS[ours])


@pytest.mark.parametrize("k", [2, 3])
def test_map_of_rectools_has_another_divisor(k):
    expected = [OF_MAP[k][user] * len(taken) / min(k, len(taken)) for user, taken in TAKEN.items()]
    assert map_at_k(*matrices(), k=k) == pytest.approx(np.mean(expected))


def test_coverage_is_that_of_rectools_and_recommenders():
    """RecTools' 5 of 6 of these lists; recommenders' .8 by its own tests, of the five items of its log."""
    assert catalogue_coverage(LISTS["item"], ITEMS) == pytest.approx(0.8333333333333334)
    assert catalogue_coverage([3, 5, 2, 5, 1, 2], range(1, 6)) == 0.8


def test_novelty_of_rectools_counts_users_in_place_of_events():
    """No pair comes twice in the log: the two differ by what they divide by."""
    found = novelty(LISTS["item"], LOG["item"], groups=LISTS["user"])
    assert found - np.log2(len(LOG) / LOG["user"].nunique()) == pytest.approx(MIUF)


def test_novelty_of_recommenders_is_the_mean_over_rows():
    """Its 2.8333 of three lists of two, by its own tests; items 1, 2 and 5 are taken once in eight, 3 twice."""
    items, taken = [3, 5, 2, 5, 1, 2], [1, 2, 4, 3, 4, 3, 4, 5]
    assert novelty(items, taken, groups=[1, 1, 2, 2, 3, 3]) == pytest.approx(2.83333, abs=1e-5)


@given(st.lists(st.tuples(st.sampled_from("uv"), st.sampled_from("abcd")), min_size=1), st.text("abc", min_size=1))
@settings(deadline=None, max_examples=30)
def test_novelty_is_its_definition(rows, taken):
    """The self-information of an item, by how often it was taken, in loops."""
    of_lists = []
    for name in sorted({group for group, _ in rows}):
        bits = [-np.log2(max(taken.count(item), 1) / len(taken)) for group, item in rows if group == name]
        of_lists.append(sum(bits) / len(bits))
    groups, items = zip(*rows, strict=True)
    assert novelty(items, list(taken), groups=groups) == pytest.approx(sum(of_lists) / len(of_lists), abs=1e-12)
