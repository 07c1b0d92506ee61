import pytest
import torch

from skrec.nets.layers import Dropout


def make_dropout(p, seed=0):
    layer = Dropout(p)
    layer.generator = torch.Generator().manual_seed(seed)
    return layer


def test_zeroes_its_share_and_scales_the_rest():
    kept = make_dropout(0.25)(torch.ones(200, 100))
    assert kept.unique().tolist() == pytest.approx([0, 4 / 3])
    assert float((kept == 0).double().mean()) == pytest.approx(0.25, abs=0.01)


def test_passes_the_gradient_of_what_it_keeps():
    x = torch.ones(50, 2, requires_grad=True)
    kept = make_dropout(0.5)(x)
    kept.sum().backward()
    assert torch.equal(x.grad, kept.detach())


def test_draws_from_its_generator_only():
    x, state = torch.ones(50, 2), torch.get_rng_state()
    first, again, other = (make_dropout(0.5, seed)(x) for seed in (0, 0, 1))
    assert torch.equal(torch.get_rng_state(), state)
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_is_off_in_eval_and_at_zero():
    x, layer = torch.ones(50, 2), make_dropout(0.5)
    state = layer.generator.get_state()
    assert layer.eval()(x) is x
    assert torch.equal(layer.generator.get_state(), state)
    assert make_dropout(0.0)(x) is x
