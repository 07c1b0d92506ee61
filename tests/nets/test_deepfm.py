import pytest
import torch

from skrec.nets import FM, DeepFM, MLPSpec
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
from tests.nets.test_fm import literal_fm

pytestmark = pytest.mark.fast


@pytest.mark.parametrize("pooling", POOLINGS)
@pytest.mark.parametrize("n_outputs", [1, 3])
def test_is_its_formula(n_outputs, pooling):
    fields = mixed_fields(pooling)
    net = randomize(DeepFM(fields, n_outputs, embedding_dim=3, mlp=MLPSpec((4, 3))))
    inputs = make_inputs(fields)
    fm = literal_fm(net, inputs)

    def formula(b, c):
        return fm(b, c) + mlp(net.mlp, concatenated(net.embedding, inputs, b))[c]

    assert_is_literal(net, formula, inputs, n_outputs)


def test_without_its_mlp_it_is_an_fm():
    fields = mixed_fields()
    net, fm = randomize(DeepFM(fields, embedding_dim=3)), FM(fields, embedding_dim=3).double()
    fm.load_state_dict({name: value for name, value in net.state_dict().items() if not name.startswith("mlp")})
    inputs = make_inputs(fields)
    with torch.no_grad():
        net.mlp[-1].weight.zero_()
        net.mlp[-1].bias.zero_()
    torch.testing.assert_close(net(inputs), fm(inputs))


def test_starts_from_its_generator():
    assert_starts_from_generator(lambda g: DeepFM(mixed_fields(), 3, embedding_dim=3, generator=g))
