import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from skrec.engine import compiled, limit_threads
from skrec.nets import _pieces
from skrec.nets._attention import FieldAttention
from tests.nets.literal import assert_starts_from_generator, randomize


def make_x(n_rows=3, n_fields=4, width=5):
    return torch.randn(n_rows, n_fields, width, dtype=torch.float64, generator=torch.Generator().manual_seed(1))


def make_layer(n_in=5, width=6, n_heads=2, **options):
    return randomize(FieldAttention(n_in, width, n_heads, **options)).requires_grad_(False)


def literal(layer, x):
    """Head by head, with torch's softmax and its gradient."""
    width = layer.project.out_features // (4 if layer.residual else 3)
    query, key, value, *rest = layer.project.weight.split(width)
    heads = []
    for own in torch.arange(width).chunk(layer.n_heads):
        match = (x @ query[own].T) @ (x @ key[own].T).transpose(1, 2)
        heads.append(match.softmax(2) @ (x @ value[own].T))
    return (torch.cat(heads, 2) + sum(x @ weight.T for weight in rest)).relu()


@pytest.mark.parametrize("residual", [True, False])
@pytest.mark.parametrize("piece", [1, 200, 10**6])
@given(st.integers(1, 3), st.integers(1, 3), st.integers(1, 4), st.integers(1, 5), st.sampled_from([0.3, 1, 20]))
@settings(max_examples=20, deadline=None)
def test_is_what_it_says_and_so_is_its_gradient(piece, residual, n_heads, width, n_fields, n_rows, scale):
    """At a scale of 20 exponents are too large for an exponential without its maximum taken off."""
    layer = make_layer(3, width * n_heads, n_heads, residual=residual).requires_grad_()
    x = (scale * make_x(n_rows, n_fields, 3)).requires_grad_()
    expected = literal(layer, x)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_pieces, "PIECE", piece)
        result = layer(x)
        ours = torch.autograd.grad(result.sin().sum(), [x, layer.project.weight])
    torch.testing.assert_close(result, expected)
    theirs = torch.autograd.grad(expected.sin().sum(), [x, layer.project.weight])
    for one, other in zip(ours, theirs, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-6, atol=1e-6)


@given(
    st.booleans(), st.integers(1, 3), st.integers(1, 3), st.integers(1, 9), st.integers(0, 40), st.sampled_from([1, 20])
)
@settings(max_examples=60, deadline=None)
def test_compiled_is_what_is_not(residual, n_heads, width, n_fields, n_rows, scale):
    layer = make_layer(3, width * n_heads, n_heads, residual=residual).float().requires_grad_()
    wide = (scale * make_x(n_rows, n_fields, 6)).float()
    results = []
    for wanted in (True, False):
        with compiled(wanted):
            x = wide.clone().requires_grad_()
            out = layer(x[..., ::2])  # not contiguous
            inner = layer(x[..., :3].contiguous())
            loss = out.square().sum() + (inner[:, :, ::2] * torch.arange(n_fields)[:, None]).sum()
            results.append([out, inner, *torch.autograd.grad(loss, [x, layer.project.weight])])
    for ours, theirs in zip(*results, strict=True):
        assert (ours - theirs).norm() <= 1e-3 * theirs.norm() + 1e-6


@pytest.mark.parametrize("n_threads", [2, 3])
def test_compiled_gives_the_same_bits_for_any_number_of_threads(n_threads):
    layer, x = make_layer(8, 8).float().requires_grad_(), make_x(999, 20, 8).float().requires_grad_()
    results = []
    for n in (1, n_threads):
        with compiled(True), limit_threads(n):
            out = layer(x)
            results.append([out, *torch.autograd.grad(out.sin().sum(), [x, layer.project.weight])])
    for one, other in zip(*results, strict=True):
        assert torch.equal(one, other)


@pytest.mark.parametrize("wanted", [False, True])
@pytest.mark.parametrize("scale", [1, 100, 1000])
def test_large_exponents_stay_finite_in_float32(scale, wanted):
    layer, x = make_layer().float().requires_grad_(), (scale * make_x()).float().requires_grad_()
    with compiled(wanted):
        torch.testing.assert_close(layer(x), literal(layer, x), rtol=1e-4, atol=1e-3)
        layer(x).sum().backward()
    assert x.grad.isfinite().all()


@pytest.mark.parametrize("wanted", [False, True])
def test_what_is_not_finite_is_not_hidden(wanted):
    layer, x = make_layer().float().requires_grad_(), make_x().float()
    x[0, 0, 0] = torch.nan
    with compiled(wanted):
        out = layer(x.requires_grad_())
        out.sum().backward()
    assert out[0].isnan().all()
    assert out[1:].isfinite().all()
    assert x.grad[1:].isfinite().all()
    assert layer.project.weight.grad.isnan().any()


def test_stays_in_float32_under_autocast():
    layer, x = make_layer().float(), make_x().float()
    with torch.autocast("cpu", torch.bfloat16):
        under = layer(x)
    assert torch.equal(under, layer(x))


def test_fields_in_another_order_are_the_same_fields():
    layer, x, order = make_layer(), make_x(), [2, 0, 3, 1]
    torch.testing.assert_close(layer(x[:, order]), layer(x)[:, order])


def test_without_a_question_all_fields_count_the_same():
    layer, x = make_layer(residual=False), make_x()
    layer.project.weight[:6] = 0
    expected = (x.mean(1, keepdim=True) @ layer.project.weight[12:].T).relu().expand(-1, 4, -1)
    torch.testing.assert_close(layer(x), expected)


def test_a_row_does_not_see_the_others():
    layer, x = make_layer(), make_x()
    torch.testing.assert_close(layer(x[1:2]), layer(x)[1:2])


def test_heads_that_do_not_divide_the_width_are_refused():
    with pytest.raises(ValueError, match="n_heads must divide width, however: n_heads=4, width=6"):
        FieldAttention(5, 6, 4)


def test_starts_from_its_generator():
    assert_starts_from_generator(lambda g: FieldAttention(5, 6, 2, generator=g))
