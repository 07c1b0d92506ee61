import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from skrec.losses import WeightedLoss, squared_error, weighted_mean

pytestmark = pytest.mark.fast


@given(
    st.lists(st.tuples(st.floats(-9, 9), st.integers(0, 4)), min_size=1).filter(lambda rows: any(w for _, w in rows))
)
@settings(deadline=None)
def test_weighted_mean_equals_repeated_rows(rows):
    losses, weight = (torch.tensor(part, dtype=torch.float64) for part in zip(*rows, strict=True))
    repeated = losses.repeat_interleave(weight.long())
    assert float(weighted_mean(losses, weight)) == pytest.approx(float(repeated.mean()), abs=1e-12)


def test_weighted_loss_of_a_batch_and_its_gradient():
    outputs = torch.tensor([[1.0], [-2.0]], dtype=torch.float64).requires_grad_()
    target = torch.tensor([3.0, 0.0], dtype=torch.float64), torch.tensor([1.0, 3.0], dtype=torch.float64)
    loss = WeightedLoss(squared_error)(outputs, target)
    loss.backward()
    assert float(loss.detach()) == (1 * 4 + 3 * 4) / 4
    assert outputs.grad.flatten().tolist() == [1 * 2 * -2 / 4, 3 * 2 * -2 / 4]
