import pytest
import torch

from skrec.nets.layers import FieldAttention
from skrec.ops import compiled
from tests.nets.literal import assert_starts_from_generator, randomize


def make_x(n_rows=3, n_fields=4, width=5):
    return torch.randn(n_rows, n_fields, width, dtype=torch.float64, generator=torch.Generator().manual_seed(1))


def make_layer(n_in=5, width=6, n_heads=2, **options):
    return randomize(FieldAttention(n_in, width, n_heads, **options)).requires_grad_(False)


def literal(layer, x):
    """Head by head, with torch's softmax."""
    width = layer.project.out_features // (4 if layer.residual else 3)
    query, key, value, *rest = layer.project.weight.split(width)
    heads = []
    for own in torch.arange(width).chunk(layer.n_heads):
        match = (x @ query[own].T) @ (x @ key[own].T).transpose(1, 2)
        heads.append(match.softmax(2) @ (x @ value[own].T))
    return (torch.cat(heads, 2) + sum(x @ weight.T for weight in rest)).relu()


@pytest.mark.parametrize("n_heads", [1, 3])
@pytest.mark.parametrize("residual", [True, False])
def test_is_what_it_says(residual, n_heads):
    layer, x = make_layer(n_heads=n_heads, residual=residual), make_x()
    torch.testing.assert_close(layer(x), literal(layer, x))


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
