import pytest
import torch

from skrec.nets.layers import MLP, Dropout, MLPSpec
from tests.nets.literal import assert_starts_from_generator, mlp, randomize

pytestmark = pytest.mark.fast


def make_x(n_rows=5, width=3):
    return torch.randn(n_rows, width, dtype=torch.float64, generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize("n_out", [None, 2])
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


def test_starts_from_its_generator():
    assert_starts_from_generator(lambda g: MLP(3, (4, 6), 2, generator=g))


def test_mlp_drops_after_every_hidden_layer_and_not_before():
    net = MLP(3, (4, 6), 2, dropout=0.3, batch_norm=True)
    kinds = [type(layer).__name__ for layer in net]
    assert kinds == ["Linear", "BatchNorm", "ReLU", "Dropout"] * 2 + ["Linear"]
    assert {layer.p for layer in net if isinstance(layer, Dropout)} == {0.3}


def test_no_bias_whose_gradient_is_rounding_alone():
    mlp = MLP(3, (4, 2), 1, batch_norm=True)
    assert [layer.bias is None for layer in mlp if isinstance(layer, torch.nn.Linear)] == [True, True, False]


def test_a_spec_is_an_mlp_but_for_its_ends():
    spec = MLPSpec((4, 6), dropout=0.3, batch_norm=True, activation="prelu")
    options = {"dropout": 0.3, "batch_norm": True, "activation": "prelu"}
    for n_out in (None, 2):
        built = spec.build(3, n_out, generator=torch.Generator().manual_seed(0))
        alone = MLP(3, (4, 6), n_out, **options, generator=torch.Generator().manual_seed(0))
        assert [type(layer) for layer in built] == [type(layer) for layer in alone]
        assert built.n_out == alone.n_out
        for name, value in alone.state_dict().items():
            assert torch.equal(built.state_dict()[name], value), name


def test_units_of_a_kind_that_is_not_there():
    with pytest.raises(ValueError, match=r"must be one of \['relu', 'prelu', 'dice'\], however: 'gelu'"):
        MLPSpec(activation="gelu").build(3)
