"""Rankings that can be read off, and a literal loop over every order of any small data."""

from math import log2

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse
from sklearn.metrics import label_ranking_average_precision_score, ndcg_score

from skrec.metrics import _ranks, hit_rate_at_k, map_at_k, mrr_at_k, ndcg_at_k, precision_at_k, recall_at_k

pytestmark = pytest.mark.fast


def hit_rate(ranked, k):
    return float(any(ranked[:k]))


def recall(ranked, k):
    return sum(ranked[:k]) / sum(ranked)


def precision(ranked, k):
    return sum(ranked[:k]) / k


def average_precision(ranked, k):
    return sum(y * sum(ranked[: r + 1]) / (r + 1) for r, y in enumerate(ranked[:k])) / min(k, sum(ranked))


def reciprocal_rank(ranked, k):
    return next((1 / (r + 1) for r, y in enumerate(ranked[:k]) if y), 0)


def ndcg(ranked, k):
    best = sum(1 / log2(2 + r) for r in range(min(k, sum(ranked))))
    return sum(y / log2(2 + r) for r, y in enumerate(ranked[:k])) / best


LITERAL = {
    hit_rate_at_k: hit_rate,
    recall_at_k: recall,
    precision_at_k: precision,
    map_at_k: average_precision,
    mrr_at_k: reciprocal_rank,
    ndcg_at_k: ndcg,
}
METRICS = list(LITERAL)


def literal(metric, y_true, y_score, groups, k):
    """Return the metric by sorting each group, ties against the relevant."""
    found = []
    for group in sorted(set(groups)):
        rows = [(-s, y) for y, s, g in zip(y_true, y_score, groups, strict=True) if g == group]
        ranked = [y for _, y in sorted(rows)]
        if any(ranked):
            found.append(LITERAL[metric](ranked, k))
    return np.mean(found)


rows = st.tuples(st.integers(0, 1), st.integers(-3, 3), st.sampled_from("abc"))


@given(st.lists(rows, min_size=1, max_size=25), st.integers(1, 6))
@settings(deadline=None)
def test_is_the_literal_loop(data, k):
    y_true, y_score, groups = map(list, zip(*data, strict=True))
    y_true[0] = 1
    for metric in METRICS:
        expected = literal(metric, y_true, y_score, groups, k)
        assert metric(y_true, y_score, groups=groups, k=k) == pytest.approx(expected)


@given(st.integers(0, 2**32 - 1), st.integers(1, 6), st.sampled_from([1, 7, 100]))
@settings(deadline=None)
def test_a_matrix_is_a_ranking_a_row(seed, k, chunk):
    """Scores with ties and items that are left out, a few rows at a time, dense and sparse."""
    rng = np.random.default_rng(seed)
    y_true = rng.integers(0, 2, (5, 7)) * (rng.random((5, 1)) < 0.8)
    y_true[0, 0] = 1
    y_score = rng.integers(-2, 3, y_true.shape).astype(float)
    y_score[(rng.random(y_true.shape) < 0.3)] = -np.inf
    groups = np.repeat(np.arange(5), 7)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_ranks, "CHUNK_NUMBERS", chunk)
        for metric in METRICS:
            expected = literal(metric, y_true.ravel(), y_score.ravel(), groups, k)
            assert metric(y_true, y_score, k=k) == pytest.approx(expected)
            assert metric(sparse.csr_array(y_true), y_score.astype(np.float32), k=k) == pytest.approx(expected)


@pytest.mark.parametrize("k", [1, 3, 10])
def test_ndcg_is_that_of_scikit_learn_without_ties(k):
    rng = np.random.default_rng(0)
    y_true, y_score = rng.integers(0, 2, (20, 8)), rng.normal(size=(20, 8))
    y_true[:, 0] = 1
    groups = np.repeat(np.arange(20), 8)
    expected = ndcg_score(y_true, y_score, k=k)
    assert ndcg_at_k(y_true.ravel(), y_score.ravel(), groups=groups, k=k) == pytest.approx(expected)


def test_map_of_all_ranks_is_that_of_scikit_learn_without_ties():
    rng = np.random.default_rng(0)
    y_true, y_score = rng.integers(0, 2, (20, 8)), rng.normal(size=(20, 8))
    y_true[:, 0] = 1
    assert map_at_k(y_true, y_score, k=8) == pytest.approx(label_ranking_average_precision_score(y_true, y_score))


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
    assert metric([1, 0, 0, 0], [2, 1, 2, 1], groups=[0, 0, 1, 1], k=1) == 1


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


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize(
    ("y_true", "y_score", "message"),
    [
        ([0, 1], [0.1, 0.2], "Expected groups=..., or y_true and y_score as matrices"),
        ([[0, 1]], [[0.1, 0.2], [0.3, 0.4]], "got shapes \\(1, 2\\) and \\(2, 2\\)"),
        ([[0, 1]], [[np.nan, 0.2]], "got NaN or infinity in y_score"),
        ([[0, 1]], [[np.inf, 0.2]], "got NaN or infinity in y_score"),
        ([[0, 5]], [[0.1, 0.2]], "Expected y_true as 0 and 1, got 5"),
        ([[0, 0]], [[0.1, 0.2]], "Expected a relevant row"),
    ],
)
def test_bad_matrices(metric, y_true, y_score, message):
    with pytest.raises(ValueError, match=message):
        metric(np.array(y_true), np.array(y_score))
