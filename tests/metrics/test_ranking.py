"""Rankings that can be read off, and a literal loop over every order of any small data."""

from math import log2

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import ndcg_score

from skrec.metrics import hit_rate_at_k, ndcg_at_k

METRICS = [hit_rate_at_k, ndcg_at_k]


def literal(y_true, y_score, groups, k):
    """Return both metrics by sorting each group, ties against the relevant."""
    hits, gains = [], []
    for group in sorted(set(groups)):
        rows = [(-s, y) for y, s, g in zip(y_true, y_score, groups, strict=True) if g == group]
        ranked = [y for _, y in sorted(rows)]
        if any(ranked):
            hits.append(any(ranked[:k]))
            best = sum(1 / log2(2 + r) for r in range(min(k, sum(ranked))))
            gains.append(sum(y / log2(2 + r) for r, y in enumerate(ranked[:k])) / best)
    return np.mean(hits), np.mean(gains)


rows = st.tuples(st.integers(0, 1), st.integers(-3, 3), st.sampled_from("abc"))


@given(st.lists(rows, min_size=1, max_size=25), st.integers(1, 6))
@settings(deadline=None)
def test_is_the_literal_loop(data, k):
    y_true, y_score, groups = map(list, zip(*data, strict=True))
    y_true[0] = 1
    hit_rate, ndcg = literal(y_true, y_score, groups, k)
    assert hit_rate_at_k(y_true, y_score, groups=groups, k=k) == pytest.approx(hit_rate)
    assert ndcg_at_k(y_true, y_score, groups=groups, k=k) == pytest.approx(ndcg)


@pytest.mark.parametrize("k", [1, 3, 10])
def test_ndcg_is_that_of_scikit_learn_without_ties(k):
    rng = np.random.default_rng(0)
    y_true, y_score = rng.integers(0, 2, (20, 8)), rng.normal(size=(20, 8))
    y_true[:, 0] = 1
    groups = np.repeat(np.arange(20), 8)
    expected = ndcg_score(y_true, y_score, k=k)
    assert ndcg_at_k(y_true.ravel(), y_score.ravel(), groups=groups, k=k) == pytest.approx(expected)


@pytest.mark.parametrize("place", range(12))
def test_leave_one_out(place):
    """One relevant row: a hit if its rank is within k, and then one over the log of the rank."""
    score = -np.arange(12.0)
    y_true = (np.arange(12) == place).astype(int)
    assert hit_rate_at_k(y_true, score, groups=np.zeros(12)) == (place < 10)
    assert ndcg_at_k(y_true, score, groups=np.zeros(12)) == pytest.approx(1 / log2(2 + place) if place < 10 else 0)


@pytest.mark.parametrize("metric", METRICS)
def test_a_constant_score_earns_nothing(metric):
    assert metric([1, 0, 0, 1, 0, 0], np.zeros(6), groups=list("aaabbb"), k=2) == 0


@pytest.mark.parametrize("metric", METRICS)
def test_order_of_rows_and_names_of_groups_change_nothing(metric):
    rng = np.random.default_rng(0)
    y_true, y_score = rng.integers(0, 2, 60), rng.integers(0, 5, 60) / 4
    users = np.repeat(["a", "b", "c"], 20)
    expected = metric(y_true, y_score, groups=users, k=4)
    order = rng.permutation(60)
    for groups in (
        users[order],
        pd.Series(users[order], index=order),
        pd.Categorical(users[order]),
        list(users[order]),
    ):
        assert metric(y_true[order], y_score[order], groups=groups, k=4) == expected
    assert metric(pd.Series(y_true == 1), pd.Series(y_score), groups=users, k=4) == expected


@pytest.mark.parametrize("metric", METRICS)
def test_groups_without_a_relevant_row_are_left_out(metric):
    assert metric([1, 0, 0, 0], [2, 1, 2, 1], groups=[0, 0, 1, 1]) == 1


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"y_true": [0, 0, 0]}, "Expected a relevant row, y_true = 1, in at least one group, got none"),
        ({"y_true": [0, 1, 5]}, "Expected y_true as 0 and 1, got 5; say what is relevant"),
        ({"y_score": [0, np.nan, 1]}, "contains NaN"),
        ({"groups": ["a", None, "b"]}, "Expected a group for every row, got missing values"),
        ({"groups": ["a", "b"]}, "inconsistent numbers of samples"),
        ({"k": 0}, "The 'k' parameter of .*_at_k must be"),
    ],
)
def test_bad_input(metric, change, message):
    options = {"y_true": [0, 1, 0], "y_score": [1, 2, 3], "groups": ["a", "a", "b"], "k": 1, **change}
    with pytest.raises(ValueError, match=message):
        metric(**options)
