import torch

from skrec.nets.layers import Linear
from tests.nets.literal import assert_starts_from_generator


def test_starts_as_torch_does_but_for_the_bias():
    layer = Linear(16, 400, generator=torch.Generator().manual_seed(0)).requires_grad_(False)
    assert 0.24 < float(layer.weight.max()) <= 0.25  # 16 ** -0.5
    assert -0.25 <= float(layer.weight.min()) < -0.24
    assert not layer.bias.any()
    assert Linear(3, 2, bias=False).bias is None
    assert not hasattr(layer, "_generator")  # a generator does not pickle


def test_starts_from_its_generator():
    assert_starts_from_generator(lambda g: Linear(3, 4, generator=g))
