"""SASRec."""

import math
from itertools import pairwise

import pytest
import torch

from skrec.nets import SASRec
from tests.nets.histories import (
    FIELDS,
    SHAPE,
    assert_is_causal,
    assert_later_items_change_nothing_before,
    logit,
    rows,
    steps_of,
)
from tests.nets.literal import assert_is_literal, assert_starts_from_generator, linear, randomize

pytestmark = pytest.mark.fast


def make(**options):
    return SASRec(FIELDS, **{**SHAPE, "n_blocks": 2, "n_heads": 2, "max_length": 9, **options})


def norm(layer, x):
    mean = sum(x) / len(x)
    scale = (sum((value - mean) ** 2 for value in x) / len(x) + layer.eps) ** -0.5
    return [(value - mean) * scale * w + b for value, w, b in zip(x, layer.weight, layer.bias, strict=True)]


def block(layer, xs):
    """Return the steps behind a block: each attends to itself and those before it, two heads of two numbers."""
    projected, found = [linear(layer.project, norm(layer.norms[0], x)) for x in xs], []
    for t, x in enumerate(xs):
        mixed = []
        for head in ((0, 1), (2, 3)):
            scores = [sum(projected[t][d] * projected[s][4 + d] for d in head) / math.sqrt(2) for s in range(t + 1)]
            weights = torch.stack(scores).softmax(0)
            mixed += [sum(weights[s] * projected[s][8 + d] for s in range(t + 1)) for d in head]
        x = [a + b for a, b in zip(x, linear(layer.mix, mixed), strict=True)]
        hidden = [
            value * (1 + torch.erf(value / math.sqrt(2))) / 2 for value in linear(layer.rise, norm(layer.norms[1], x))
        ]
        found.append([a + b for a, b in zip(x, linear(layer.fall, hidden), strict=True)])
    return found


@pytest.mark.parametrize("max_length", [9, 2])
def test_is_its_formula(max_length):
    net, inputs = randomize(make(max_length=max_length)), rows()

    def states(steps):
        xs = [[x + p for x, p in zip(step, net.encoder.positions[t], strict=True)] for t, step in enumerate(steps)]
        for layer in net.encoder.blocks:
            xs = block(layer, xs)
        return [norm(net.encoder.norm, x) for x in xs]

    assert_is_literal(net, lambda b, c: logit(net, inputs, b, states, max_length), inputs, 1)


@pytest.mark.parametrize("max_length", [9, 2])
def test_attends_from_the_last_step_in_the_last_block(max_length):
    net, inputs = randomize(make(max_length=max_length)), rows()
    [found] = net.attend(inputs)
    bounds = inputs.lists[0].offsets.tolist()
    for b, (start, stop) in enumerate(pairwise(bounds)):
        steps = steps_of(net, inputs, b, max_length)
        assert not found[start : stop - len(steps)].any()
        xs = [[x + p for x, p in zip(step, net.encoder.positions[t], strict=True)] for t, step in enumerate(steps)]
        first, last = net.encoder.blocks
        xs = [linear(last.project, norm(last.norms[0], x)) for x in block(first, xs)]
        weights = torch.zeros(len(xs), dtype=torch.float64)
        for head in ((0, 1), (2, 3)) if xs else ():
            scores = [sum(xs[-1][d] * x[4 + d] for d in head) / math.sqrt(2) for x in xs]
            weights = weights + torch.stack(scores).softmax(0) / 2
        torch.testing.assert_close(found[stop - len(steps) : stop], weights)


def test_a_step_knows_what_came_before_and_nothing_else():
    net = randomize(make())
    assert_is_causal(net)
    assert_later_items_change_nothing_before(net)


def test_starts_from_its_generator():
    assert_starts_from_generator(lambda generator: make(generator=generator))


def test_heads_divide_the_width():
    with pytest.raises(ValueError, match="n_heads must divide width, however: n_heads=3, width=4"):
        make(n_heads=3)
