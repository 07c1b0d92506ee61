"""GRU4Rec."""

import pytest
import torch

from skrec.nets import GRU4Rec
from tests.nets.histories import (
    FIELDS,
    SHAPE,
    assert_is_causal,
    assert_later_items_change_nothing_before,
    logit,
    rows,
)
from tests.nets.literal import assert_is_literal, assert_starts_from_generator, linear, randomize

pytestmark = pytest.mark.fast


def make(**options):
    return GRU4Rec(FIELDS, **{**SHAPE, "n_units": 3, "n_layers": 2, "max_length": 9, **options})


def affine(weight, bias, x):
    return [b + sum(w * value for w, value in zip(row, x, strict=True)) for row, b in zip(weight, bias, strict=True)]


def recurrent(layer, xs):
    state, found = [torch.zeros((), dtype=torch.float64)] * 3, []
    for x in xs:
        of_input, of_state = (
            affine(getattr(layer, f"weight_{kind}_l0"), getattr(layer, f"bias_{kind}_l0"), value)
            for kind, value in (("ih", x), ("hh", state))
        )
        reset, update = ([(of_input[k + u] + of_state[k + u]).sigmoid() for u in range(3)] for k in (0, 3))
        candidate = [(of_input[6 + u] + reset[u] * of_state[6 + u]).tanh() for u in range(3)]
        state = [(1 - update[u]) * candidate[u] + update[u] * state[u] for u in range(3)]
        found.append(state)
    return found


@pytest.mark.parametrize("max_length", [9, 2])
def test_is_its_formula(max_length):
    net, inputs = randomize(make(max_length=max_length)), rows()

    def states(steps):
        for layer in net.encoder.layers:
            steps = recurrent(layer, steps)
        return [linear(net.encoder.read_out, step) for step in steps]

    assert_is_literal(net, lambda b, c: logit(net, inputs, b, states, max_length), inputs, 1)


def test_a_step_knows_what_came_before_and_nothing_else():
    net = randomize(make())
    assert_is_causal(net)
    assert_later_items_change_nothing_before(net)


def test_starts_from_its_generator():
    assert_starts_from_generator(lambda generator: make(generator=generator))
