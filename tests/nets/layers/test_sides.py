import torch

from skrec.nets.layers import FieldEmbedding, Side, SideLookup, look_up_sides
from tests.nets.literal import make_inputs, mixed_fields, randomize

USER, ITEM = Side((1,), (0,), (1,)), Side((0,), (1,), (0,))


def test_a_side_takes_its_columns():
    inputs = make_inputs(mixed_fields())
    of_user = USER.take(inputs)
    assert torch.equal(of_user.codes, inputs.codes[:, 1:])
    assert torch.equal(of_user.numeric, inputs.numeric[:, 1:])
    assert of_user.lists == inputs.lists[:1]


def test_sides_are_looked_up_together_as_the_fields_that_they_are():
    fields = mixed_fields()
    embedding, inputs = randomize(FieldEmbedding(fields, 3)).requires_grad_(False), make_inputs(fields)
    sides = [(SideLookup(fields, side), side.take(inputs)) for side in (USER, ITEM)]
    assert [columns.n_looked_up for columns, _ in sides] == [2, 2]
    users, items = look_up_sides(embedding, sides)
    every = embedding.look_up(inputs)  # two categorical columns, then two lists
    torch.testing.assert_close(users, every[:, [1, 2]])
    torch.testing.assert_close(items, every[:, [0, 3]])
