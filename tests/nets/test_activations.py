import pytest
import torch

from skrec.nets._activations import Dice, PReLU


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


@pytest.mark.parametrize("n_rows", [2, 7])
def test_the_gradient_of_dice_is_its_own(n_rows):
    unit, share = Dice(3).double(), torch.tensor([-0.5, 0.0, 0.3], dtype=torch.float64, requires_grad=True)

    def of(x, weight):
        return torch.func.functional_call(unit, {"weight": weight}, (x,))

    assert torch.autograd.gradcheck(of, (random(n_rows).requires_grad_(), share))


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
