import pytest
import torch

from skrec.nets import LR, Fields, NumericEmbedding
from skrec.nets._fm import FoldedFM
from tests.nets.literal import (
    POOLINGS,
    assert_is_literal,
    field_vectors,
    linear_part,
    make_inputs,
    mixed_fields,
    randomize,
)


@pytest.mark.parametrize("pooling", POOLINGS)
@pytest.mark.parametrize("n_outputs", [1, 3])
def test_is_its_formula(n_outputs, pooling):
    fields = mixed_fields(pooling)
    net, inputs = randomize(LR(fields, n_outputs)), make_inputs(fields)

    def formula(b, c):
        return net.bias[c] + linear_part(net.embedding, field_vectors(net.embedding, inputs, b), c)

    assert_is_literal(net, formula, inputs, n_outputs)


def test_numbers_alone_are_linear_regression():
    fields = Fields(categorical=(), vocabulary_sizes=(), n_numeric=3)
    net, inputs = randomize(LR(fields)), make_inputs(fields)
    torch.testing.assert_close(net(inputs), inputs.numeric @ net.embedding.factors + net.bias)


def test_folded_has_the_same_outputs():
    embedding = NumericEmbedding("bent", ((-1.0, 0.0, 0.5), (-2.0, 2.0)), ((0.7, 0.2), (0.5,)))
    fields = Fields((0, 1), (4, 3), n_numeric=2, numeric_embedding=embedding)
    net, inputs = randomize(LR(fields)).requires_grad_(False), make_inputs(fields)
    folded = net.fold()
    assert isinstance(folded, FoldedFM)
    torch.testing.assert_close(folded(inputs), net(inputs), rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("n_outputs", [1, 3])
def test_lists_plain_numbers_and_classes_are_not_folded(n_outputs):
    net = LR(mixed_fields(), n_outputs)
    assert net.fold() is net


def test_starts_at_zero():
    state = torch.get_rng_state()
    net = LR(mixed_fields(), 2, generator=torch.Generator())
    assert not any(parameter.any() for parameter in net.parameters())
    assert torch.equal(torch.get_rng_state(), state)
