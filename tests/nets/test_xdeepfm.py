import pytest
import torch

from skrec.nets import MLPSpec, XDeepFM
from skrec.nets._xdeepfm import CIN
from tests.nets.literal import (
    POOLINGS,
    assert_is_literal,
    assert_starts_from_generator,
    concatenated,
    field_vectors,
    linear_part,
    make_inputs,
    mixed_fields,
    mlp,
    randomize,
)


def literal_cin(net, vectors):
    """Eq. 6-8 of the paper: the maps' sums over dimensions, a list of scalars."""
    maps, summed = vectors, []
    for k, layer in enumerate(net.layers):
        weight = layer.weight.view(-1, len(maps), len(vectors))
        maps = [
            [
                sum(weight[h, i, j] * maps[i][d] * vectors[j][d] for i in range(len(maps)) for j in range(len(vectors)))
                for d in range(len(vectors[0]))
            ]
            for h in range(len(weight))
        ]
        inner = k < len(net.layers) - 1
        half = len(maps) // 2 if net.split_half and inner else 0
        summed += [sum(values) for values in maps[half:]]
        maps = maps[:half] if half else maps
    return summed


@pytest.mark.parametrize("pooling", POOLINGS)
@pytest.mark.parametrize("n_outputs", [1, 3])
@pytest.mark.parametrize("split_half", [False, True])
def test_is_its_formula(split_half, n_outputs, pooling):
    fields, options = mixed_fields(pooling), {"embedding_dim": 2, "mlp": MLPSpec((3,))}
    net = randomize(XDeepFM(fields, n_outputs, cin_layer_sizes=(2, 3), split_half=split_half, **options))
    inputs = make_inputs(fields, n_rows=4)

    def formula(b, c):
        vectors = field_vectors(net.embedding, inputs, b)
        summed = literal_cin(net.cin, [vector[:2] for vector in vectors])
        explicit = sum(net.read_out.weight[c, h] * value for h, value in enumerate(summed))
        deep = mlp(net.mlp, concatenated(net.embedding, inputs, b))[c]
        return net.bias[c] + linear_part(net.embedding, vectors, c) + explicit + deep

    assert_is_literal(net, formula, inputs, n_outputs)


def make_x(n_rows=5, n_fields=4, width=3):
    return torch.randn(n_rows, n_fields, width, dtype=torch.float64, generator=torch.Generator().manual_seed(1))


def test_layers_are_the_degree():
    """The maps of layer k are homogeneous of degree k + 1."""
    net, x = randomize(CIN(4, (2, 2, 3))).requires_grad_(False), make_x()
    factor = torch.tensor([4.0, 4, 8, 8, 16, 16, 16], dtype=torch.float64)
    torch.testing.assert_close(net(2 * x), factor * net(x))


def test_one_map_of_ones_is_twice_the_pairs_and_the_squares():
    net, x = CIN(4, (1,)).double().requires_grad_(False), make_x()
    net.layers[0].weight.fill_(1)
    torch.testing.assert_close(net(x), x.sum(1).square().sum(1, keepdim=True))


@pytest.mark.parametrize(("sizes", "widths"), [((4, 6), [16, 8]), ((4, 6, 5), [16, 8, 12]), ((3,), [16])])
def test_half_of_the_maps_go_on(sizes, widths):
    net = CIN(4, sizes, split_half=True)
    assert [layer.in_features for layer in net.layers] == widths
    assert net(make_x().float()).shape == (5, net.n_out)
    assert net.n_out == sum(size // 2 for size in sizes[:-1]) + sizes[-1]


def test_odd_layers_are_not_halved():
    with pytest.raises(ValueError, match=r"split_half halves all layers but the last, however: layer_sizes=\(3, 2\)"):
        CIN(4, (3, 2), split_half=True)


def test_starts_from_its_generator():
    assert_starts_from_generator(lambda g: XDeepFM(mixed_fields(), 3, embedding_dim=3, generator=g))


def test_compressed_in_bfloat16_it_stays_near():
    net, x = randomize(CIN(4, (3, 2))).float(), make_x().float()
    with torch.autocast("cpu", torch.bfloat16):
        mixed = net(x)
    mixed.float().sum().backward()
    torch.testing.assert_close(mixed.float(), net(x), rtol=0.05, atol=0.1)
    assert net.layers[0].weight.grad.dtype == torch.float32
