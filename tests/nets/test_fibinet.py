import pytest
import torch

from skrec.nets import FiBiNET, Fields, MLPSpec
from tests.nets.layers.test_bilinear import TYPES, literal_pairs
from tests.nets.layers.test_squeeze_excitation import literal_squeeze
from tests.nets.literal import (
    POOLINGS,
    assert_is_literal,
    assert_starts_from_generator,
    field_vectors,
    linear_part,
    make_inputs,
    mixed_fields,
    mlp,
    randomize,
)


@pytest.mark.parametrize(("bilinear_type", "pooling"), list(zip(TYPES, POOLINGS[:3], strict=True)))
@pytest.mark.parametrize("n_outputs", [1, 3])
def test_is_its_formula(n_outputs, bilinear_type, pooling):
    fields = mixed_fields(pooling)
    net = FiBiNET(fields, n_outputs, embedding_dim=2, bilinear_type=bilinear_type, mlp=MLPSpec((4,)))
    net, inputs = randomize(net), make_inputs(fields)

    def formula(b, c):
        v = field_vectors(net.embedding, inputs, b)
        pairs = literal_pairs(net.original, v, 2) + literal_pairs(net.weighed, literal_squeeze(net.squeeze, v, 2), 2)
        x = [value for pair in pairs for value in pair] + list(inputs.numeric[b])
        return net.bias[c] + linear_part(net.embedding, v, c) + mlp(net.mlp, x)[c]

    assert_is_literal(net, formula, inputs, n_outputs)


def test_batch_normalization_comes_behind_the_first_layer():
    fields = mixed_fields()
    net = randomize(FiBiNET(fields, embedding_dim=2, mlp=MLPSpec((4,), batch_norm=True))).eval()
    inputs = make_inputs(fields)
    vectors, linear = net.embedding.split(net.embedding(inputs))
    pairs = [net.original(vectors).flatten(1), net.weighed(net.squeeze(vectors)).flatten(1), inputs.numeric]
    torch.testing.assert_close(net(inputs), net.bias + linear + net.mlp(torch.cat(pairs, 1)))


def test_starts_from_its_generator():
    assert_starts_from_generator(lambda g: FiBiNET(mixed_fields(), 3, embedding_dim=3, generator=g))


def test_a_single_field_is_refused():
    with pytest.raises(ValueError, match="at least two fields, got 1"):
        FiBiNET(Fields(categorical=(0,), vocabulary_sizes=(4,)))
