import pytest
import torch

from skrec.nets import DNN, GMF, MLPSpec, NeuMF
from tests.nets.literal import (
    assert_is_literal,
    assert_starts_from_generator,
    concatenated,
    field_vectors,
    make_inputs,
    mlp,
    randomize,
    read_out,
    user_and_item,
)


@pytest.mark.parametrize("n_outputs", [1, 3])
@pytest.mark.parametrize("hidden_layer_sizes", [(4,), (4, 2)])
def test_is_its_formula(hidden_layer_sizes, n_outputs):
    fields = user_and_item()
    net = randomize(NeuMF(fields, n_outputs, embedding_dim=3, mlp=MLPSpec(hidden_layer_sizes)))
    inputs = make_inputs(fields)

    def formula(b, c):
        p, q = field_vectors(net.embedding, inputs, b)
        hidden = [value.clamp(min=0) for value in mlp(net.mlp, concatenated(net.mlp_embedding, inputs, b))]
        return net.bias[c] + read_out(net.project, [p[d] * q[d] for d in range(3)] + hidden, c)

    assert_is_literal(net, formula, inputs, n_outputs)


def halves(n_outputs, **options):
    fields = user_and_item()
    sizes = {"embedding_dim": 3, "mlp": MLPSpec((4, 2), **options)}
    gmf, dnn = randomize(GMF(fields, n_outputs, embedding_dim=3), 1), randomize(DNN(fields, n_outputs, **sizes), 2)
    return gmf.eval(), dnn.eval(), NeuMF(fields, n_outputs, **sizes).double().eval()


@pytest.mark.parametrize("options", [{}, {"dropout": 0.5, "batch_norm": True}])
@pytest.mark.parametrize("trade_off", [0.5, 0.2])
@pytest.mark.parametrize("n_outputs", [1, 3])
def test_starts_as_the_mean_of_its_halves(n_outputs, trade_off, options):
    gmf, dnn, net = halves(n_outputs, **options)
    if options:
        dnn.train()(make_inputs(user_and_item(), seed=1))  # moves the running statistics
        dnn.eval()
    net.start_from(gmf, dnn, trade_off)
    inputs = make_inputs(user_and_item())
    torch.testing.assert_close(net(inputs), trade_off * gmf(inputs) + (1 - trade_off) * dnn(inputs))


@pytest.mark.parametrize("n_outputs", [1, 3])
def test_a_half_alone_is_gmf_or_the_mlp(n_outputs):
    gmf, dnn, net = halves(n_outputs)
    inputs = make_inputs(user_and_item())
    for trade_off, half in ((1.0, gmf), (0.0, dnn)):
        net.start_from(gmf, dnn, trade_off)
        torch.testing.assert_close(net(inputs), half(inputs))


def test_taking_over_copies():
    gmf, dnn, net = halves(1)
    net.start_from(gmf, dnn)
    before = net(make_inputs(user_and_item()))
    for half in (gmf, dnn):
        randomize(half, 3)
    torch.testing.assert_close(net(make_inputs(user_and_item())), before)


def test_starts_from_its_generator():
    assert_starts_from_generator(lambda g: NeuMF(user_and_item(), 3, embedding_dim=3, generator=g))
