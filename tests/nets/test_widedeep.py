import pytest
import torch

from skrec.nets import DNN, Inputs, MLPSpec, WideDeep
from tests.nets.literal import (
    POOLINGS,
    assert_is_literal,
    assert_starts_from_generator,
    concatenated,
    field_vectors,
    linear_part,
    make_inputs,
    mixed_fields,
    mlp,
    randomize,
)

CROSSES = torch.tensor([[1, 0], [2, 3], [0, 1], [2, 2], [1, 3], [0, 0]], dtype=torch.int32)


def with_crosses(inputs, codes=CROSSES):
    return inputs._replace(codes=torch.cat([inputs.codes, codes], 1))


def literal_wide_deep(net, inputs):
    """b + sum_i w_i x_i + sum_k w_{k, code of the k-th cross} + MLP(x), of crosses of 3 and 4 codes."""

    def formula(b, c):
        columns = field_vectors(net.embedding, inputs, b)  # the numbers, which have no vectors, are not among them
        wide = linear_part(net.embedding, columns, c)
        wide += sum(inputs.numeric[b, m] * net.slopes[m, c] for m in range(2))
        if net.crosses is not None:
            wide += net.crosses.table[CROSSES[b, 0], c] + net.crosses.table[3 + CROSSES[b, 1], c]
        return net.bias[c] + wide + mlp(net.mlp, concatenated(net.embedding, inputs, b))[c]

    return formula


@pytest.mark.parametrize("pooling", POOLINGS)
@pytest.mark.parametrize("cross_sizes", [(), (3, 4)])
@pytest.mark.parametrize("n_outputs", [1, 3])
def test_is_its_formula(n_outputs, cross_sizes, pooling):
    fields = mixed_fields(pooling)
    net = WideDeep(fields, n_outputs, embedding_dim=2, cross_sizes=cross_sizes, mlp=MLPSpec((4, 3)))
    net, inputs = randomize(net), make_inputs(fields)
    formula = literal_wide_deep(net, inputs)
    assert_is_literal(net, formula, with_crosses(inputs) if cross_sizes else inputs, n_outputs)


def test_starts_as_its_deep_part_alone():
    fields = mixed_fields()
    build = {"embedding_dim": 3, "mlp": MLPSpec((4,))}
    net = WideDeep(fields, 2, cross_sizes=(3, 4), **build, generator=torch.Generator().manual_seed(0)).double()
    deep = DNN(fields, 2, **build, generator=torch.Generator().manual_seed(0)).double()
    inputs = make_inputs(fields)
    torch.testing.assert_close(net(with_crosses(inputs)), deep(inputs))


def test_starts_from_its_generator():
    assert_starts_from_generator(
        lambda g: WideDeep(mixed_fields(), 3, embedding_dim=3, cross_sizes=(3, 4), generator=g)
    )


def test_the_penalty_knows_how_rare_a_cross_is():
    net = WideDeep(mixed_fields(), embedding_dim=3, cross_sizes=(3, 4))
    inputs = with_crosses(make_inputs(mixed_fields()))
    for layer in (net.embedding, net.crosses):
        layer.learn_l2_scale([(inputs.take(part), torch.ones(3)) for part in (slice(0, 3), slice(3, 6))])
    assert len(net.embedding.l2_scale) == len(net.embedding.table)
    uses = torch.tensor([2, 2, 2, 2, 1, 1, 2]).sqrt()  # how often CROSSES has each code, column by column
    averages = torch.cat([torch.full((3,), uses[:3].sum()), torch.full((4,), uses[3:].sum())])
    torch.testing.assert_close(net.crosses.l2_scale, 6 / averages / uses)


def test_a_net_of_crosses_alone_sees_no_lists():
    fields = mixed_fields()
    net, inputs = WideDeep(fields, embedding_dim=3, cross_sizes=(3, 4)), with_crosses(make_inputs(fields))
    others = Inputs(inputs.codes, inputs.numeric, inputs.lists[::-1])
    assert torch.equal(net.crosses.look_up(inputs), net.crosses.look_up(others))
