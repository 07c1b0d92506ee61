import math

import numpy as np
import pytest
import torch

from skrec.losses import TargetsLoss, binary_cross_entropy, cross_entropy, squared_error

pytestmark = pytest.mark.fast

B = 6
LABELS = torch.tensor([[1, 2], [0, -1], [-1, 0], [1, 1], [0, -1], [-1, -1]])
NUMBERS = torch.tensor([[1.0, math.nan], [0.5, 2.0], [math.nan, -2.0], [0.0, 0.0], [3.0, math.nan], [1.0, 1.0]])


def literal(row_loss, y, weight, weights, shares):
    """The mean of the targets' losses, in loops; ``row_loss(b, k)``."""
    total = 0.0
    for k in range(y.shape[1]):
        there = [b for b in range(len(y)) if not (y[b, k] == -1 or math.isnan(y[b, k]))]
        own = sum(weight[b] * row_loss(b, k) for b in there)
        total += weights[k] / sum(weights) * own / (shares[k] * sum(weight))
    return total


@pytest.mark.parametrize("factors", [None, [1.5, 0.5]])
def test_labels(factors):
    outputs = torch.randn(B, 4, dtype=torch.float64)
    weight = torch.rand(B, dtype=torch.float64)
    given = [None if factors is None else torch.tensor(factors), None]
    loss = TargetsLoss([binary_cross_entropy, cross_entropy], [1, 3], [0.7, 0.5], [2.0, 1.0], given)

    def row_loss(b, k):
        if k == 1:
            return -torch.log_softmax(outputs[b, 1:], 0)[LABELS[b, 1]]
        factor = 1 if factors is None else factors[LABELS[b, 0]]
        return -factor * torch.log(torch.sigmoid(outputs[b, 0] * (2 * LABELS[b, 0] - 1)))

    expected = literal(row_loss, LABELS, weight, [2.0, 1.0], [0.7, 0.5])
    torch.testing.assert_close(loss(outputs, (LABELS, weight)), expected)


def test_numbers():
    outputs, weight = torch.randn(B, 2), torch.rand(B)
    loss = TargetsLoss([squared_error] * 2, [1, 1], [0.8, 0.6], [1.0, 1.0], squared=True)
    expected = literal(lambda b, k: (outputs[b, k] - NUMBERS[b, k]) ** 2, NUMBERS, weight, [1, 1], [0.8, 0.6])
    torch.testing.assert_close(loss(outputs, (NUMBERS, weight)), expected)


@pytest.mark.parametrize("y", [LABELS[:, :1].repeat(1, 2).clamp(max=1), NUMBERS], ids=["labels", "numbers"])
def test_what_is_missing_says_nothing(y):
    """Not to the loss, and not to a gradient, whatever the outputs are there."""
    losses = [squared_error if y.is_floating_point() else binary_cross_entropy] * 2
    loss = TargetsLoss(losses, [1, 1], [1.0, 1.0], [1.0, 1.0])
    there = ~y.isnan() & (y != -1)
    outputs = torch.where(there, torch.randn(B, 2), 1e30).requires_grad_()
    loss(outputs, (y, torch.ones(B))).backward()
    assert torch.equal(outputs.grad != 0, there)


def test_a_target_missing_in_half_of_the_rows_is_the_rows_that_have_it():
    outputs, y, weight = torch.randn(B, 1), torch.randint(0, 2, (B, 1)), torch.rand(B)
    half = torch.where(torch.arange(B)[:, None] % 2 == 0, y, -1)
    kept = slice(0, None, 2)
    share = float(weight[kept].sum() / weight.sum())
    one, other = (TargetsLoss([binary_cross_entropy], [1], [share], [1.0]) for share in (share, 1.0))
    torch.testing.assert_close(one(outputs, (half, weight)), other(outputs[kept], (y[kept], weight[kept])))


@pytest.mark.parametrize("squared", [False, True])
def test_learnt_weights(squared):
    outputs, weight = torch.randn(B, 2), torch.rand(B)
    y = NUMBERS if squared else LABELS.clamp(max=1)
    losses = [squared_error if squared else binary_cross_entropy] * 2
    learnt = TargetsLoss(losses, [1, 1], [0.8, 0.6], squared=squared)
    plain = [TargetsLoss(losses, [1, 1], [0.8, 0.6], own)(outputs, (y, weight)) for own in ([1, 0], [0, 1], [1, 1])]
    with torch.no_grad():
        learnt.log_variance.copy_(torch.tensor([0.3, -0.8]))
    expected = 0.0
    for value, s in zip(plain[:2], (0.3, -0.8), strict=True):
        expected += (math.exp(-s) * float(value) * (0.5 if squared else 1) + s / 2) / 2
    np.testing.assert_allclose(float(learnt(outputs, (y, weight)).detach()), expected, rtol=1e-5)
    torch.testing.assert_close(learnt.eval()(outputs, (y, weight)), plain[2])
    assert list(learnt.state_dict()) == ["log_variance"]
