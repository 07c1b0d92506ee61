import sys

import pytest
import torch

from skrec.ops import can_be_arrays, can_compile, compiled
from skrec.ops._dispatch import kernels_are_wanted, with_kernel

pytestmark = pytest.mark.fast


@pytest.mark.needs_numba
def test_kernels_run_only_where_they_are_wanted():
    assert not kernels_are_wanted()
    with compiled(True):
        assert kernels_are_wanted()
        with compiled(False):
            assert not kernels_are_wanted()
        assert kernels_are_wanted()
    assert not kernels_are_wanted()


def test_an_error_ends_the_block():
    with pytest.raises(KeyError), compiled(True):
        raise KeyError
    assert not kernels_are_wanted()


def test_kernels_take_contiguous_numbers_of_one_dtype():
    vectors, ids = torch.zeros(2, 3), torch.zeros(2, 3, dtype=torch.int32)
    assert can_be_arrays([vectors, vectors, ids, 3, None])
    assert can_be_arrays([ids, vectors.double()])
    assert not can_be_arrays([vectors, vectors.double()])
    assert not can_be_arrays([vectors.double()], [torch.float32])
    assert not can_be_arrays([vectors, vectors.T])
    assert not can_be_arrays([vectors, ids.T])
    assert not can_be_arrays([vectors, torch.zeros(1, device="meta")])
    assert not can_be_arrays([vectors, vectors.bfloat16()])
    assert can_be_arrays([vectors, vectors.bfloat16()], bfloat16=True)
    assert not can_be_arrays([vectors, vectors.half()], bfloat16=True)


@pytest.fixture
def decorated(monkeypatch):
    """A function with a kernel, each of which says that it ran."""

    def _run(x, factor):
        return ("torch", x, factor)

    class kernels:
        @staticmethod
        def run(n_threads, x, factor):
            x *= factor
            return (x + n_threads,)

    _run.__module__ = "skrec.ops._a"
    monkeypatch.setitem(sys.modules, "skrec.ops._kernels.a", kernels)
    return with_kernel()(_run)


@pytest.mark.needs_numba
def test_a_kernel_shares_memory_and_gives_tensors(decorated):
    x = torch.ones(3)
    with compiled(True), torch.no_grad():
        (result,) = decorated(x, 2)
    assert x.tolist() == [2, 2, 2]
    assert result.tolist() == [2 + torch.get_num_threads()] * 3


def test_elsewhere_torch_runs(decorated):
    x = torch.ones(3)
    with torch.no_grad():
        assert decorated(x, 2) == ("torch", x, 2)
        with compiled(True):
            assert decorated(x.half(), 2)[0] == "torch"
    with compiled(True):  # where torch writes a graph
        assert decorated(x, 2) == ("torch", x, 2)


@pytest.mark.needs_numba
def test_numba_is_looked_for_and_not_imported():
    assert can_compile()
