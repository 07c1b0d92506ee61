import pytest
import torch

from skrec.nets import GMF, MF
from tests.nets.literal import (
    assert_is_literal,
    assert_starts_from_generator,
    field_vectors,
    make_inputs,
    randomize,
    read_out,
    user_and_item,
)


@pytest.mark.parametrize("n_outputs", [1, 3])
def test_is_its_formula(n_outputs):
    fields = user_and_item()
    net, inputs = randomize(GMF(fields, n_outputs, embedding_dim=3)), make_inputs(fields)

    def formula(b, c):
        p, q = field_vectors(net.embedding, inputs, b)
        return net.bias[c] + read_out(net.project, [p[d] * q[d] for d in range(3)], c)

    assert_is_literal(net, formula, inputs, n_outputs)


def test_with_weights_of_one_it_is_mf_without_biases():
    fields = user_and_item()
    net, mf = randomize(GMF(fields, embedding_dim=3)), randomize(MF(fields, embedding_dim=3))
    with torch.no_grad():
        net.project.weight.fill_(1)
        mf.embedding.table[:, :3], mf.embedding.table[:, 3] = net.embedding.table, 0
        mf.bias.copy_(net.bias)
    inputs = make_inputs(fields)
    torch.testing.assert_close(net(inputs), mf(inputs))


def test_unknown_user_has_the_base_rate():
    net = GMF(user_and_item(), embedding_dim=3)
    inputs = make_inputs(user_and_item())._replace(codes=torch.tensor([[0, 2], [0, 0]], dtype=torch.int32))
    with torch.no_grad():
        net.bias.fill_(-1.5)
    assert net(inputs).flatten().tolist() == [-1.5, -1.5]


def test_starts_from_its_generator():
    assert_starts_from_generator(lambda g: GMF(user_and_item(), 3, embedding_dim=3, generator=g))


def test_initial_scale():
    net = GMF(user_and_item(), embedding_dim=500, init_scale=0.2, generator=torch.Generator().manual_seed(0))
    assert float(net.embedding.table.detach()[1:5].std()) == pytest.approx(0.2, rel=0.05)
