import pytest
import torch

from skrec.nets.layers import Dice, PReLU
from skrec.ops import compiled


def random(n_rows, width=3, seed=0):
    return torch.randn(n_rows, width, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


def test_prelu_is_its_definition():
    unit = PReLU(3).double()
    assert unit.weight.tolist() == [0.25] * 3
    with torch.no_grad():
        unit.weight.copy_(torch.tensor([-0.5, 0.0, 2.0]))
    x = random(5)
    expected = [[max(v, 0) + a * min(v, 0) for v, a in zip(row, [-0.5, 0.0, 2.0], strict=True)] for row in x.tolist()]
    torch.testing.assert_close(unit(x), torch.tensor(expected, dtype=torch.float64))
    assert torch.autograd.gradcheck(unit, x.requires_grad_())


def literal_dice(x, mean, variance, share):
    p = 1 / (1 + torch.exp(-(x - mean) / (variance + 1e-8).sqrt()))
    return p * x + (1 - p) * share * x


def test_dice_is_its_definition():
    """With the batch's moments in training, their running averages in prediction."""
    unit = Dice(3).double()
    share = torch.tensor([-0.5, 0.0, 0.3], dtype=torch.float64)
    with torch.no_grad():
        unit.weight.copy_(share)
    x = random(20) * 3 + 1
    mean, variance = x.mean(0), x.var(0, correction=0)
    torch.testing.assert_close(unit(x), literal_dice(x, mean, variance, share))
    unit.eval()
    running_mean, running_variance = 0.1 * mean, 0.9 + 0.1 * x.var(0)
    torch.testing.assert_close(unit(x), literal_dice(x, running_mean, running_variance, share))
    torch.testing.assert_close(unit(x[:1]), unit(x)[:1])


@pytest.mark.parametrize("n_rows", [0, 1])
def test_dice_of_a_row_alone_is_as_in_prediction(n_rows):
    unit = Dice(3).double()
    unit(random(20) * 3 + 1)
    x = random(n_rows, seed=1)
    torch.testing.assert_close(unit(x), unit.eval()(x))


@pytest.mark.parametrize("kind", [PReLU, Dice])
def test_units_run_in_bfloat16(kind):
    x = random(20).bfloat16().requires_grad_()
    unit = kind(3)
    with torch.autocast("cpu", torch.bfloat16):
        unit(x).float().square().sum().backward()
    assert x.grad.isfinite().all()
    assert unit.weight.grad.isfinite().all()


def differentiate(x, share, *, wanted=True):
    """Return the units of Dice, their gradients and the running moments."""
    unit, x = Dice(x.shape[1]), x.detach().requires_grad_()
    with torch.no_grad():
        unit.weight.copy_(share)
    with compiled(wanted):
        units = unit(x)
        gradients = torch.autograd.grad(units.float().sin().sum(), [x, unit.weight])
    return [units, *gradients, unit.norm.running_mean, unit.norm.running_var]


@pytest.mark.needs_numba
def test_compiled_dice_is_as_exact_as_float32():
    x, share = 5 + 2 * random(1000, 7), random(1, 7, seed=1)[0]
    unit, exact = Dice(7).double(), x.requires_grad_()
    with torch.no_grad():
        unit.weight.copy_(share)
    units = unit(exact)
    (gradient,) = torch.autograd.grad(units.sin().sum(), exact)
    found = differentiate(x.float(), share.float())
    for ours, theirs in zip(found, [units, gradient], strict=False):
        assert (ours - theirs).norm() < 1e-6 * theirs.norm()


@pytest.mark.needs_numba
def test_compiled_dice_far_from_the_mean():
    x = torch.zeros(200_000, 1)
    x[0] = 1e6  # 447 standard deviations, where the exponential overflows
    for a, b in zip(differentiate(x, torch.zeros(1)), differentiate(x, torch.zeros(1), wanted=False), strict=True):
        torch.testing.assert_close(a, b, rtol=1e-4, atol=1e-4)


@pytest.mark.needs_numba
def test_compiled_dice_of_halves_is_that_of_float32():
    x, share = random(50).bfloat16(), torch.zeros(3)
    units, gradient, *_ = differentiate(x, share)
    assert units.dtype == gradient.dtype == torch.bfloat16
    exact, of_exact, *_ = differentiate(x.float(), share)
    torch.testing.assert_close(units, exact.bfloat16())
    torch.testing.assert_close(gradient.float(), of_exact, rtol=0.02, atol=0.02)
