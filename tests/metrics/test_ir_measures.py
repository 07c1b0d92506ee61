"""The metrics of rankings against those of trec_eval, through ir-measures: the same, or other in a way that is said."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skrec.metrics import hit_rate_at_k, map_at_k, mrr_at_k, ndcg_at_k, precision_at_k, recall_at_k

ir_measures = pytest.importorskip("ir_measures")
SAME = {
    hit_rate_at_k: ir_measures.Success,
    recall_at_k: ir_measures.R,
    precision_at_k: ir_measures.P,
    mrr_at_k: ir_measures.RR,
    ndcg_at_k: ir_measures.nDCG,
}


def theirs(measure, y_true, y_score, names=None):
    """Return what ir-measures has for each user, with names of items, for each user others, that decide ties."""
    names = np.tile(np.arange(y_true.shape[1]), (len(y_true), 1)) if names is None else names
    cells = [(user, item) for user in range(len(y_true)) for item in range(y_true.shape[1])]
    qrels = [ir_measures.Qrel(str(u), f"{names[u, i]:04d}", int(y_true[u, i])) for u, i in cells]
    run = [ir_measures.ScoredDoc(str(u), f"{names[u, i]:04d}", float(y_score[u, i])) for u, i in cells]
    found = {metric.query_id: metric.value for metric in ir_measures.iter_calc([measure], qrels, run)}
    return np.array([found[str(user)] for user in range(len(y_true))])


@st.composite
def ranked(draw, ties=False):
    """Return what is relevant, something to everybody, and scores, none twice or few of them."""
    n_users, n_items = draw(st.integers(1, 4)), draw(st.integers(1, 12))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    y_true = (rng.random((n_users, n_items)) < draw(st.floats(0.1, 0.9))).astype(int)
    y_true[np.arange(n_users), rng.integers(0, n_items, n_users)] = 1
    y_score = np.argsort(rng.random((n_users, n_items)), axis=1).astype(float)
    return y_true, y_score // 3 if ties else y_score


@pytest.mark.parametrize("ours", list(SAME), ids=lambda metric: metric.__name__)
@settings(max_examples=25, deadline=None)
@given(data=ranked(), k=st.integers(1, 15))
def test_the_same_without_ties(ours, data, k):
    expected = theirs(SAME[ours] @ k, *data)
    assert ours(*data, k=k) == pytest.approx(expected.mean())


@settings(max_examples=25, deadline=None)
@given(data=ranked(), k=st.integers(1, 15))
def test_map_has_another_divisor(data, k):
    n_relevant = data[0].sum(1)
    of_users = theirs(ir_measures.AP @ k, *data) * n_relevant / np.minimum(n_relevant, k)
    assert map_at_k(*data, k=k) == pytest.approx(of_users.mean())
    assert map_at_k(*data, k=12) == pytest.approx(theirs(ir_measures.AP, *data).mean())


@pytest.mark.parametrize("ours", list(SAME), ids=lambda metric: metric.__name__)
@settings(max_examples=25, deadline=None)
@given(data=ranked(ties=True), k=st.integers(1, 15))
def test_ties_are_those_of_names_that_put_the_relevant_last(ours, data, k):
    y_true, y_score = data
    names = np.argsort(np.argsort(-y_true, axis=1, kind="stable"), axis=1)  # the relevant get the lowest
    if ours is mrr_at_k:
        names = y_true.shape[1] - names  # the one that ir-measures does not take from trec_eval: low names come first
    assert ours(y_true, y_score, k=k) == pytest.approx(theirs(SAME[ours] @ k, y_true, y_score, names).mean())


def test_users_without_anything_relevant_are_left_out():
    y_true, y_score = np.array([[1, 0], [0, 0]]), np.array([[0.9, 0.1], [0.9, 0.1]])
    assert theirs(ir_measures.P @ 1, y_true, y_score).mean() == 0.5
    assert precision_at_k(y_true, y_score, k=1) == 1
