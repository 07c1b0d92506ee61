"""Scores against their formula."""

import numpy as np
import pytest
import torch

from skrec.losses import RankingCriterion, RankingLoss, SampledSoftmax, sampled_softmax
from skrec.ops import Scores

pytestmark = pytest.mark.fast

HITS = torch.tensor([0, 2, 2, 4, 4, 4, 4]), torch.tensor([3, 1, 2, 0, 1, 2, 3])  # all of row 4


def vectors(*shape, seed=0):
    return torch.randn(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


def make(users, items, negatives, *, shared=True, log_q=None, hits=None):
    return Scores(users, items, negatives, shared, log_q, hits)


def test_are_inner_products_freed_of_log_q_and_accidental_hits():
    users, items, negatives = vectors(5, 2), vectors(5, 2, seed=1), vectors(4, 2, seed=2)
    own_q, q = vectors(5, seed=3), vectors(4, seed=4)
    scores = make(users, items, negatives, log_q=(own_q, q), hits=HITS).dense()
    hits = set(zip(*(part.tolist() for part in HITS), strict=True))
    for b in range(5):
        assert scores[b, 0] == pytest.approx(float(users[b] @ items[b] - own_q[b]))
        for k in range(4):
            expected = -np.inf if (b, k) in hits else float(users[b] @ negatives[k] - q[k])
            assert scores[b, 1 + k] == pytest.approx(expected)


def test_against_negatives_of_each_row():
    users, items, negatives = vectors(3, 2), vectors(3, 2, seed=1), vectors(6, 2, seed=2)
    scores = make(users, items, negatives, shared=False).dense()
    for b in range(3):
        expected = [items[b], negatives[2 * b], negatives[2 * b + 1]]
        assert scores[b].tolist() == pytest.approx([float(users[b] @ vector) for vector in expected])


def test_of_another_dtype():
    scores = make(vectors(3, 2), vectors(3, 2), vectors(4, 2), hits=HITS).to(torch.float32)
    assert {part.dtype for part in scores[:3]} == {torch.float32}
    assert scores.accidental_hits is HITS


class Plain(RankingLoss):
    def losses(self, scores):
        return sampled_softmax(scores)


def test_a_loss_in_closed_form_is_the_plain_one_with_and_without_a_gradient():
    users, items, negatives = vectors(5, 2), vectors(5, 2, seed=1), vectors(4, 2, seed=2)
    target = torch.ones(5), torch.tensor([1.0, 2, 0, 3, 0.5], dtype=torch.float64)
    scores = make(users.requires_grad_(), items, negatives, log_q=(vectors(5), vectors(4)), hits=HITS)
    for grad in (True, False):
        with torch.set_grad_enabled(grad):
            closed, plain = RankingCriterion(SampledSoftmax()), RankingCriterion(Plain())
            torch.testing.assert_close(closed(scores, target), plain(scores, target))
