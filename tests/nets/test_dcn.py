import pytest
import torch

from skrec.nets import DCN, DNN, MLPSpec
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


def cross(net, x0):
    """x_{l+1} = x_0 (x_l . w_l) + b_l + x_l, a list of scalars."""
    x = x0
    for weight, bias in zip(net.weight, net.bias, strict=True):
        dot = sum(x[i] * weight[i] for i in range(len(x)))
        x = [x0[i] * dot + bias[i] + x[i] for i in range(len(x))]
    return x


@pytest.mark.parametrize("pooling", POOLINGS)
@pytest.mark.parametrize("n_outputs", [1, 3])
def test_is_its_formula(n_outputs, pooling):
    fields = mixed_fields(pooling)
    net = randomize(DCN(fields, n_outputs, embedding_dim=2, n_cross_layers=3, mlp=MLPSpec((4, 3))))
    inputs = make_inputs(fields)

    def formula(b, c):
        x0 = concatenated(net.embedding, inputs, b)
        crossed = sum(net.read_out.weight[c, i] * value for i, value in enumerate(cross(net.cross, x0)))
        return net.bias[c] + crossed + mlp(net.mlp, x0)[c]

    assert_is_literal(net, formula, inputs, n_outputs)


def test_without_its_read_out_it_is_a_deep_network():
    fields = mixed_fields()
    net, dnn = randomize(DCN(fields, embedding_dim=3)), DNN(fields, embedding_dim=3).double()
    dnn.load_state_dict({name: value for name, value in net.state_dict().items() if name in dnn.state_dict()})
    with torch.no_grad():
        net.read_out.weight.zero_()
    inputs = make_inputs(fields)
    torch.testing.assert_close(net(inputs), dnn(inputs))


def test_starts_from_its_generator():
    assert_starts_from_generator(lambda g: DCN(mixed_fields(), 3, embedding_dim=3, generator=g))
