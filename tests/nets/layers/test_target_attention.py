import pytest
import torch

from skrec.nets.layers import PReLU, TargetAttention
from skrec.ops import JaggedLayout
from tests.nets.literal import assert_starts_from_generator, linear, randomize

OFFSETS = torch.tensor([0, 2, 2, 5, 6])  # steps of four rows, the second of which has none


def literal_prelu(unit, x):
    return [value if value > 0 else unit.weight[i] * value for i, value in enumerate(x)]


def literal_layers(layers, x):
    for layer in layers:
        x = literal_prelu(layer, x) if isinstance(layer, PReLU) else linear(layer, x)
    return x


def literal_weights(attention, steps, candidate):
    """Return the weight of each step."""
    if attention.normalization == "mean":
        return [1 / len(steps) for _ in steps]
    scores = []
    for step in steps:
        differences = [h - q for h, q in zip(step, candidate, strict=True)]
        products = [h * q for h, q in zip(step, candidate, strict=True)]
        layers = [attention.first, attention.activation, *attention.others, attention.score]
        scores.append(literal_layers(layers, [*step, *candidate, *differences, *products])[0])
    if attention.normalization == "raw":
        return scores
    total = sum(score.exp() for score in scores)
    return [score.exp() / total for score in scores]


def random(*shape):
    return torch.randn(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize("hidden_layer_sizes", [(3,), (3, 2)])
@pytest.mark.parametrize("normalization", ["softmax", "raw", "mean"])
def test_is_its_formula(normalization, hidden_layer_sizes):
    attention = TargetAttention(2, hidden_layer_sizes, normalization, activation="prelu")
    attention = randomize(attention).requires_grad_(False)
    steps, candidate = random(6, 2), random(4, 2)
    expected = []
    for b in range(4):
        own = steps[OFFSETS[b] : OFFSETS[b + 1]].tolist()
        expected += literal_weights(attention, own, candidate[b].tolist())
    weights = attention(steps, candidate, JaggedLayout.of(OFFSETS, 6))
    torch.testing.assert_close(weights, torch.tensor(expected, dtype=torch.float64))


def test_the_mean_learns_nothing():
    assert not list(TargetAttention(2, (3,), "mean").parameters())


def test_a_normalization_that_is_not_there():
    with pytest.raises(ValueError, match=r"normalization must be one of .*, however: normalization='sigmoid'"):
        TargetAttention(2, (3,), "sigmoid")


def test_starts_from_its_generator():
    assert_starts_from_generator(lambda g: TargetAttention(2, (3, 2), generator=g))
