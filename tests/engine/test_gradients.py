"""Sums of the gradients that a batch has for the same row of a table."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from skrec.engine import limit_threads
from skrec.engine._optimizers import Slots, add_up, set_touched_rows, sum_duplicates, touched_rows
from skrec.ops import compiled
from tests.engine.test_optimizers import every_device


@every_device
@given(ids=st.lists(st.integers(0, 9), min_size=1, max_size=40))
@settings(max_examples=30, deadline=None)
def test_sum_duplicates(device, ids):
    values = torch.arange(1.0, 2 * len(ids) + 1, device=device).view(-1, 2)
    slots = torch.full((10,), 123, dtype=torch.int32, device=device)
    rows, total = sum_duplicates(torch.tensor(ids, device=device), values, slots)
    assert sorted(rows.tolist()) == sorted(set(ids))
    for row, sums in zip(rows.tolist(), total, strict=True):
        assert torch.equal(sums, sum(values[i] for i in range(len(ids)) if ids[i] == row))


@pytest.mark.needs_numba
@given(
    n_lookups=st.sampled_from([1, 7, 300, 40_000]),  # the last by several threads
    width=st.integers(1, 9),
    n_threads=st.integers(1, 3),
    dtype=st.sampled_from([torch.float32, torch.float64]),
    seed=st.integers(0, 2**32 - 1),
)
@settings(max_examples=30, deadline=None)
def test_the_kernel_adds_up_as_torch_does(n_lookups, width, n_threads, dtype, seed):
    generator = torch.Generator().manual_seed(seed)
    p = torch.nn.Parameter(torch.zeros(500, width, dtype=dtype))
    ids = torch.randint(500, (n_lookups,), generator=generator)
    values = torch.randn(n_lookups, width, dtype=dtype, generator=generator)
    plain, total = add_up(ids, values, p, Slots())
    slots, order = Slots(), plain.argsort()
    with limit_threads(n_threads), compiled(True):
        rows, found = add_up(ids, values, p, slots)
    assert torch.equal(rows.sort().values, plain[order])
    tolerance = 1e-4 if dtype == torch.float32 else 1e-12
    torch.testing.assert_close(found[rows.argsort()], total[order], rtol=tolerance, atol=tolerance)
    assert not slots.of(p, zeros=True).any()


@every_device
@pytest.mark.parametrize("shape", [(9,), (9, 2), (9, 2, 3)])
def test_touched_rows_have_their_summed_gradients(shape, device):
    weights = torch.arange(1.0, 6.0, device=device).view(-1, *[1] * (len(shape) - 1))
    p = torch.nn.Parameter(torch.zeros(shape, device=device))
    ids = torch.tensor([[4, 0, 4, 8, 0]], device=device)
    p.grad = torch.sparse_coo_tensor(ids, weights.expand(5, *shape[1:]), shape, check_invariants=False)
    expected = p.grad.to_dense()
    rows, total = touched_rows(p, Slots())
    assert sorted(rows.tolist()) == [0, 4, 8]
    assert torch.equal(total, expected[rows])
    set_touched_rows(p, rows, total)
    assert torch.equal(p.grad.to_dense(), expected)
    assert p.grad._nnz() == 3
