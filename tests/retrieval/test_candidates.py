"""Whatever the blocks, and however far scores are off within the slack, none of the k best is lost."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skrec.retrieval._candidates import Candidates

pytestmark = pytest.mark.fast


@given(
    seed=st.integers(0, 2**32 - 1),
    k=st.integers(1, 12),
    n_items=st.integers(1, 60),
    block=st.integers(1, 60),
    levels=st.sampled_from([2, 10, 10**6]),
    prunes=st.booleans(),
)
def test_the_best_are_candidates(seed, k, n_items, block, levels, prunes):
    rng = np.random.default_rng(seed)
    scores = rng.integers(0, levels, (3, n_items)) / 4
    slack = np.array([0, 0.5, 3])
    seen = (scores + rng.uniform(-1, 1, scores.shape) * slack[:, None] / 2).astype(np.float32)
    kept = Candidates(3, k, slack + 1e-6 * levels)  # what float32 rounds
    for start in range(0, n_items, block):
        part = seen[:, start : start + block]
        if not start:
            kept.expect(part)
        query, row = np.nonzero(part > kept.bound[:, None])
        kept.add(query, row + start, part[query, row])
        if prunes:
            kept.prune()
            assert kept.n_new == 0
    query, row, score = kept.all()
    np.testing.assert_array_equal(score, seen[query, row])
    for q in range(3):
        best = np.lexsort((np.arange(n_items), -scores[q]))[:k]
        assert set(best) <= set(row[query == q])
