"""The loss of a label and what a net says of itself."""

import pytest
import torch

from skrec.losses import AuxiliaryLoss, WeightedLoss, binary_cross_entropy, cross_entropy, squared_error

pytestmark = pytest.mark.fast


@pytest.mark.parametrize("loss", [binary_cross_entropy, cross_entropy, squared_error])
def test_is_its_formula(loss):
    generator = torch.Generator().manual_seed(0)
    outputs = torch.randn(5, 4 if loss is cross_entropy else 2, generator=generator)
    y = torch.tensor([0, 1, 1, 0, 1]) if loss is cross_entropy else torch.tensor([0.0, 1, 1, 0, 1])
    weight = torch.tensor([1.0, 2.0, 0.0, 0.5, 1.0])
    criterion = AuxiliaryLoss(0.3, of_numbers=loss is squared_error)
    own = WeightedLoss(loss)(outputs[:, :-1], (y, weight))
    extra = sum(w * a for w, a in zip(weight, outputs[:, -1], strict=True)) / weight.sum()
    torch.testing.assert_close(criterion(outputs, (y, weight)), own + 0.3 * extra)
    torch.testing.assert_close(criterion.eval()(outputs[:, :-1], (y, weight)), own)
