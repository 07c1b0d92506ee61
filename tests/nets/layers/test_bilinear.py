import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from skrec.nets.layers import Bilinear
from skrec.ops import _pieces
from tests.nets.literal import randomize

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
