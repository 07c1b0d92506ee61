import pytest
import torch

from skrec.nets import FiBiNET, Fields
from skrec.nets._squeeze import SqueezeExcitation
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
from tests.nets.test_bilinear_ffm import TYPES, literal_pairs


def literal_squeeze(layer, v, width):
    """Return a_i v_i with a = ReLU(1 + ReLU(z W1) W2 + b) and z_i the mean of v_i."""
    z = [sum(vector[:width]) / width for vector in v]
    hidden = [sum(row[i] * value for i, value in enumerate(z)).clamp(min=0) for row in layer.squeeze.weight]
    rows = zip(layer.excite.weight, layer.excite.bias, strict=True)
    x = [(1 + bias + sum(row[h] * value for h, value in enumerate(hidden))).clamp(min=0) for row, bias in rows]
    return [[weight * vector[d] for d in range(width)] for weight, vector in zip(x, v, strict=True)]


@pytest.mark.parametrize(("bilinear_type", "pooling"), list(zip(TYPES, POOLINGS, strict=True)))
@pytest.mark.parametrize("n_outputs", [1, 3])
def test_is_its_formula(n_outputs, bilinear_type, pooling):
    fields = mixed_fields(pooling)
    net = FiBiNET(fields, n_outputs, embedding_dim=2, bilinear_type=bilinear_type, hidden_layer_sizes=(4,))
    net, inputs = randomize(net), make_inputs(fields)

    def formula(b, c):
        v = field_vectors(net.embedding, inputs, b)
        pairs = literal_pairs(net.original, v, 2) + literal_pairs(net.weighed, literal_squeeze(net.squeeze, v, 2), 2)
        x = [value for pair in pairs for value in pair] + list(inputs.numeric[b])
        return net.bias[c] + linear_part(net.embedding, v, c) + mlp(net.mlp, x)[c]

    assert_is_literal(net, formula, inputs, n_outputs)


def test_batch_normalization_comes_behind_the_first_layer():
    fields = mixed_fields()
    net = randomize(FiBiNET(fields, embedding_dim=2, hidden_layer_sizes=(4,), batch_norm=True)).eval()
    inputs = make_inputs(fields)
    vectors, linear = net.embedding.split(net.embedding(inputs))
    pairs = [net.original(vectors).flatten(1), net.weighed(net.squeeze(vectors)).flatten(1), inputs.numeric]
    torch.testing.assert_close(net(inputs), net.bias + linear + net.mlp(torch.cat(pairs, 1)))


@pytest.mark.parametrize(("ratio", "n_hidden"), [(1, 6), (2, 3), (4, 1), (100, 1)])
def test_squeeze_passes_through_a_share_of_the_fields(ratio, n_hidden):
    layer = SqueezeExcitation(6, ratio)
    assert layer.squeeze.weight.shape == (n_hidden, 6)
    assert layer.excite.weight.shape == (6, n_hidden)


def test_squeeze_keeps_the_direction_of_a_vector_and_weighs_each_row_for_itself():
    layer, vectors = randomize(SqueezeExcitation(4, 2)), torch.randn(50, 4, 3, dtype=torch.float64)
    weights = layer.weigh(vectors)
    assert (weights >= 0).all()
    assert (weights.var(0) > 0).any()
    torch.testing.assert_close(layer(vectors), vectors * weights[:, :, None])
    torch.testing.assert_close(layer(vectors)[7:8], layer(vectors[7:8]))


def test_squeeze_starts_with_fields_alike():
    layer = SqueezeExcitation(4, 2, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(layer.weigh(0.01 * torch.randn(50, 4, 3)), torch.ones(50, 4), atol=0.02, rtol=0)


def test_starts_from_its_generator():
    assert_starts_from_generator(lambda g: FiBiNET(mixed_fields(), 3, embedding_dim=3, generator=g))


def test_a_single_field_is_refused():
    with pytest.raises(ValueError, match="at least two fields, got 1"):
        FiBiNET(Fields(categorical=(0,), vocabulary_sizes=(4,)))
