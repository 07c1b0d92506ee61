import pytest
import torch

from skrec.nets import DCNv2, MLPSpec
from tests.nets.literal import (
    POOLINGS,
    assert_is_literal,
    assert_starts_from_generator,
    concatenated,
    make_inputs,
    mixed_fields,
    mlp,
    randomize,
)

FORMS = pytest.mark.parametrize(("low_rank", "n_experts"), [(None, 1), (2, 1), (2, 3)])


def product(matrix, x):
    return [sum(matrix[o, i] * value for i, value in enumerate(x)) for o in range(len(matrix))]


def weighted(layer, x):
    """W x + b, or the sum over experts of G_i(x) U_i V_i^T x, + b; a list of scalars."""
    if isinstance(layer, torch.nn.Linear):
        mixed = product(layer.weight, x)
    else:
        rank = len(layer.down.weight) // layer.n_experts
        gates = [torch.ones((), dtype=torch.float64)]
        if layer.n_experts > 1:
            powers = [value.exp() for value in product(layer.gate.weight, x)]
            gates = [power / sum(powers) for power in powers]
        experts = []
        for i in range(layer.n_experts):
            own = slice(i * rank, (i + 1) * rank)
            experts.append(product(layer.up.weight[:, own], product(layer.down.weight[own], x)))
        mixed = [sum(g * expert[o] for g, expert in zip(gates, experts, strict=True)) for o in range(len(x))]
    bias = layer.bias if isinstance(layer, torch.nn.Linear) else layer.up.bias
    return [mixed[o] + bias[o] for o in range(len(x))]


def cross(net, x0):
    """x_{l+1} = x_0 * (W_l x_l + b_l) + x_l, a list of scalars."""
    x = x0
    for layer in net.layers:
        x = [x0[i] * value + x[i] for i, value in enumerate(weighted(layer, x))]
    return x


@FORMS
@pytest.mark.parametrize("structure", ["parallel", "stacked"])
@pytest.mark.parametrize("n_outputs", [1, 3])
def test_is_its_formula(n_outputs, structure, low_rank, n_experts):
    fields = mixed_fields()
    options = {"structure": structure, "low_rank": low_rank, "n_experts": n_experts}
    net = DCNv2(fields, n_outputs, embedding_dim=2, n_cross_layers=2, mlp=MLPSpec((3,)), **options)
    net, inputs = randomize(net), make_inputs(fields)

    def formula(b, c):
        x0 = concatenated(net.embedding, inputs, b)
        crossed = cross(net.cross, x0)
        if structure == "stacked":
            return net.bias[c] + mlp(net.mlp, crossed)[c]
        return net.bias[c] + product(net.read_out.weight, crossed)[c] + mlp(net.mlp, x0)[c]

    assert_is_literal(net, formula, inputs, n_outputs)


@pytest.mark.parametrize("pooling", POOLINGS[1:])
def test_is_its_formula_for_other_poolings(pooling):
    fields = mixed_fields(pooling)
    net, inputs = randomize(DCNv2(fields, embedding_dim=2, mlp=MLPSpec((3,)))), make_inputs(fields)

    def formula(b, c):
        x0 = concatenated(net.embedding, inputs, b)
        return net.bias[c] + product(net.read_out.weight, cross(net.cross, x0))[c] + mlp(net.mlp, x0)[c]

    assert_is_literal(net, formula, inputs, 1)


@pytest.mark.parametrize("structure", ["parallel", "stacked"])
def test_full_rank_is_low_rank_at_full_rank(structure):
    fields, options = mixed_fields(), {"embedding_dim": 3, "n_cross_layers": 2, "structure": structure}
    full = randomize(DCNv2(fields, 2, **options))
    width = full.embedding.n_concatenated
    low = DCNv2(fields, 2, low_rank=width, **options).double()
    low.load_state_dict(full.state_dict(), strict=False)
    with torch.no_grad():
        for one, other in zip(full.cross.layers, low.cross.layers, strict=True):
            other.up.weight.copy_(one.weight)
            other.down.weight.copy_(torch.eye(width))
            other.up.bias.copy_(one.bias)
    inputs = make_inputs(fields)
    torch.testing.assert_close(low(inputs), full(inputs))


def test_another_structure_is_refused():
    with pytest.raises(ValueError, match="structure must be 'parallel' or 'stacked', however: structure='side'"):
        DCNv2(mixed_fields(), structure="side")


@FORMS
def test_starts_from_its_generator(low_rank, n_experts):
    options = {"low_rank": low_rank, "n_experts": n_experts}
    assert_starts_from_generator(lambda g: DCNv2(mixed_fields(), 3, embedding_dim=3, **options, generator=g))
