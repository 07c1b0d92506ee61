import pytest
import torch

from skrec.nets.layers import GroupedLinear, MLPSpec, ParallelMLP
from tests.nets.literal import assert_starts_from_generator

pytestmark = pytest.mark.fast


def alone(parallel, place, n_groups):
    """Return one of the MLPs by itself, with the same weights."""
    linear = [layer for layer in parallel if isinstance(layer, torch.nn.Linear)]
    sizes = [layer.out_features // n_groups for layer in linear]
    mlp = MLPSpec(tuple(sizes)).build(linear[0].in_features).double()
    own = [layer for layer in mlp if isinstance(layer, torch.nn.Linear)]
    with torch.no_grad():
        for layer, together, size in zip(own, linear, sizes, strict=True):
            layer.weight.copy_(together.weight[place * size : (place + 1) * size])
            layer.bias.copy_(together.bias[place * size : (place + 1) * size])
    return mlp


@pytest.mark.parametrize("shared", [True, False])
@pytest.mark.parametrize("sizes", [(4,), (5, 3)])
def test_is_each_mlp_alone(sizes, shared):
    parallel = ParallelMLP(3, 6, MLPSpec(sizes), shared=shared).double()
    x = torch.randn(7, 6, dtype=torch.float64) if shared else torch.randn(7, 3, 6, dtype=torch.float64)
    result = parallel(x)
    assert result.shape == (7, 3, parallel.n_out)
    for place in range(3):
        expected = alone(parallel, place, 3)(x if shared else x[:, place])
        torch.testing.assert_close(result[:, place], expected)


@pytest.mark.parametrize("shared", [True, False])
def test_without_hidden_layers_it_hands_on_its_input(shared):
    parallel = ParallelMLP(3, 6, MLPSpec(()), shared=shared)
    x = torch.randn(7, 6) if shared else torch.randn(7, 3, 6)
    assert torch.equal(parallel(x), x[:, None].expand(-1, 3, -1) if shared else x)
    assert parallel.n_out == 6


def test_options_stand_between_the_layers():
    parallel = ParallelMLP(2, 6, MLPSpec((4, 3), dropout=0.5, batch_norm=True))
    kinds = [type(layer).__name__ for layer in parallel]
    rest = ["BatchNorm", "ReLU", "Dropout"]
    assert kinds == ["Linear", *rest, "GroupedLinear", *rest]
    assert parallel[4].weight.shape == (6, 4)
    assert parallel[4].bias is None


def test_starts_from_its_generator():
    assert_starts_from_generator(lambda g: GroupedLinear(3, 4, 2, generator=g))
    assert_starts_from_generator(lambda g: ParallelMLP(3, 4, MLPSpec((4, 2)), generator=g))
