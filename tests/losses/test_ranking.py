"""What every loss that ranks promises."""

import pytest
import torch

from skrec.losses import RankingCriterion, RankingLoss, SampledSoftmax, ranking_losses
from skrec.ops import Scores
from tests.losses.cases import SCORES

pytestmark = pytest.mark.fast

LOSSES = ranking_losses()
every = pytest.mark.parametrize("name", LOSSES)
EXTREME = [[1e3, -1e3, 0], [-1e3, 1e3, 0]]


@every
def test_a_loss_is_known_by_its_name_and_made_of_parameters(name):
    class Settings:
        margin, negative_weight, calibration = 0.25, 3.0, 0.5

    loss = LOSSES[name].of(Settings)
    assert loss.name == name
    assert getattr(loss, "margin", 0.25) == 0.25
    assert isinstance(loss, RankingLoss)


@every
def test_losses_of_huge_scores_are_finite_and_of_the_right_order_zero(name):
    scores = torch.tensor([[1e4, -1e4], [-1e4, 1e4]])
    right, wrong = LOSSES[name]().losses(scores).tolist()
    assert right == 0 or LOSSES[name].of_cosines
    assert right < wrong < float("inf")


@every
def test_a_row_without_negatives_that_count_pulls_nothing_down(name):
    scores = torch.tensor([[0.3, -torch.inf, -torch.inf]], dtype=torch.float64, requires_grad=True)
    LOSSES[name]().losses(scores).sum().backward()
    assert scores.grad.isfinite().all()
    assert not scores.grad[0, 1:].any()


@pytest.mark.parametrize("name", [name for name, cls in LOSSES.items() if cls.slopes is not None])
def test_slopes_are_the_derivatives_of_the_loss(name):
    loss = LOSSES[name]()
    scores = torch.tensor([*SCORES, *EXTREME], dtype=torch.float64, requires_grad=True)
    expected = loss.losses(scores)
    expected.sum().backward()
    negatives = scores.detach()[:, 1:].clone()
    losses, slope = loss.slopes(scores.detach()[:, 0], negatives)
    torch.testing.assert_close(losses, expected.detach())
    torch.testing.assert_close(torch.cat([slope[:, None], negatives], 1), scores.grad)


@every
@pytest.mark.parametrize("shared", [True, False])
def test_the_criterion_is_the_weighted_mean_over_the_batch(name, shared):
    loss, generator = LOSSES[name](), torch.Generator().manual_seed(0)
    users, items, negatives = (
        torch.randn(n, 3, dtype=torch.float64, generator=generator).requires_grad_() for n in (4, 4, 8)
    )
    scores = Scores(users, items, negatives, shared, None, None)
    weight = torch.tensor([1.0, 2.0, 0.0, 0.5], dtype=torch.float64)
    expected = (loss.losses(scores.dense()) * weight).sum() / weight.sum()
    found = RankingCriterion(loss)(scores, (None, weight))
    torch.testing.assert_close(found, expected)
    of_found, of_expected = (torch.autograd.grad(value, (users, items, negatives)) for value in (found, expected))
    torch.testing.assert_close(of_found, of_expected)


def test_a_loss_of_ones_own_is_called_by_its_class():
    class Squared(RankingLoss):
        def losses(self, scores):
            return (scores[:, 0] - 1).square()

    assert Squared().name == "Squared"
    assert SampledSoftmax().name == "softmax"
    assert "Squared" not in ranking_losses()
