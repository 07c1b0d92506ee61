"""Dynamic routing."""

import math

import pytest
import torch

from skrec.nets.layers import DynamicRouting
from skrec.ops import JaggedLayout
from tests.nets.literal import assert_starts_from_generator, linear, randomize

pytestmark = pytest.mark.fast


def routed(layer, xs):
    """Return the capsules of steps `xs`, lists of scalars, step by step and capsule by capsule."""
    width, all_of_them = len(xs[0]), layer.start.shape[1]
    n_capsules = max(1, min(all_of_them, int(math.log2(len(xs)))))
    steps = [linear(layer.project, x) for x in xs]
    b = [[layer.start[len(xs) - 1 - i, k] for k in range(n_capsules)] for i in range(len(xs))]
    for _ in range(layer.n_iterations):
        w = [[p / sum(value.exp() for value in row) for p in (value.exp() for value in row)] for row in b]
        capsules = []
        for k in range(n_capsules):
            z = [sum(w[i][k] * steps[i][d] for i in range(len(xs))) for d in range(width)]
            squared = sum(value**2 for value in z)
            capsules.append([squared / (1 + squared) * value / squared**0.5 for value in z])
        for i, row in enumerate(b):
            for k in range(n_capsules):
                row[k] = row[k] + sum(capsules[k][d] * steps[i][d] for d in range(width)).detach()
    return capsules + [[torch.zeros_like(xs[0][0])] * width] * (all_of_them - n_capsules)


@pytest.mark.parametrize("n_iterations", [1, 3])
def test_is_its_formula(n_iterations):
    layer = randomize(DynamicRouting(3, n_capsules=3, n_iterations=n_iterations, max_length=9))
    steps, offsets = torch.randn(11, 3, dtype=torch.float64), torch.tensor([0, 2, 2, 11])
    found = layer(steps, JaggedLayout.of(offsets, 11))
    assert found.shape == (3, 3, 3)
    assert not found[1].any()
    for b in (0, 2):
        expected = routed(layer, list(steps[offsets[b] : offsets[b + 1]]))
        torch.testing.assert_close(found[b], torch.stack([torch.stack(capsule) for capsule in expected]))


def test_starts_from_its_generator():
    def build(generator):
        return DynamicRouting(3, n_capsules=2, n_iterations=2, max_length=4, generator=generator)

    assert_starts_from_generator(build)
