"""The bilinear interaction alone, and read out as a factorization machine."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from skrec.nets import FM, BilinearFFM, Fields
from skrec.nets._bilinear import Bilinear
from skrec.ops import _pieces
from tests.nets.literal import (
    POOLINGS,
    assert_is_literal,
    assert_starts_from_generator,
    field_vectors,
    linear_part,
    make_inputs,
    mixed_fields,
    randomize,
    read_out,
)

TYPES = ["all", "each", "interaction"]


def literal_pairs(layer, v, width):
    """Return (v_i W) * v_j for the pairs i < j, lists of D scalars; W is the layer's, of i, or of the pair."""
    pairs = []
    for i in range(len(v)):
        for j in range(i + 1, len(v)):
            matrix = {
                "all": lambda i: layer.weight,
                "each": lambda i: layer.weight[i],
                "interaction": lambda i: layer.weight[len(pairs)],
            }[layer.bilinear_type](i)
            pairs.append([sum(v[i][e] * matrix[e, d] for e in range(width)) * v[j][d] for d in range(width)])
    return pairs


def layer_norm(norm, x):
    mean = sum(x) / len(x)
    variance = sum((value - mean) ** 2 for value in x) / len(x)
    return [norm.weight[d] * (x[d] - mean) / (variance + norm.eps) ** 0.5 + norm.bias[d] for d in range(len(x))]


@pytest.mark.parametrize(("bilinear_type", "pooling"), list(zip(TYPES, POOLINGS, strict=True)))
@pytest.mark.parametrize("norm", [False, True])
@pytest.mark.parametrize("n_outputs", [1, 3])
def test_is_its_formula(n_outputs, norm, bilinear_type, pooling):
    fields = mixed_fields(pooling)
    net = BilinearFFM(fields, n_outputs, embedding_dim=3, bilinear_type=bilinear_type, layer_norm=norm)
    net, inputs = randomize(net), make_inputs(fields)

    def formula(b, c):
        v = field_vectors(net.embedding, inputs, b)
        pairs = literal_pairs(net.bilinear, v, 3)
        total = [sum(pair[d] for pair in pairs) for d in range(3)]
        total = layer_norm(net.norm, total) if norm else total
        return net.bias[c] + linear_part(net.embedding, v, c) + read_out(net.project, total, c)

    assert_is_literal(net, formula, inputs, n_outputs)


@pytest.mark.parametrize("bilinear_type", TYPES)
def test_total_is_the_sum_over_pairs(bilinear_type):
    layer, vectors = randomize(Bilinear(4, 3, bilinear_type)), torch.randn(5, 4, 3, dtype=torch.float64)
    assert layer(vectors).shape == (5, 6, 3)
    torch.testing.assert_close(layer.total(vectors), layer(vectors).sum(1))


@pytest.mark.parametrize("bilinear_type", TYPES)
@pytest.mark.parametrize("piece", [1, 30, 10**6])
@given(st.integers(2, 5), st.integers(1, 4), st.integers(1, 7), st.integers(1, 3))
@settings(max_examples=15, deadline=None)
def test_projected_pairs_are_the_pairs_projected_and_so_is_the_gradient(
    piece, bilinear_type, n_fields, width, n_rows, n_hidden
):
    layer = randomize(Bilinear(n_fields, width, bilinear_type))
    generator = torch.Generator().manual_seed(n_rows)
    shapes = [(n_rows, n_fields, width), (n_hidden, layer.n_pairs * width)]
    vectors, weight = (torch.randn(s, dtype=torch.float64, generator=generator, requires_grad=True) for s in shapes)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_pieces, "PIECE", piece)
        fast = layer.project(vectors, weight)
        ours = torch.autograd.grad(fast.sin().sum(), [vectors, weight, layer.weight])
    slow = layer(vectors).flatten(1) @ weight.T
    torch.testing.assert_close(fast, slow)
    theirs = torch.autograd.grad(slow.sin().sum(), [vectors, weight, layer.weight])
    for one, other in zip(ours, theirs, strict=True):
        torch.testing.assert_close(one, other)


@pytest.mark.parametrize("bilinear_type", TYPES)
def test_projected_in_bfloat16_it_stays_near(bilinear_type):
    layer, vectors = randomize(Bilinear(4, 3, bilinear_type)).float(), torch.randn(5, 4, 3, requires_grad=True)
    weight = torch.randn(6, layer.n_pairs * 3, requires_grad=True)
    with torch.autocast("cpu", torch.bfloat16):
        mixed = layer.project(vectors, weight)
    slow = layer(vectors).flatten(1) @ weight.T
    torch.testing.assert_close(mixed.float(), slow, rtol=0.05, atol=0.2)
    inputs = [vectors, weight, layer.weight]
    for ours, theirs in zip(*(torch.autograd.grad(out.sum(), inputs) for out in (mixed, slow)), strict=True):
        assert ours.dtype == torch.float32
        torch.testing.assert_close(ours, theirs, rtol=0.05, atol=0.5)


@pytest.mark.parametrize("bilinear_type", TYPES)
def test_at_the_identity_it_is_an_fm(bilinear_type):
    fields = mixed_fields()
    fm, inputs = randomize(FM(fields, 3, embedding_dim=3)), make_inputs(fields)
    net = BilinearFFM(fields, 3, embedding_dim=3, bilinear_type=bilinear_type).double()
    net.load_state_dict({**fm.state_dict(), "bilinear.weight": torch.eye(3).expand_as(net.bilinear.weight)})
    torch.testing.assert_close(net(inputs), fm(inputs))


def test_the_three_types_coincide_where_their_matrices_do():
    vectors, matrix = torch.randn(5, 4, 3), torch.randn(3, 3)
    outputs = []
    for bilinear_type in TYPES:
        layer = Bilinear(4, 3, bilinear_type)
        layer.load_state_dict({"weight": matrix.expand_as(layer.weight)})
        outputs.append(layer(vectors))
    torch.testing.assert_close(outputs[1], outputs[0])
    torch.testing.assert_close(outputs[2], outputs[0])


def test_two_fields_have_one_matrix_whatever_the_type():
    assert [Bilinear(2, 3, bilinear_type).weight.numel() for bilinear_type in TYPES] == [9, 9, 9]
    assert [Bilinear(5, 3, bilinear_type).weight.numel() for bilinear_type in TYPES] == [9, 4 * 9, 10 * 9]


@pytest.mark.parametrize("layer_norm", [False, True])
def test_starts_from_its_generator(layer_norm):
    def build(generator):
        net = BilinearFFM(mixed_fields(), 3, embedding_dim=3, layer_norm=layer_norm, generator=generator)
        assert not layer_norm or (net.norm.weight == 1).all()
        net.norm = torch.nn.Identity()  # its ones are not drawn
        return net

    assert_starts_from_generator(build)


def test_a_single_field_another_type_and_a_norm_of_one_number_are_refused():
    with pytest.raises(ValueError, match="at least two fields, got 1; use LR for one"):
        BilinearFFM(Fields(categorical=(0,), vocabulary_sizes=(4,)))
    with pytest.raises(
        ValueError, match=r"must be one of \['all', 'each', 'interaction'\], however: bilinear_type='a'"
    ):
        BilinearFFM(mixed_fields(), bilinear_type="a")
    with pytest.raises(ValueError, match="leaves nothing of a single number; raise embedding_dim=1"):
        BilinearFFM(mixed_fields(), embedding_dim=1, layer_norm=True)
