import pytest
import torch

from skrec.nets import FinalMLP, MLPSpec
from skrec.nets._finalmlp import BilinearFusion
from skrec.nets.layers import FeatureGate
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

# the columns of the concatenation that the fields (1, 4) and (3,) of `mixed_fields` have with vectors of width 2
CONTEXTS = {((), ()): ([], []), ((1, 4), (3,)): ([2, 3, 8], [6, 7]), ((), (5, 0)): ([], [9, 0, 1])}


def stream(net, k, x):
    """A gate if there is one, then hidden layers, all with a ReLU; a list of scalars."""
    if net.gates:
        columns = net.contexts[k]
        context = [x[i] for i in columns] if columns else list(net.gates[k].context)
        x = [value * 2 * gate.sigmoid() for value, gate in zip(x, mlp(net.gates[k].mlp, context), strict=True)]
    return [value.clamp(min=0) for value in mlp(net.mlps[k], x)]


def fuse(layer, first, second, c):
    """<w_1, o_1> + <w_2, o_2> + sum over heads of o_1^h W_h o_2^h."""
    result = sum(layer.first.weight[c, i] * value for i, value in enumerate(first))
    result = result + sum(layer.second.weight[c, i] * value for i, value in enumerate(second))
    left, right = len(first) // layer.n_heads, len(second) // layer.n_heads
    for h in range(layer.n_heads):
        for i in range(left):
            for j in range(right):
                weight = layer.weight[h, i, c * right + j]
                result = result + first[h * left + i] * weight * second[h * right + j]
    return result


@pytest.mark.parametrize("contexts", CONTEXTS)
@pytest.mark.parametrize("n_outputs", [1, 3])
@pytest.mark.parametrize("n_heads", [1, 2])
def test_is_its_formula(n_heads, n_outputs, contexts):
    fields, options = mixed_fields(), {"mlp": MLPSpec((3, 4)), "second_mlp": MLPSpec((2,))}
    net = FinalMLP(fields, n_outputs, embedding_dim=2, n_heads=n_heads, contexts=contexts, **options)
    assert tuple(map(list, net.contexts)) == CONTEXTS[contexts]
    for k, columns in enumerate(net.contexts):  # narrow ones, as the loops below take each unit by itself
        net.gates[k] = FeatureGate(net.embedding.n_concatenated, len(columns), hidden_units=3)
    net, inputs = randomize(net), make_inputs(fields, n_rows=4)
    check(net, inputs, n_outputs)


@pytest.mark.parametrize("pooling", POOLINGS)
def test_is_its_formula_without_gates(pooling):
    fields = mixed_fields(pooling)
    net = randomize(FinalMLP(fields, embedding_dim=2, mlp=MLPSpec((3,)), gating=False))
    assert not net.gates
    check(net, make_inputs(fields), 1)


def check(net, inputs, n_outputs):
    def formula(b, c):
        x = concatenated(net.embedding, inputs, b)
        return net.bias[c] + fuse(net.fusion, stream(net, 0, x), stream(net, 1, x), c)

    assert_is_literal(net, formula, inputs, n_outputs)


def test_heads_are_blocks_of_one_matrix():
    heads, whole = randomize(BilinearFusion(4, 6, 1, 2)), BilinearFusion(4, 6, 1).double()
    with torch.no_grad():
        whole.first.weight.copy_(heads.first.weight)
        whole.second.weight.copy_(heads.second.weight)
        whole.weight.copy_(torch.block_diag(*heads.weight)[None])
    generator = torch.Generator().manual_seed(1)
    first, second = (torch.randn(5, n, dtype=torch.float64, generator=generator) for n in (4, 6))
    torch.testing.assert_close(whole(first, second), heads(first, second))


def test_heads_divide_both_widths():
    with pytest.raises(ValueError, match="n_heads must divide both widths, however: n_heads=4, n_first=4, n_second=6"):
        BilinearFusion(4, 6, 1, 4)


def test_contexts_are_of_gates():
    with pytest.raises(ValueError, match="contexts are of gates, however: gating=False"):
        FinalMLP(mixed_fields(), gating=False, contexts=((0,), ()))


@pytest.mark.parametrize("contexts", CONTEXTS)
def test_starts_from_its_generator(contexts):
    options = {"embedding_dim": 2, "contexts": contexts}
    assert_starts_from_generator(lambda g: FinalMLP(mixed_fields(), 3, **options, generator=g))
