import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from skrec.nets import FM, DeepFM, Fields
from skrec.nets._fm import FoldedFM
from skrec.nets.layers import NumericEmbedding
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
    user_and_item,
)

pytestmark = pytest.mark.fast


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


@given(st.lists(st.integers(0, 1), max_size=3), st.integers(0, 3), st.integers(1, 5), st.booleans())
@settings(max_examples=40, deadline=None)
def test_folded_has_the_same_outputs_and_leaves_the_net_alone(categorical, n_numeric, embedding_dim, bent):
    edges = ((-1.0, 0.0, 0.5), (0.2,), (-4.0, -3.0, 5.0, 5.5, 7.0))[:n_numeric]  # one has no bins
    centres = ((0.7, 0.2), (), (1.0, 0.5, 0.1, 0.0))[:n_numeric]
    embedding = NumericEmbedding("bent", edges, centres) if bent else None
    fields = Fields(tuple(categorical), (4, 3), n_numeric=n_numeric, numeric_embedding=embedding)
    net, inputs = randomize(FM(fields, embedding_dim=embedding_dim)).requires_grad_(False), make_inputs(fields)
    inputs = inputs._replace(numeric=inputs.numeric * 5)  # beyond the bins and the lines too
    before = {name: value.clone() for name, value in net.state_dict().items()}
    folded = net.fold()
    assert isinstance(folded, FoldedFM)
    torch.testing.assert_close(folded(inputs), net(inputs), rtol=1e-10, atol=1e-12)
    assert all(torch.equal(value, before[name]) for name, value in net.state_dict().items())


@pytest.mark.parametrize("build", [FM, DeepFM])
@pytest.mark.parametrize("n_outputs", [1, 3])
@pytest.mark.parametrize("fields", [user_and_item(), mixed_fields()], ids=["categorical", "mixed"])
def test_folding_changes_no_output(fields, n_outputs, build):
    net, inputs = randomize(build(fields, n_outputs, embedding_dim=3)).requires_grad_(False), make_inputs(fields)
    torch.testing.assert_close(net.fold()(inputs), net(inputs), rtol=1e-10, atol=1e-12)


def test_starts_from_its_generator():
    assert_starts_from_generator(lambda g: FM(mixed_fields(), 3, embedding_dim=3, generator=g))


def test_linear_weights_and_bias_start_at_zero():
    net = FM(mixed_fields(), 2, embedding_dim=3)
    assert not net.embedding.table[:, 3:].any()
    assert not net.embedding.factors[:, 3:].any()
    assert not net.bias.any()


def test_one_field_has_no_pair():
    fields = Fields(categorical=(0,), vocabulary_sizes=(4,))
    net, inputs = randomize(FM(fields, embedding_dim=3)), make_inputs(fields)
    expected = net.bias + net.embedding.table[inputs.codes[:, 0], 3:]
    torch.testing.assert_close(net(inputs), expected, rtol=0, atol=1e-14)
