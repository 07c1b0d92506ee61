import pytest
import torch

from skrec.nets import FM, Fields, FwFM
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


@pytest.mark.parametrize("pooling", POOLINGS)
@pytest.mark.parametrize("n_outputs", [1, 3])
def test_is_its_formula(n_outputs, pooling):
    fields = mixed_fields(pooling)
    net, inputs = randomize(FwFM(fields, n_outputs, embedding_dim=3)), make_inputs(fields)

    def formula(b, c):
        v = field_vectors(net.embedding, inputs, b)
        total, pair = [0.0, 0.0, 0.0], 0
        for i in range(len(v)):
            for j in range(i + 1, len(v)):
                for d in range(3):
                    total[d] = total[d] + net.pair_weights[pair] * v[i][d] * v[j][d]
                pair += 1
        return net.bias[c] + linear_part(net.embedding, v, c) + read_out(net.project, total, c)

    assert_is_literal(net, formula, inputs, n_outputs)


@pytest.mark.parametrize("n_outputs", [1, 3])
def test_starts_as_an_fm(n_outputs):
    fields = mixed_fields()
    fm, inputs = randomize(FM(fields, n_outputs, embedding_dim=3)), make_inputs(fields)
    net = FwFM(fields, n_outputs, embedding_dim=3).double()
    net.load_state_dict(fm.state_dict(), strict=False)
    torch.testing.assert_close(net(inputs), fm(inputs))


def test_starts_from_its_generator():
    assert_starts_from_generator(lambda g: FwFM(mixed_fields(), 3, embedding_dim=3, generator=g))


def test_a_single_field_is_refused():
    with pytest.raises(ValueError, match="FwFM needs at least two fields, got 1; use LR for one"):
        FwFM(Fields(categorical=(0,), vocabulary_sizes=(4,)))
