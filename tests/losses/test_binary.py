"""Binary cross entropy with negatives, plain and generalized."""

import math

import pytest
import torch

from skrec.losses import GeneralizedBinaryCrossEntropy, RankingCriterion, SampledBinaryCrossEntropy
from skrec.ops import Scores
from tests.losses.cases import assert_is_per_row, mean

pytestmark = pytest.mark.fast


def log_sigmoid(score):
    return -math.log1p(math.exp(-score))


def balanced(own, negatives):
    return -log_sigmoid(own) - mean([log_sigmoid(-score) for score in negatives])


def generalized(own, negatives, beta=1.0):
    total = beta * log_sigmoid(own) + sum(log_sigmoid(-score) for score in negatives)
    return -total / (1 + len(negatives))


def test_they_are_their_formulas():
    assert_is_per_row(SampledBinaryCrossEntropy(), balanced)
    assert_is_per_row(GeneralizedBinaryCrossEntropy(), generalized)


@pytest.mark.parametrize("calibration", [0.0, 0.75, 1.0])
def test_the_own_item_counts_less_the_fewer_are_drawn(calibration):
    """Two of nine other items: alpha is 2 / 9, and t = 1 leaves the own item that share."""
    loss, share = GeneralizedBinaryCrossEntropy(calibration=calibration), 2 / 9
    users, items, negatives = (torch.tensor(x, dtype=torch.float64) for x in ([[1.0]], [[0.4]], [[-0.3], [0.8]]))
    found = RankingCriterion(loss)(Scores(users, items, negatives, True, None, None, n_items=10), (None, torch.ones(1)))
    # beta as the paper has it, eq. 21
    beta = share * (calibration * (1 - 1 / share) + 1 / share)
    assert float(found) == pytest.approx(generalized(0.4, [-0.3, 0.8], beta))
