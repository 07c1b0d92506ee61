"""Interest evolution, and the auxiliary loss of what follows."""

import pytest
import torch

from skrec.nets.layers import InterestEvolution, NextStep
from skrec.ops import JaggedLayout
from tests.nets.literal import assert_starts_from_generator, linear, randomize

pytestmark = pytest.mark.fast

OFFSETS = torch.tensor([0, 3, 3, 4, 9])


def affine(weight, bias, x):
    return [b + sum(w * value for w, value in zip(row, x, strict=True)) for row, b in zip(weight, bias, strict=True)]


def gates(layer, x, state):
    """Return reset and update gate and the candidate state of a GRU, lists of scalars."""
    width = len(state)
    of_input = affine(layer.weight_ih_l0, layer.bias_ih_l0, x)
    of_state = affine(layer.weight_hh_l0, layer.bias_hh_l0, state)
    reset = [(of_input[d] + of_state[d]).sigmoid() for d in range(width)]
    update = [(of_input[width + d] + of_state[width + d]).sigmoid() for d in range(width)]
    candidate = [(of_input[2 * width + d] + reset[d] * of_state[2 * width + d]).tanh() for d in range(width)]
    return update, candidate


def evolved(layer, xs, candidate):
    """Return the last state, the weights and the interests of the steps `xs`, by the paper's equations."""
    width = len(candidate)
    state, interests = [torch.zeros((), dtype=torch.float64)] * width, []
    for x in xs:
        update, new = gates(layer.extract, x, state)
        state = [update[d] * state[d] + (1 - update[d]) * new[d] for d in range(width)]
        interests.append(state)
    state = [torch.zeros((), dtype=torch.float64)] * width
    if not xs:
        return state, [], []
    wanted = linear(layer.attend, candidate)
    weights = torch.stack([sum(g[d] * wanted[d] for d in range(width)) for g in interests]).softmax(0)
    for weight, g in zip(weights, interests, strict=True):
        stays, new = gates(layer.evolve, g, state)
        update = [weight * (1 - value) for value in stays]  # torch's gate is one minus the paper's
        state = [(1 - update[d]) * state[d] + update[d] * new[d] for d in range(width)]
    return state, list(weights), interests


def run(max_length=9, seed=0):
    generator = torch.Generator().manual_seed(seed)
    layer = randomize(InterestEvolution(3, max_length=max_length))
    steps = torch.randn(9, 3, dtype=torch.float64, generator=generator)
    candidate = torch.randn(4, 3, dtype=torch.float64, generator=generator)
    place, there = layer.places(JaggedLayout.of(OFFSETS, 9))
    return layer, steps, candidate, place, there, *layer(steps, candidate, place, there)


@pytest.mark.parametrize("max_length", [9, 2])
def test_is_its_formula(max_length):
    layer, steps, candidate, _, there, state, weights, interests = run(max_length)
    for b in range(4):
        start, end = OFFSETS[b : b + 2].tolist()
        own = list(steps[max(start, end - max_length) : end])
        expected, shares, of_steps = evolved(layer, own, candidate[b])
        torch.testing.assert_close(state[b], torch.stack(expected))
        assert there[b].tolist() == [place < len(own) for place in range(there.shape[1])]
        if own:
            torch.testing.assert_close(weights[b, : len(own)], torch.stack(shares))
            torch.testing.assert_close(interests[b, : len(own)], torch.stack([torch.stack(g) for g in of_steps]))
        assert not weights[b, len(own) :].any()


def test_the_auxiliary_loss_is_its_formula():
    _, steps, _, place, there, _, _, interests = run()
    ids, aux = torch.tensor([0, 1, 1, 0, 2, 2, 1, 0, 2]), NextStep()
    aux.generator = torch.Generator().manual_seed(3)
    found = aux(interests, steps, ids, place, there)
    drawn = torch.randint(9, (4, 4), generator=torch.Generator().manual_seed(3))
    assert (ids[drawn] == ids[torch.where(there[:, 1:], place[:, 1:], 0)]).any()
    for b in range(4):
        start, end = OFFSETS[b : b + 2].tolist()
        losses = []
        for t in range(end - start - 1):
            after, other = start + t + 1, int(drawn[b, t])
            loss = -(interests[b, t] @ steps[after]).sigmoid().log()
            if ids[other] != ids[after]:
                loss = loss - (1 - (interests[b, t] @ steps[other]).sigmoid()).log()
            losses.append(loss)
        expected = sum(losses) / len(losses) if losses else torch.zeros((), dtype=torch.float64)
        torch.testing.assert_close(found[b], expected)


def test_without_steps_there_is_nothing():
    layer, none = randomize(InterestEvolution(3, max_length=9)), torch.zeros(0, 3, dtype=torch.float64)
    place, there = layer.places(JaggedLayout.of(torch.zeros(3, dtype=torch.int64), 0))
    state, weights, interests = layer(none, torch.ones(2, 3, dtype=torch.float64), place, there)
    assert state.tolist() == [[0.0] * 3] * 2
    assert weights.shape == (2, 0)
    assert NextStep()(interests, none, torch.zeros(0), place, there).tolist() == [0.0, 0.0]


def test_starts_from_its_generator():
    assert_starts_from_generator(lambda generator: InterestEvolution(3, max_length=4, generator=generator))
