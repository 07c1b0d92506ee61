import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from skrec.nets.layers import LowRankMixture, MatrixCross, VectorCross
from tests.nets.literal import assert_starts_from_generator, randomize


def make_x(n_rows=5, width=4):
    return torch.randn(n_rows, width, dtype=torch.float64, generator=torch.Generator().manual_seed(1))


def layer_by_layer(net, x):
    """x_{l+1} = x_0 (x_l . w_l) + b_l + x_l, without the lemma."""
    crossed = x
    for weight, bias in zip(net.weight, net.bias, strict=True):
        crossed = x * (crossed @ weight)[:, None] + bias + crossed
    return crossed


@given(st.integers(0, 4), st.integers(1, 6), st.integers(1, 5))
@settings(max_examples=40, deadline=None)
def test_vector_cross_in_one_pass_is_that_layer_by_layer(n_rows, width, n_layers):
    net, x = randomize(VectorCross(width, n_layers)), make_x(n_rows, width).requires_grad_()
    fast, slow = net(x), layer_by_layer(net, x)
    torch.testing.assert_close(fast, slow)
    inputs = [x, *net.parameters()]
    for ours, theirs in zip(*(torch.autograd.grad(out.sin().sum(), inputs) for out in (fast, slow)), strict=True):
        torch.testing.assert_close(ours, theirs)


def test_vector_cross_is_not_in_bfloat16():
    net, x = VectorCross(4, 3, generator=torch.Generator().manual_seed(0)), make_x().float()
    with torch.autocast("cpu", torch.bfloat16):
        mixed = net(x)
    assert mixed.dtype == torch.float32
    torch.testing.assert_close(mixed, net(x), rtol=0, atol=0)


@pytest.mark.parametrize("options", [{}, {"low_rank": 8, "n_experts": 2}])
def test_matrices_under_autocast_are_within_bfloat16(options):
    net = MatrixCross(32, 3, generator=torch.Generator().manual_seed(0), **options)
    x = make_x(64, 32).float().requires_grad_()
    with torch.autocast("cpu", torch.bfloat16):
        mixed = net(x)
    assert mixed.dtype == torch.bfloat16
    inputs = [x, *net.parameters()]
    for out, exact in [
        (mixed, net(x)),
        *zip(*(torch.autograd.grad(out.float().sin().sum(), inputs) for out in (mixed, net(x))), strict=True),
    ]:
        assert (out - exact).norm() < 0.02 * exact.norm()


@pytest.mark.parametrize("n_layers", [1, 2, 3])
@pytest.mark.parametrize("build", [VectorCross, MatrixCross])
def test_layers_are_the_degree(build, n_layers):
    """Without biases the output on t x is a polynomial in t of degree L + 1, no lower and no higher."""
    net, x = randomize(build(3, n_layers)).requires_grad_(False), make_x(width=3)
    for name, parameter in net.named_parameters():
        if name.endswith("bias"):
            parameter.zero_()
    values = torch.stack([net(t * x) for t in torch.arange(n_layers + 3, dtype=torch.float64)])
    differences = [values]
    while len(differences[-1]) > 1:
        differences.append(differences[-1].diff(dim=0))
    assert differences[n_layers + 1].abs().max() > 0.1
    torch.testing.assert_close(
        differences[n_layers + 2], torch.zeros_like(differences[n_layers + 2]), atol=1e-8, rtol=0
    )


def test_full_rank_is_low_rank_at_full_rank():
    """W = U V^T, from the singular values of W."""
    full, low = randomize(MatrixCross(4, 2)), MatrixCross(4, 2, low_rank=4).double()
    with torch.no_grad():
        for one, other in zip(full.layers, low.layers, strict=True):
            u, s, vt = torch.linalg.svd(one.weight)
            other.up.weight.copy_(u * s)
            other.down.weight.copy_(vt)
            other.up.bias.copy_(one.bias)
    torch.testing.assert_close(low(make_x()), full(make_x()))


def test_experts_that_are_equal_are_one():
    one, three = randomize(LowRankMixture(4, 2, 1)), randomize(LowRankMixture(4, 2, 3))
    with torch.no_grad():
        three.down.weight.copy_(one.down.weight.repeat(3, 1))
        three.up.weight.copy_(one.up.weight.repeat(1, 3))
        three.up.bias.copy_(one.up.bias)
    torch.testing.assert_close(three(make_x()), one(make_x()))


def test_a_gate_that_is_sure_leaves_one_expert():
    mixture, x = randomize(LowRankMixture(4, 2, 3)).requires_grad_(False), make_x()
    x[:, 0] = 1
    mixture.gate.weight.zero_()
    mixture.gate.weight[1, 0] = 1e3
    second = slice(2, 4)
    expected = x @ mixture.down.weight[second].T @ mixture.up.weight[:, second].T + mixture.up.bias
    torch.testing.assert_close(mixture(x), expected)


def test_experts_without_a_rank_are_refused():
    with pytest.raises(ValueError, match="experts are matrices of low rank, however: low_rank=None, n_experts=2"):
        MatrixCross(4, 1, n_experts=2)


@pytest.mark.parametrize(
    "build",
    [
        lambda g: VectorCross(4, 2, generator=g),
        lambda g: MatrixCross(4, 2, generator=g),
        lambda g: MatrixCross(4, 2, low_rank=2, n_experts=3, generator=g),
    ],
)
def test_starts_from_its_generator(build):
    assert_starts_from_generator(build)
