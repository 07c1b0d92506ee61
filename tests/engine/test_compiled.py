import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from skrec.engine import compiled, lookup, suits_kernel


def test_kernels_run_only_where_they_are_wanted():
    vectors = torch.zeros(2, 3)
    with torch.no_grad():
        assert not suits_kernel(vectors)
        with compiled(True):
            assert suits_kernel(vectors)
            with compiled(False):
                assert not suits_kernel(vectors)
            assert suits_kernel(vectors)
        assert not suits_kernel(vectors)


@torch.no_grad()
def test_kernels_take_contiguous_numbers_of_one_dtype_without_a_graph():
    vectors = torch.zeros(2, 3)
    with compiled(True):
        assert suits_kernel(vectors, vectors)
        assert suits_kernel(vectors.double())
        assert not suits_kernel(vectors, vectors.double())
        assert not suits_kernel(vectors, vectors.T)
        assert not suits_kernel(vectors.bfloat16())
        with torch.enable_grad():
            assert not suits_kernel(vectors)


def test_an_error_ends_the_block():
    with pytest.raises(KeyError), compiled(True):
        raise KeyError
    with torch.no_grad():
        assert not suits_kernel(torch.zeros(1))


@pytest.mark.parametrize("id_dtype", [torch.int32, torch.int64])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@given(st.integers(0, 40), st.integers(0, 5), st.integers(1, 40), st.integers(0, 9), st.booleans())
@settings(max_examples=25, deadline=None)
def test_compiled_lookup_has_the_same_bits(dtype, id_dtype, n_rows, n_fields, width, seed, transposed):
    generator = torch.Generator().manual_seed(seed)
    table = torch.randn(7, width, generator=generator, dtype=dtype)
    table[3, 0] = torch.nan
    ids = torch.randint(7, (n_fields, n_rows) if transposed else (n_rows, n_fields), generator=generator).to(id_dtype)
    ids = ids.T if transposed else ids
    tables = [table.clone().requires_grad_() for _ in range(2)]
    results = []
    for wanted, leaf in enumerate(tables):
        with compiled(bool(wanted)):
            vectors = lookup(leaf, ids)
            (vectors * torch.arange(vectors.numel()).view_as(vectors)).sum().backward()
            results.append(vectors)
    torch.testing.assert_close(*results, rtol=0, atol=0, equal_nan=True)
    torch.testing.assert_close(*(leaf.grad.to_dense() for leaf in tables), rtol=0, atol=0, equal_nan=True)


@pytest.mark.parametrize("id_dtype", [torch.int32, torch.int64])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@given(st.integers(0, 40), st.integers(0, 5), st.integers(1, 40), st.integers(0, 9), st.booleans())
@settings(max_examples=25, deadline=None)
def test_compiled_penalty_is_the_plain_one(dtype, id_dtype, n_rows, n_fields, width, seed, rare):
    generator = torch.Generator().manual_seed(seed)
    table = torch.randn(7, width, generator=generator, dtype=dtype)
    ids = torch.randint(7, (n_fields, n_rows), generator=generator).to(id_dtype).T
    decay = torch.rand(n_rows, generator=generator, dtype=dtype)
    rarity = torch.rand(7, generator=generator, dtype=dtype) if rare else None
    tables = [table.clone().requires_grad_() for _ in range(2)]
    for wanted, leaf in enumerate(tables):
        with compiled(bool(wanted)):
            vectors = lookup(leaf, ids, decay, rarity)
            vectors.backward(torch.arange(vectors.numel(), dtype=dtype).view_as(vectors))
    torch.testing.assert_close(*(leaf.grad.to_dense() for leaf in tables))


def test_compiled_lookup_refuses_a_row_that_is_not_there():
    for row in (-1, 7):
        with compiled(True), pytest.raises(IndexError, match=rf"Expected rows in \[0, 7\), got {min(row, 2)} to"):
            lookup(torch.zeros(7, 2, requires_grad=True), torch.tensor([[2, row]]))
