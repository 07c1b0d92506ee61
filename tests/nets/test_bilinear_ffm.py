import pytest
import torch

from skrec.nets import FM, BilinearFFM, Fields
from tests.nets.layers.test_bilinear import TYPES, literal_pairs
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


def layer_norm(norm, x):
    mean = sum(x) / len(x)
    variance = sum((value - mean) ** 2 for value in x) / len(x)
    return [norm.weight[d] * (x[d] - mean) / (variance + norm.eps) ** 0.5 + norm.bias[d] for d in range(len(x))]


@pytest.mark.parametrize(("bilinear_type", "pooling"), list(zip(TYPES, POOLINGS[:3], strict=True)))
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
def test_at_the_identity_it_is_an_fm(bilinear_type):
    fields = mixed_fields()
    fm, inputs = randomize(FM(fields, 3, embedding_dim=3)), make_inputs(fields)
    net = BilinearFFM(fields, 3, embedding_dim=3, bilinear_type=bilinear_type).double()
    net.load_state_dict({**fm.state_dict(), "bilinear.weight": torch.eye(3).expand_as(net.bilinear.weight)})
    torch.testing.assert_close(net(inputs), fm(inputs))


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
