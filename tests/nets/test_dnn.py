import pytest

from skrec.nets import DNN, MLPSpec
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


@pytest.mark.parametrize("pooling", POOLINGS)
@pytest.mark.parametrize("n_outputs", [1, 3])
@pytest.mark.parametrize("hidden_layer_sizes", [(4, 3), ()])
def test_is_its_formula(hidden_layer_sizes, n_outputs, pooling):
    fields = mixed_fields(pooling)
    net = randomize(DNN(fields, n_outputs, embedding_dim=3, mlp=MLPSpec(hidden_layer_sizes)))
    inputs = make_inputs(fields)

    def formula(b, c):
        return net.bias[c] + mlp(net.mlp, concatenated(net.embedding, inputs, b))[c]

    assert_is_literal(net, formula, inputs, n_outputs)


def test_starts_from_its_generator():
    assert_starts_from_generator(lambda g: DNN(mixed_fields(), 3, embedding_dim=3, generator=g))
