import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from skrec.engine import compiled, limit_threads
from skrec.nets import _pieces
from skrec.nets._bilinear import Bilinear
from skrec.nets._multiply_pairs import LANES, multiply_pairs


def project(wanted, n_fields, width, n_rows, *, dtype=torch.float32, autocast=False, vectors=None):
    """Return outputs and gradients of pairs through a linear map to three units."""
    generator = torch.Generator().manual_seed(0)
    net = Bilinear(n_fields, width, "interaction", generator=generator).to(dtype)
    weight = torch.randn(3, net.n_pairs * width, generator=generator).to(dtype).requires_grad_()
    if vectors is None:
        vectors = torch.randn(n_rows, n_fields, 2 * width, generator=generator)
    vectors = vectors.to(dtype).requires_grad_()
    with compiled(wanted):
        with torch.autocast("cpu", torch.bfloat16, enabled=autocast):
            out = net.project(vectors[..., ::2], weight)  # not contiguous
        return [out, *torch.autograd.grad(out.float().sin().sum(), [vectors, net.weight, weight])]


@given(st.integers(2, 5), st.integers(1, 9), st.integers(0, 70), st.sampled_from([torch.float32, torch.float64]))
@settings(max_examples=40, deadline=None)
def test_compiled_is_what_is_not(n_fields, width, n_rows, dtype):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_pieces, "PIECE", 40 * width)  # several pieces
        results = [project(wanted, n_fields, width, n_rows, dtype=dtype) for wanted in (True, False)]
    for ours, theirs in zip(*results, strict=True):
        assert ours.dtype == dtype
        torch.testing.assert_close(ours, theirs, rtol=1e-3, atol=1e-3)


def test_compiled_is_what_is_not_under_autocast():
    for ours, theirs in zip(*(project(wanted, 4, 8, 300, autocast=True) for wanted in (True, False)), strict=True):
        assert (ours - theirs).norm() < 0.01 * theirs.norm()


@torch.no_grad()
def test_pairs_are_rounded_as_torch_does():
    generator = torch.Generator().manual_seed(0)
    vectors = torch.randn(3 * 2, 4 * LANES, generator=generator)
    vectors[0, 0], vectors[1, 1], vectors[:, 2] = torch.nan, torch.inf, 3e38
    matrices, results = torch.randn(3, 2, 2, generator=generator), []
    for dtype in (torch.float32, torch.bfloat16):
        with compiled(True):
            results.append(vectors.new_empty(6, 4 * LANES, dtype=dtype))
            multiply_pairs(vectors, matrices, results[-1])
    exact, rounded = results
    assert exact[:, 0].isnan().any()
    torch.testing.assert_close(rounded, exact.bfloat16(), rtol=0, atol=0, equal_nan=True)


def test_nan_spreads_within_its_row():
    vectors = torch.ones(50, 3, 4)
    vectors[17, 1, 0] = torch.nan
    out, grad_vectors, grad_matrices, grad_weight = project(True, 3, 2, 50, vectors=vectors)
    assert out.isnan().all(1).nonzero().flatten().tolist() == [17]
    assert grad_vectors[..., ::2].isnan().flatten(1).any(1).nonzero().flatten().tolist() == [17]
    assert grad_matrices.isnan().any()
    assert grad_weight.isnan().any()


@pytest.mark.parametrize("n_threads", [2, 3])
def test_compiled_gives_the_same_bits_for_any_number_of_threads(n_threads):
    results = []
    for n in (1, n_threads):
        with limit_threads(n):
            results.append(project(True, 6, 8, 999)[:3])  # of the weight the gradient is torch's product
    for one, other in zip(*results, strict=True):
        assert torch.equal(one, other)
