import pytest
import torch

from skrec.nets.layers import SqueezeExcitation
from tests.nets.literal import randomize


def literal_squeeze(layer, v, width):
    """Return a_i v_i with a = ReLU(1 + ReLU(z W1) W2 + b) and z_i the mean of v_i."""
    z = [sum(vector[:width]) / width for vector in v]
    hidden = [sum(row[i] * value for i, value in enumerate(z)).clamp(min=0) for row in layer.squeeze.weight]
    rows = zip(layer.excite.weight, layer.excite.bias, strict=True)
    x = [(1 + bias + sum(row[h] * value for h, value in enumerate(hidden))).clamp(min=0) for row, bias in rows]
    return [[weight * vector[d] for d in range(width)] for weight, vector in zip(x, v, strict=True)]


@pytest.mark.parametrize(("ratio", "n_hidden"), [(1, 6), (2, 3), (4, 1), (100, 1)])
def test_passes_through_a_share_of_the_fields(ratio, n_hidden):
    layer = SqueezeExcitation(6, ratio)
    assert layer.squeeze.weight.shape == (n_hidden, 6)
    assert layer.excite.weight.shape == (6, n_hidden)


def test_keeps_the_direction_of_a_vector_and_weighs_each_row_for_itself():
    layer, vectors = randomize(SqueezeExcitation(4, 2)), torch.randn(50, 4, 3, dtype=torch.float64)
    weights = layer.weigh(vectors)
    assert (weights >= 0).all()
    assert (weights.var(0) > 0).any()
    torch.testing.assert_close(layer(vectors), vectors * weights[:, :, None])
    torch.testing.assert_close(layer(vectors)[7:8], layer(vectors[7:8]))


def test_starts_with_fields_alike():
    layer = SqueezeExcitation(4, 2, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(layer.weigh(0.01 * torch.randn(50, 4, 3)), torch.ones(50, 4), atol=0.02, rtol=0)
