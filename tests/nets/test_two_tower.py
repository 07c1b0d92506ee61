import math

import pytest
import torch

from skrec.nets import MLPSpec, Side, TwoTower
from skrec.nets.layers._unit_length import SMALLEST
from tests.nets.literal import (
    POOLINGS,
    assert_is_literal,
    assert_starts_from_generator,
    field_vectors,
    make_inputs,
    mixed_fields,
    mlp,
    randomize,
)

pytestmark = pytest.mark.fast

USER, ITEM = Side((1,), (0,), (1,)), Side((0,), (1,), (0,))
DIM = 3


def make(fields, **options):
    return TwoTower(fields, user=USER, item=ITEM, embedding_dim=DIM, **options)


def columns_of(net, side, inputs, b):
    """Return the vectors of row b's categories and lists on one side, and its numbers there."""
    n_categorical = len(net.embedding.fields.categorical)
    vectors = field_vectors(net.embedding, inputs, b)
    looked_up = [*side.categorical, *(n_categorical + column for column in side.sequences)]
    return [vectors[column] for column in looked_up], [inputs.numeric[b, column] for column in side.numeric]


def literal_vector(net, tower, inputs, b):
    vectors, numbers = columns_of(net, tower.side, inputs, b)
    if tower.mlp is not None:
        vector = mlp(tower.mlp, [value for v in vectors for value in v] + numbers)
    else:
        vector = [sum(v[d] for v in vectors) for d in range(DIM)]
        for number, column in zip(numbers, tower.side.numeric, strict=True):
            vector = [value + number * net.embedding.factors[column, d] for d, value in enumerate(vector)]
    if net.normalize:
        length = (sum(value * value for value in vector) + SMALLEST).sqrt()
        vector = [value / length for value in vector]
    return vector


@pytest.mark.parametrize("pooling", POOLINGS)
@pytest.mark.parametrize("spec", [None, MLPSpec((4,)), MLPSpec((5, 4))])
@pytest.mark.parametrize("normalize", [True, False])
def test_is_its_formula(normalize, spec, pooling):
    fields = mixed_fields(pooling)
    options = {"mlp": spec, "normalize": normalize, "learn_temperature": True}
    net, inputs = randomize(make(fields, **options)), make_inputs(fields)

    def formula(b, c):
        u, v = (literal_vector(net, tower, inputs, b) for tower in (net.user, net.item))
        return net.bias[c] + sum(x * y for x, y in zip(u, v, strict=True)) / net.log_temperature.exp()

    assert_is_literal(net, formula, inputs, 1)


def test_vectors_of_the_sides_alone_give_the_logits():
    fields = mixed_fields()
    net, inputs = randomize(make(fields)), make_inputs(fields)
    users, items = net.embed_users(USER.take(inputs)), net.embed_items(ITEM.take(inputs))
    torch.testing.assert_close(net.bias + (users * items).sum(1, keepdim=True), net(inputs))
    torch.testing.assert_close(items.norm(dim=1), torch.ones(6, dtype=torch.float64), rtol=1e-5, atol=0)


def test_the_other_side_is_not_read():
    fields = mixed_fields()
    net, inputs = randomize(make(fields)), make_inputs(fields)
    swapped = inputs._replace(codes=torch.stack([inputs.codes[:, 0], 2 - inputs.codes[:, 1]], 1))
    torch.testing.assert_close(net.embed_items(ITEM.take(swapped)), net.embed_items(ITEM.take(inputs)))
    assert not torch.allclose(net.embed_users(USER.take(swapped)), net.embed_users(USER.take(inputs)))


def test_a_vector_of_zeros_stays_one_and_has_a_finite_gradient():
    net = make(mixed_fields(), mlp=None)
    with torch.no_grad():
        net.embedding.table.zero_()
        net.embedding.factors.zero_()
    users = net.embed_users(USER.take(make_inputs(mixed_fields())._replace(numeric=torch.zeros(6, 2))))
    assert not users.any()
    users.sum().backward()
    assert net.embedding.table.grad.to_dense().isfinite().all()


def test_temperature_is_a_number_or_learnt():
    assert not make(mixed_fields(), temperature=0.2).log_temperature.requires_grad
    learnt = make(mixed_fields(), temperature=0.2, learn_temperature=True).log_temperature
    assert learnt.requires_grad
    assert learnt.exp().item() == pytest.approx(0.2)
    assert math.isclose(float(make(mixed_fields(), temperature=1).log_temperature), 0)


@pytest.mark.parametrize("spec", [None, MLPSpec((5, 4))])
def test_starts_from_its_generator(spec):
    options = {"mlp": spec, "temperature": 1}
    assert_starts_from_generator(lambda g: make(mixed_fields(), **options, generator=g))
