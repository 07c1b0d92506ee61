import pytest
import torch

from skrec.nets import MF, Fields
from tests.nets.literal import (
    assert_is_literal,
    assert_starts_from_generator,
    field_vectors,
    linear_part,
    make_inputs,
    randomize,
    read_out,
    user_and_item,
)

pytestmark = pytest.mark.fast


@pytest.mark.parametrize("y_range", [None, (1, 5), (-0.5, 0.5)])
@pytest.mark.parametrize("n_outputs", [1, 3])
def test_is_its_formula(n_outputs, y_range):
    fields = user_and_item()
    net, inputs = randomize(MF(fields, n_outputs, embedding_dim=3, y_range=y_range)), make_inputs(fields)

    def formula(b, c):
        p, q = vectors = field_vectors(net.embedding, inputs, b)
        product = [p[d] * q[d] for d in range(3)]
        output = net.bias[c] + linear_part(net.embedding, vectors, c) + read_out(net.project, product, c)
        return output if y_range is None else y_range[0] + (y_range[1] - y_range[0]) / (1 + (-output).exp())

    assert_is_literal(net, formula, inputs, n_outputs)


def test_unknown_user_scores_mean_and_item_bias():
    net = MF(user_and_item(), embedding_dim=3)
    inputs = make_inputs(user_and_item())._replace(codes=torch.tensor([[0, 2], [0, 0]], dtype=torch.int32))
    with torch.no_grad():
        net.bias.fill_(3.5)
        net.embedding.table[5 + 2, 3] = 0.25
    assert net(inputs).flatten().tolist() == [3.75, 3.5]


@pytest.mark.parametrize("init", ["normal", "truncated_normal"])
def test_starts_from_its_generator(init):
    assert_starts_from_generator(lambda g: MF(user_and_item(), 3, embedding_dim=3, init=init, generator=g))


def test_initial_scale():
    fields = Fields(categorical=(0, 1), vocabulary_sizes=(400, 400))
    generator = torch.Generator().manual_seed(0)
    for init in ("normal", "truncated_normal"):
        net = MF(fields, embedding_dim=16, init=init, init_scale=0.2, generator=generator)
        vectors = net.embedding.table.detach()[1:400, :16]
        # a normal cut at two standard deviations keeps .88 of one
        assert float(vectors.std()) == pytest.approx(0.2 if init == "normal" else 0.2 * 0.8796, rel=0.03)
        assert (float(vectors.abs().max()) <= 0.4) == (init == "truncated_normal")
