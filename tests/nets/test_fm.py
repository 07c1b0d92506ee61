import pytest
import torch

from skrec.nets import FM
from tests.nets.literal import (
    POOLINGS,
    assert_is_literal,
    assert_starts_from_generator,
    field_vectors,
    linear_part,
    make_inputs,
    mixed_fields,
    pairs,
    randomize,
    read_out,
)


def literal_fm(net, inputs):
    """b + sum_i w_i x_i + sum_{i<j} <v_i, v_j> x_i x_j."""

    def formula(b, c):
        vectors = field_vectors(net.embedding, inputs, b)
        interaction = read_out(net.project, pairs(net.embedding, vectors), c)
        return net.bias[c] + linear_part(net.embedding, vectors, c) + interaction

    return formula


@pytest.mark.parametrize("pooling", POOLINGS)
@pytest.mark.parametrize("n_outputs", [1, 3])
def test_is_its_formula(n_outputs, pooling):
    fields = mixed_fields(pooling)
    net, inputs = randomize(FM(fields, n_outputs, embedding_dim=3)), make_inputs(fields)
    assert_is_literal(net, literal_fm(net, inputs), inputs, n_outputs)


def test_starts_from_its_generator():
    assert_starts_from_generator(lambda g: FM(mixed_fields(), 3, embedding_dim=3, generator=g))


def test_linear_weights_and_bias_start_at_zero():
    net = FM(mixed_fields(), 2, embedding_dim=3)
    assert not net.embedding.table[:, 3:].any()
    assert not net.embedding.factors[:, 3:].any()
    assert not net.bias.any()


def test_one_field_has_no_pair():
    fields = type(mixed_fields())(categorical=(0,), vocabulary_sizes=(4,))
    net, inputs = randomize(FM(fields, embedding_dim=3)), make_inputs(fields)
    expected = net.bias + net.embedding.table[inputs.codes[:, 0], 3:]
    torch.testing.assert_close(net(inputs), expected, rtol=0, atol=1e-14)
