"""MIND."""

from math import inf

import pytest
import torch

from skrec._inputs import Pairs
from skrec.nets import MIND
from tests.nets.histories import CELLS, FIELDS, ITEM, SHAPE, USER, item_vector, rows, steps_of, user_beside
from tests.nets.layers.test_dynamic_routing import routed
from tests.nets.literal import assert_is_literal, assert_starts_from_generator, mlp, randomize
from tests.nets.test_sasrec import norm

pytestmark = pytest.mark.fast


def make(**options):
    return MIND(FIELDS, **{**SHAPE, "n_interests": 2, "max_length": 9, **options})


def interests(net, inputs, b, newest=9):
    """Return row b's interests, lists of scalars."""
    steps, beside = steps_of(net, inputs, b, newest), user_beside(net, inputs, b)
    steps = [norm(net.norm, step) for step in steps]
    found = [mlp(net.mlp, capsule) for capsule in routed(net.encoder, steps)] if steps else [net.nothing]
    found = found if len(steps) >= 4 else [found[0]] * 2  # a second interest is of four steps and more
    return [[own[d] + beside[d] for d in range(4)] for own in found]


@pytest.mark.parametrize("max_length", [9, 2])
def test_is_its_formula(max_length):
    net, inputs = randomize(make(max_length=max_length)), rows()

    def logit(b, c):
        item = item_vector(net, inputs, b)
        return net.bias[0] + max(sum(u[d] * item[d] for d in range(4)) for u in interests(net, inputs, b, max_length))

    assert_is_literal(net, logit, inputs, 1)


@pytest.mark.parametrize("sharpness", [inf, 2.0])
def test_a_loss_takes_what_the_item_wants_of_the_user(sharpness):
    net, inputs = randomize(make(sharpness=sharpness)), rows()
    users = net.contrast(Pairs(inputs, None)).users
    for b in range(len(CELLS)):
        item, own = item_vector(net, inputs, b), interests(net, inputs, b)
        matches = [sum(u[d] * item[d] for d in range(4)) for u in own]
        if sharpness == inf:
            expected = own[int(torch.stack(matches).argmax())]
        else:
            there = 2 if len(CELLS[b]) >= 4 else 1
            share = (sharpness * torch.stack(matches[:there])).softmax(0)
            expected = [sum(share[k] * own[k][d] for k in range(there)) for d in range(4)]
        torch.testing.assert_close(users[b], torch.stack(list(expected)))


def test_a_position_of_a_whole_sequence_has_the_interests_of_what_is_before_it():
    net, inputs = randomize(make()), rows()
    whose = torch.repeat_interleave(inputs.lists[0].offsets.diff())
    following = ITEM.take(inputs).take(whose)
    users = net.contrast(Pairs(inputs, None, following=following, whose=whose)).users
    for step, b in enumerate(whose.tolist()):
        length = step - int(inputs.lists[0].offsets[b]) + 1
        cut = rows([CELLS[b][:length] if row == b else cell for row, cell in enumerate(CELLS)])
        one = net.contrast(Pairs(cut, None)).users[b]
        torch.testing.assert_close(users[step], one, rtol=1e-9, atol=1e-9)


def test_a_user_is_the_same_beside_longer_histories_and_alone():
    net, inputs = randomize(make()), rows()
    together = net.embed_users(USER.take(inputs))
    assert together.shape == (len(CELLS), 2, 4)
    for b in range(len(CELLS)):
        alone = net.embed_users(USER.take(inputs.take(slice(b, b + 1))))[0]
        torch.testing.assert_close(together[b], alone, rtol=1e-12, atol=1e-12)


def test_starts_from_its_generator():
    assert_starts_from_generator(lambda generator: make(generator=generator))
