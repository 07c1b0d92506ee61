import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from skrec.engine import compiled
from skrec.nets import _pieces
from skrec.nets._interactions import factorize, factorize_and_join, meet_field_aware

SHAPES = pytest.mark.parametrize(
    ("n_looked_up", "n_numeric", "n_linear"), [(4, 2, 1), (4, 0, 3), (0, 3, 1), (3, 2, 0), (1, 0, 1)]
)


def make_operands(n_looked_up, n_numeric, n_linear, *, n_rows=5, width=3):
    """Vectors (B, F, W), numbers (B, M) and their factors (M, W)."""
    generator = torch.Generator().manual_seed(0)
    shapes = [(n_rows, n_looked_up, width + n_linear), (n_rows, n_numeric), (n_numeric, width + n_linear)]
    vectors, numeric, factors = (torch.randn(s, dtype=torch.float64, generator=generator) for s in shapes)
    return vectors.requires_grad_(), numeric, factors.requires_grad_()


def plain(vectors, numeric, factors, n_linear):
    """O(F^2 D), differentiated by autograd."""
    vectors = torch.cat([vectors, numeric[:, :, None] * factors], 1)
    n_pairs, n_fields = vectors.shape[2] - n_linear, vectors.shape[1]
    total = vectors.new_zeros(len(vectors), n_pairs)
    for j in range(n_fields):
        for i in range(j):
            total = total + vectors[:, i, :n_pairs] * vectors[:, j, :n_pairs]
    return total, vectors[:, :, n_pairs:].sum(1)


def plain_and_join(vectors, numeric, factors, n_linear):
    joined = torch.cat([vectors[:, :, : vectors.shape[2] - n_linear].flatten(1), numeric], 1)
    return *plain(vectors, numeric, factors, n_linear), joined


def differentiate(function, operands, n_linear):
    pairs, linear, *joined = function(*operands, n_linear)
    loss = pairs.sin().sum() + (linear * torch.arange(1, n_linear + 1)).tanh().sum()
    loss = loss + sum((part.cos() * torch.arange(part.shape[1])).sum() for part in joined)
    used = [operands[0], operands[2]]
    return [pairs, linear, *joined, *torch.autograd.grad(loss, used, materialize_grads=True)]


FUNCTIONS = pytest.mark.parametrize(("function", "slowly"), [(factorize, plain), (factorize_and_join, plain_and_join)])


@FUNCTIONS
@SHAPES
def test_is_the_sum_over_pairs_and_so_is_its_gradient(n_looked_up, n_numeric, n_linear, function, slowly):
    operands = make_operands(n_looked_up, n_numeric, n_linear)
    fast, slow = differentiate(function, operands, n_linear), differentiate(slowly, operands, n_linear)
    for a, b in zip(fast, slow, strict=True):
        assert a.shape == b.shape
        torch.testing.assert_close(a, b, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("function", [factorize, factorize_and_join])
@SHAPES
def test_gradcheck(n_looked_up, n_numeric, n_linear, function):
    vectors, numeric, factors = make_operands(n_looked_up, n_numeric, n_linear, n_rows=2)
    assert torch.autograd.gradcheck(lambda v, f: function(v, numeric, f, n_linear), (vectors, factors))


@pytest.mark.parametrize("part", [0, 1, 2])
def test_gradient_of_one_part_alone(part):
    operands = make_operands(4, 2, 2)
    used = [operands[0], operands[2]]
    fast, slow = (
        torch.autograd.grad(f(*operands, 2)[part].square().sum(), used, materialize_grads=True)
        for f in (factorize_and_join, plain_and_join)
    )
    for a, b in zip(fast, slow, strict=True):
        torch.testing.assert_close(a, b)


def test_stays_in_float32_under_autocast():
    vectors, numeric, factors = (operand.detach().float() for operand in make_operands(4, 2, 1))
    expected = factorize(vectors, numeric, factors, 1)
    with torch.autocast("cpu", torch.bfloat16):
        under = factorize(vectors, numeric, factors, 1)
    for a, b in zip(under, expected, strict=True):
        assert a.dtype == torch.float32
        assert torch.equal(a, b)


@pytest.mark.parametrize("function", [factorize, factorize_and_join])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@given(st.integers(0, 5), st.integers(0, 4), st.integers(0, 3), st.integers(1, 20), st.integers(0, 40), st.booleans())
@settings(max_examples=40, deadline=None)
def test_compiled_agrees_with_torch(function, dtype, n_looked_up, n_numeric, n_linear, width, n_rows, strided):
    operands = make_operands(n_looked_up, n_numeric, n_linear, n_rows=n_rows, width=width)
    operands = [operand.detach().to(dtype) for operand in operands]
    if strided:
        operands = [torch.stack([operand, operand], -1)[..., 0] for operand in operands]
    results, tolerance = [], 1e-10 if dtype == torch.float64 else 1e-3
    for wanted in (False, True):
        with compiled(wanted):
            used = [operand.clone(memory_format=torch.preserve_format).requires_grad_() for operand in operands]
            results.append(differentiate(function, used, n_linear))
    for a, b in zip(*results, strict=True):
        assert a.dtype == dtype
        torch.testing.assert_close(a, b, rtol=tolerance, atol=tolerance)


def test_compiled_gives_the_same_bits_on_any_number_of_threads():
    vectors, numeric, factors = (operand.detach().float() for operand in make_operands(30, 3, 1, n_rows=4000))
    results, before = [], torch.get_num_threads()
    for n_threads in (1, 2, 3):
        torch.set_num_threads(n_threads)
        leaf = vectors.clone().requires_grad_()
        with compiled(True):
            pairs, linear, joined = factorize_and_join(leaf, numeric, factors, 1)
            (pairs.square().sum() + linear.sum() + joined.square().sum()).backward()
        results.append((pairs, linear, joined, leaf.grad))
    torch.set_num_threads(before)
    for others in results[1:]:
        assert all(torch.equal(a, b) for a, b in zip(results[0], others, strict=True))


def test_compiled_lets_nan_spread():
    vectors, numeric, factors = (operand.detach() for operand in make_operands(3, 1, 1))
    vectors[1, 2, 0] = torch.nan
    with compiled(True):
        pairs, linear = factorize(vectors.requires_grad_(), numeric, factors, 1)
        pairs.sum().backward()
    assert pairs.isnan().nonzero().tolist() == [[1, 0]]
    assert vectors.grad.isnan().nonzero().tolist() == [[1, f, 0] for f in range(3)]
    assert not linear.isnan().any()


def make_field_aware(n_looked_up, n_numeric, n_linear, *, n_rows=5, width=2):
    """Vectors (B, L, F * D + C), numbers (B, M) and their factors (M, F * D + C)."""
    return make_operands(n_looked_up, n_numeric, n_linear, n_rows=n_rows, width=(n_looked_up + n_numeric) * width)


def plain_field_aware(vectors, numeric, factors, n_linear):
    """O(F^2 D), differentiated by autograd."""
    vectors = torch.cat([vectors, numeric[:, :, None] * factors], 1)
    n_fields = vectors.shape[1]
    width = (vectors.shape[2] - n_linear) // n_fields
    against = vectors[..., : n_fields * width].unflatten(2, (n_fields, width))
    total = sum(against[:, i, j] * against[:, j, i] for j in range(n_fields) for i in range(j))
    return total, vectors[..., n_fields * width :].sum(1)


@pytest.mark.parametrize("piece", [1, 100, 10**6])
@given(st.integers(0, 4), st.integers(0, 3), st.integers(0, 2), st.integers(1, 4), st.integers(1, 7))
@settings(max_examples=25, deadline=None)
def test_field_aware_is_the_sum_over_pairs_and_so_is_its_gradient(
    piece, n_looked_up, n_numeric, n_linear, width, n_rows
):
    assume(n_looked_up + n_numeric > 1)
    operands = make_field_aware(n_looked_up, n_numeric, n_linear, n_rows=n_rows, width=width)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_pieces, "PIECE", piece)
        fast = differentiate(meet_field_aware, operands, n_linear)
    slow = differentiate(plain_field_aware, operands, n_linear)
    for a, b in zip(fast, slow, strict=True):
        assert a.shape == b.shape
        torch.testing.assert_close(a, b, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize(("n_looked_up", "n_numeric", "n_linear"), [(4, 0, 2), (2, 2, 1), (0, 3, 0)])
def test_gradcheck_of_field_aware(n_looked_up, n_numeric, n_linear):
    vectors, numeric, factors = make_field_aware(n_looked_up, n_numeric, n_linear, n_rows=2)
    assert torch.autograd.gradcheck(lambda v, f: meet_field_aware(v, numeric, f, n_linear), (vectors, factors))


def test_field_aware_stays_in_float32_under_autocast():
    operands = [operand.detach().float() for operand in make_field_aware(3, 2, 1)]
    expected = meet_field_aware(*operands, 1)
    with torch.autocast("cpu", torch.bfloat16):
        under = meet_field_aware(*operands, 1)
    assert all(a.dtype == torch.float32 and torch.equal(a, b) for a, b in zip(under, expected, strict=True))
