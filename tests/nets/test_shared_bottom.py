import pytest

from skrec.nets import MLPSpec, SharedBottom
from tests.nets.literal import (
    assert_is_literal,
    assert_starts_from_generator,
    concatenated,
    make_inputs,
    mixed_fields,
    mlp,
    randomize,
)
from tests.nets.towers import SIZES, tower


@pytest.mark.parametrize("towers", [(3,), ()])
@pytest.mark.parametrize("sizes", [1, SIZES])
def test_is_its_formula(sizes, towers):
    fields = mixed_fields()
    net = randomize(SharedBottom(fields, sizes, embedding_dim=2, mlp=MLPSpec((4, 3)), tower=MLPSpec(towers)))
    inputs, n_targets = make_inputs(fields), 1 if sizes == 1 else len(sizes)

    def formula(b, c):
        bottom = [value.clamp(min=0) for value in mlp(net.bottom, concatenated(net.embedding, inputs, b))]
        return net.bias[c] + tower(net.towers, [bottom] * n_targets, c)

    assert_is_literal(net, formula, inputs, len(net.bias))


def test_starts_from_its_generator():
    assert_starts_from_generator(lambda g: SharedBottom(mixed_fields(), SIZES, embedding_dim=3, generator=g))
