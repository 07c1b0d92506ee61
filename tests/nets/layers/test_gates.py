import torch

from skrec.nets.layers import FeatureGate
from tests.nets.literal import assert_starts_from_generator, mlp, randomize


def make_x(n_rows=5, width=4):
    return torch.randn(n_rows, width, dtype=torch.float64, generator=torch.Generator().manual_seed(1))


def test_context_decides_row_by_row():
    gate, x, context = randomize(FeatureGate(4, 3, hidden_units=5)).requires_grad_(False), make_x(), make_x(width=3)
    factors = torch.tensor([mlp(gate.mlp, list(row)) for row in context], dtype=torch.float64).sigmoid() * 2
    torch.testing.assert_close(gate(x, context), x * factors)


def test_a_learnt_context_is_the_same_for_all_rows():
    gate, x = randomize(FeatureGate(4, hidden_units=5)).requires_grad_(False), make_x()
    factors = torch.tensor(mlp(gate.mlp, list(gate.context)), dtype=torch.float64).sigmoid() * 2
    torch.testing.assert_close(gate(x), x * factors)


def test_a_gate_that_says_nothing_changes_nothing():
    gate, x = FeatureGate(4).double().requires_grad_(False), make_x()
    gate.mlp[-1].weight.zero_()
    torch.testing.assert_close(gate(x), x)


def test_starts_from_its_generator():
    assert_starts_from_generator(lambda g: FeatureGate(4, generator=g))
    assert_starts_from_generator(lambda g: FeatureGate(4, 3, generator=g))
