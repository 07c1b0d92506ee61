import math

import pytest
import torch

from skrec.losses import binary_cross_entropy, cross_entropy, squared_error

pytestmark = pytest.mark.fast


def column(values):
    return torch.tensor(values, dtype=torch.float64)[:, None]


@pytest.mark.parametrize("dtype", [torch.int64, torch.float32, torch.float64])
def test_binary_cross_entropy_is_its_formula(dtype):
    logits, y = [-3.0, -0.5, 0.0, 2.0], [0, 1, 1, 0]
    expected = [math.log(1 + math.exp(-s if label else s)) for s, label in zip(logits, y, strict=True)]
    losses = binary_cross_entropy(column(logits), torch.tensor(y, dtype=dtype))
    assert losses.tolist() == pytest.approx(expected, rel=1e-12)


def test_binary_cross_entropy_of_a_huge_logit_is_finite():
    losses = binary_cross_entropy(column([1e4, -1e4]), torch.tensor([0, 0]))
    assert losses.tolist() == [1e4, 0]


def test_cross_entropy_is_its_formula():
    logits, y = [[0.5, -1.0, 2.0], [1.0, 1.0, 1.0]], [1, 2]
    expected = [math.log(sum(map(math.exp, row))) - row[label] for row, label in zip(logits, y, strict=True)]
    losses = cross_entropy(torch.tensor(logits, dtype=torch.float64), torch.tensor(y))
    assert losses.tolist() == pytest.approx(expected, rel=1e-12)


def test_two_classes_agree_with_the_binary_loss():
    logits, y = column([-1.5, 0.3, 4.0]), torch.tensor([1, 0, 0])
    both = torch.cat([torch.zeros_like(logits), logits], 1)
    torch.testing.assert_close(cross_entropy(both, y), binary_cross_entropy(logits, y))


def test_squared_error_is_its_formula():
    losses = squared_error(column([1.0, -2.0]), torch.tensor([3.0, -2.5], dtype=torch.float64))
    assert losses.tolist() == [4.0, 0.25]


def test_losses_keep_a_row_a_loss():
    """Outputs (B, 1) against a target (B,) must not broadcast to (B, B)."""
    assert squared_error(torch.zeros(3, 1), torch.arange(3.0)).shape == (3,)
    assert binary_cross_entropy(torch.zeros(3, 1), torch.arange(3) % 2).shape == (3,)
    assert cross_entropy(torch.zeros(3, 4), torch.arange(3)).shape == (3,)
