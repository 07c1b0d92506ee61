import pytest
import torch

from skrec.nets._blocks import MLP, Dropout, Linear
from tests.nets.literal import assert_starts_from_generator, mlp, randomize


def make_x(n_rows=5, width=3):
    return torch.randn(n_rows, width, dtype=torch.float64, generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize("n_out", [0, 2])
@pytest.mark.parametrize("hidden_layer_sizes", [(), (4,), (4, 6)])
def test_mlp_is_its_formula(hidden_layer_sizes, n_out):
    net, x = randomize(MLP(3, hidden_layer_sizes, n_out)).requires_grad_(False), make_x()
    expected = torch.tensor([mlp(net, list(row)) for row in x], dtype=torch.float64)
    if not n_out and hidden_layer_sizes:
        expected = expected.relu()  # without an output the last hidden layer is the result
    torch.testing.assert_close(net(x), expected)
    assert net.n_out == expected.shape[1]


def test_batch_norm_is_over_the_batch_and_before_the_relu():
    net, x = randomize(MLP(3, (4,), batch_norm=True)), make_x()
    linear, norm, _ = net
    hidden = linear(x)
    mean, variance = hidden.mean(0), hidden.var(0, correction=0)
    expected = ((hidden - mean) / (variance + norm.eps).sqrt() * norm.weight + norm.bias).relu()
    torch.testing.assert_close(net(x), expected)
    torch.testing.assert_close(norm.running_mean, norm.momentum * mean)
    net.eval()
    torch.testing.assert_close(net(x[:1]), net(x)[:1])


def test_batch_norm_of_one_row_is_that_of_prediction():
    """The last batch of an epoch may have a single row."""
    net, x = randomize(MLP(3, (4,), 2, batch_norm=True)), make_x()
    net(x)
    before = net[1].running_mean.clone()
    outputs = net(x[:1])
    assert torch.equal(net[1].running_mean, before)
    torch.testing.assert_close(outputs, net.eval()(x[:1]))
    outputs.sum().backward()
    assert net[0].weight.grad.any()


def test_linear_starts_as_torch_does_but_for_the_bias():
    layer = Linear(16, 400, generator=torch.Generator().manual_seed(0)).requires_grad_(False)
    assert 0.24 < float(layer.weight.max()) <= 0.25  # 16 ** -0.5
    assert -0.25 <= float(layer.weight.min()) < -0.24
    assert not layer.bias.any()
    assert Linear(3, 2, bias=False).bias is None
    assert not hasattr(layer, "_generator")  # a generator does not pickle


def test_starts_from_its_generator():
    assert_starts_from_generator(lambda g: Linear(3, 4, generator=g))
    assert_starts_from_generator(lambda g: MLP(3, (4, 6), 2, generator=g))


def make_dropout(p, seed=0):
    layer = Dropout(p)
    layer.generator = torch.Generator().manual_seed(seed)
    return layer


def test_dropout_zeroes_its_share_and_scales_the_rest():
    kept = make_dropout(0.25)(torch.ones(200, 100))
    assert kept.unique().tolist() == pytest.approx([0, 4 / 3])
    assert float((kept == 0).double().mean()) == pytest.approx(0.25, abs=0.01)


def test_dropout_passes_the_gradient_of_what_it_keeps():
    x = torch.ones(50, 2, requires_grad=True)
    kept = make_dropout(0.5)(x)
    kept.sum().backward()
    assert torch.equal(x.grad, kept.detach())


def test_dropout_draws_from_its_generator_only():
    x, state = torch.ones(50, 2), torch.get_rng_state()
    first, again, other = (make_dropout(0.5, seed)(x) for seed in (0, 0, 1))
    assert torch.equal(torch.get_rng_state(), state)
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_dropout_is_off_in_eval_and_at_zero():
    x, layer = torch.ones(50, 2), make_dropout(0.5)
    state = layer.generator.get_state()
    assert layer.eval()(x) is x
    assert torch.equal(layer.generator.get_state(), state)
    assert make_dropout(0.0)(x) is x


def test_mlp_drops_after_every_hidden_layer_and_not_before():
    net = MLP(3, (4, 6), 2, dropout=0.3, batch_norm=True)
    kinds = [type(layer).__name__ for layer in net]
    assert kinds == ["Linear", "BatchNorm", "ReLU", "Dropout"] * 2 + ["Linear"]
    assert {layer.p for layer in net if isinstance(layer, Dropout)} == {0.3}


def test_no_bias_whose_gradient_is_rounding_alone():
    mlp = MLP(3, (4, 2), 1, batch_norm=True)
    assert [layer.bias is None for layer in mlp if isinstance(layer, torch.nn.Linear)] == [True, True, False]
