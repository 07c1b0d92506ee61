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


def over_lookups(test):
    """Run a test over dtypes, and over tables with the rows that are looked up in them."""
    sizes = st.tuples(st.integers(0, 40), st.integers(0, 5), st.integers(1, 40))
    test = settings(max_examples=25, deadline=None)(
        given(sizes=sizes, seed=st.integers(0, 9), flag=st.booleans())(test)
    )
    test = pytest.mark.parametrize("dtype", [torch.float32, torch.float64])(test)
    return pytest.mark.parametrize("id_dtype", [torch.int32, torch.int64])(test)


def make_lookup(sizes, generator, dtype, id_dtype, transposed):
    n_rows, n_fields, width = sizes
    table = torch.randn(7, width, generator=generator, dtype=dtype)
    ids = torch.randint(7, (n_fields, n_rows) if transposed else (n_rows, n_fields), generator=generator).to(id_dtype)
    return table, ids.T if transposed else ids


def both_ways(table, ids, *penalty):
    """Return vectors and gradient of a lookup without kernels and with them, for a gradient that lies in one piece."""
    for wanted in (False, True):
        leaf = table.clone().requires_grad_()
        with compiled(wanted):
            vectors = lookup(leaf, ids, *penalty)
            vectors.backward(torch.arange(vectors.numel(), dtype=table.dtype).view_as(vectors))
        yield vectors.detach(), leaf.grad.to_dense()


@over_lookups
def test_compiled_lookup_has_the_same_bits(dtype, id_dtype, sizes, seed, flag):
    table, ids = make_lookup(sizes, torch.Generator().manual_seed(seed), dtype, id_dtype, transposed=flag)
    table[3, 0] = torch.nan
    torch.testing.assert_close(*both_ways(table, ids), rtol=0, atol=0, equal_nan=True)


@over_lookups
def test_compiled_penalty_is_the_plain_one(dtype, id_dtype, sizes, seed, flag):
    generator = torch.Generator().manual_seed(seed)
    table, ids = make_lookup(sizes, generator, dtype, id_dtype, transposed=True)
    decay = torch.rand(len(ids), generator=generator, dtype=dtype)
    rarity = torch.rand(len(table), generator=generator, dtype=dtype) if flag else None
    torch.testing.assert_close(*both_ways(table, ids, decay, rarity))


def test_compiled_lookup_refuses_a_row_that_is_not_there():
    for row in (-1, 7):
        with compiled(True), pytest.raises(IndexError, match=rf"Expected rows in \[0, 7\), got {min(row, 2)} to"):
            lookup(torch.zeros(7, 2, requires_grad=True), torch.tensor([[2, row]]))
