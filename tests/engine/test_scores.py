"""Scores against their formula, and the mean loss of some rows at a time against the plain one."""

from functools import partial

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from skrec.engine import Scores, _scores
from skrec.losses import (
    ContrastLoss,
    cosine_contrastive,
    cosine_contrastive_slopes,
    sampled_softmax,
    sampled_softmax_slopes,
)

CONTRASTIVE = {"margin": 0.1, "negative_weight": 3.0}
LOSSES = {
    "softmax": (sampled_softmax, sampled_softmax_slopes),
    "ccl": (partial(cosine_contrastive, **CONTRASTIVE), partial(cosine_contrastive_slopes, **CONTRASTIVE)),
}
HIDDEN = torch.tensor([0, 2, 2, 4, 4, 4, 4]), torch.tensor([3, 1, 2, 0, 1, 2, 3])  # all of row 4


def vectors(*shape, seed=0):
    return torch.randn(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


def make(users, items, others, *, shared=True, log_q=None, hidden=None):
    return Scores(users, items, others, shared, log_q, hidden)


def test_are_inner_products_freed_of_log_q_and_hidden():
    users, items, others = vectors(5, 2), vectors(5, 2, seed=1), vectors(4, 2, seed=2)
    own_q, q = vectors(5, seed=3), vectors(4, seed=4)
    scores = make(users, items, others, log_q=(own_q, q), hidden=HIDDEN).dense()
    hidden = set(zip(*(part.tolist() for part in HIDDEN), strict=True))
    for b in range(5):
        assert scores[b, 0] == pytest.approx(float(users[b] @ items[b] - own_q[b]))
        for k in range(4):
            expected = -np.inf if (b, k) in hidden else float(users[b] @ others[k] - q[k])
            assert scores[b, 1 + k] == pytest.approx(expected)


def test_against_others_of_each_row():
    users, items, others = vectors(3, 2), vectors(3, 2, seed=1), vectors(6, 2, seed=2)
    scores = make(users, items, others, shared=False).dense()
    for b in range(3):
        expected = [items[b], others[2 * b], others[2 * b + 1]]
        assert scores[b].tolist() == pytest.approx([float(users[b] @ vector) for vector in expected])


@given(
    st.sampled_from(sorted(LOSSES)), st.booleans(), st.sampled_from([1, 2, 100]), st.integers(1, 4), st.integers(0, 99)
)
@settings(max_examples=60, deadline=None)
def test_mean_and_gradient_are_those_of_all_scores(loss, of_the_batch, n_rows_cached, width, seed):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_scores, "CACHED", 8 * 5 * n_rows_cached)
        check_mean(loss, of_the_batch, width, seed)


def check_mean(loss, of_the_batch, width, seed):
    n_others = 5 if of_the_batch else 4
    shapes = [(5, width), (5, width), (n_others, width)][: 2 if of_the_batch else 3]
    parts = [vectors(*shape, seed=seed + i) for i, shape in enumerate(shapes)]
    options = {"log_q": (vectors(5, seed=3), vectors(n_others, seed=4)), "hidden": HIDDEN}
    target = torch.ones(5), torch.tensor([1.0, 2, 0, 3, 0.5], dtype=torch.float64)

    def mean_and_gradient(criterion):
        leaves = [part.clone().requires_grad_() for part in parts]
        mean = criterion(make(*leaves, *leaves[1:] * of_the_batch, **options), target)
        (2 * mean).backward()
        return mean.detach(), *(leaf.grad for leaf in leaves)

    plain, slopes = LOSSES[loss]
    torch.testing.assert_close(mean_and_gradient(ContrastLoss(plain, slopes)), mean_and_gradient(ContrastLoss(plain)))
    scores = make(*parts, *parts[1:] * of_the_batch, **options)
    with torch.no_grad():
        torch.testing.assert_close(ContrastLoss(plain, slopes)(scores, target), ContrastLoss(plain)(scores, target))
