import pytest

from skrec.nets import FINAL, Fields, MLPSpec
from tests.nets.literal import (
    POOLINGS,
    assert_is_literal,
    assert_starts_from_generator,
    concatenated,
    field_vectors,
    linear,
    make_inputs,
    mixed_fields,
    randomize,
)


def block(layers, x):
    """h_l = a_l + a_l * c_l of each layer, and the linear map behind them; a list of scalars."""
    *layers, out = layers
    for layer in layers:
        both = linear(layer.linear, x)
        half = len(both) // 2
        x = [both[i] + both[i] * both[half + i] for i in range(half)]
    return linear(out, x)


def gated(net, v):
    """v_i * (q_i + sum_j Q_ij v_j), one field behind the other."""
    width = net.embedding.embedding_dim
    return [
        v[i][d] * (net.gate_bias[i, 0] + sum(net.gate_weight[i, j] * v[j][d] for j in range(len(v))))
        for i in range(len(v))
        for d in range(width)
    ]


@pytest.mark.parametrize(("n_blocks", "pooling"), [(1, "mean"), (2, "mean"), *((2, name) for name in POOLINGS[1:])])
@pytest.mark.parametrize("n_outputs", [1, 3])
def test_is_its_formula(n_outputs, n_blocks, pooling):
    fields = mixed_fields(pooling)
    net = FINAL(fields, n_outputs, embedding_dim=2, n_blocks=n_blocks, mlp=MLPSpec((3, 2)))
    net, inputs = randomize(net), make_inputs(fields)

    def formula(b, c):
        x = concatenated(net.embedding, inputs, b)
        logits = [block(net.blocks[0], x + gated(net, field_vectors(net.embedding, inputs, b)))[c]]
        logits += [block(own, x)[c] for own in net.blocks[1:]]
        return net.bias[c] + sum(logits) / n_blocks

    assert_is_literal(net, formula, inputs, n_outputs)


def test_takes_plain_numbers_alone():
    fields = Fields(categorical=(), vocabulary_sizes=(), n_numeric=3)
    net, inputs = randomize(FINAL(fields, mlp=MLPSpec((3,)))), make_inputs(fields)
    assert_is_literal(
        net, lambda b, c: net.bias[c] + sum(block(own, list(inputs.numeric[b]))[c] for own in net.blocks) / 2, inputs, 1
    )


def test_another_number_of_blocks_is_refused():
    with pytest.raises(ValueError, match="n_blocks must be 1 or 2, however: n_blocks=3"):
        FINAL(mixed_fields(), n_blocks=3)


def test_starts_from_its_generator():
    assert_starts_from_generator(lambda g: FINAL(mixed_fields(), 3, embedding_dim=3, generator=g))
