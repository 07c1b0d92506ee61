"""What only lookups have: gradients that name rows, and add up."""

import pytest
import torch

from skrec.ops import compiled, embedding_bag, embedding_lookup
from skrec.ops._embedding_bag import MODES

pytestmark = pytest.mark.fast

DEVICES = ["cpu"] + (["cuda"] if torch.cuda.is_available() else [])
OFFSETS = torch.tensor([0, 2, 2, 3])


def make_table(*, device="cpu", dtype=torch.float64):
    values = torch.randn(7, 3, generator=torch.Generator().manual_seed(0), dtype=dtype)
    return values.to(device).requires_grad_()


def smooth(vectors):
    """A loss whose gradient differs from cell to cell."""
    return (vectors.sin() * torch.arange(1, vectors.numel() + 1, device=vectors.device).view_as(vectors)).sum()


@pytest.mark.parametrize("id_dtype", [torch.int32, torch.int64])
@pytest.mark.parametrize("wanted", [False, True])
def test_the_gradient_names_the_rows_that_were_looked_up(wanted, id_dtype):
    ids = torch.tensor([[0, 1], [1, 1]], dtype=id_dtype)
    for look_up, n in [
        (lambda table: embedding_lookup(table, ids), 4),
        *((lambda table, m=mode: embedding_bag(table, ids.flatten()[:3], OFFSETS, m), 3) for mode in MODES),
    ]:
        table = make_table(dtype=torch.float32)
        with compiled(wanted):
            look_up(table).sum().backward()
        assert table.grad.is_sparse
        assert table.grad._indices().dtype == torch.int64
        assert table.grad._indices().tolist() == [ids.flatten()[:n].tolist()]
        assert table.grad._values().shape == (n, 3)


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("first", [[[0, 1], [1, 1]], [[0]]])
def test_gradients_accumulate(device, first):
    table, dense = make_table(device=device), make_table(device=device)
    for ids in (first, [[1, 6], [2, 0]], [[6, 6]]):
        ids = torch.tensor(ids, device=device)
        smooth(embedding_lookup(table, ids)).backward()
        smooth(dense[ids]).backward()
    torch.testing.assert_close(table.grad.to_dense(), dense.grad)


def test_two_towers_of_one_loss():
    table, dense = make_table(), make_table()
    left, right = torch.tensor([[0, 1], [2, 2]]), torch.tensor([[1, 5], [2, 0]])
    smooth(embedding_lookup(table, left) * embedding_lookup(table, right)).backward()
    smooth(dense[left] * dense[right]).backward()
    torch.testing.assert_close(table.grad.to_dense(), dense.grad)


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("mode", MODES)
def test_a_row_twice_in_a_list_shares_the_gradient_of_the_maximum(device, mode):
    table, dense = make_table(device=device), make_table(device=device)
    ids, offsets = torch.tensor([4, 4, 2, 1], device=device), torch.tensor([0, 3, 3, 4], device=device)
    smooth(embedding_bag(table, ids, offsets, mode)).backward()
    pool = {"sum": lambda v: v.sum(0), "mean": lambda v: v.mean(0), "max": lambda v: v.amax(0)}[mode]
    rows = ids if mode != "max" else ids[1:]  # once is as good
    smooth(torch.stack([pool(dense[rows[:-1]]), torch.zeros_like(dense[0]), dense[1]])).backward()
    torch.testing.assert_close(table.grad.to_dense(), dense.grad)
    values = table.grad._values()
    assert torch.equal(values[0], values[1])


def test_no_weight_changes_a_maximum():
    with pytest.raises(
        ValueError, match="mode='max' takes no weights, which change no maximum; choose 'mean' or 'sum'"
    ):
        embedding_bag(make_table(), torch.tensor([0]), torch.tensor([0, 1]), "max", weights=torch.ones(1))


def test_unknown_mode():
    for grad in (False, True):
        with (
            torch.set_grad_enabled(grad),
            pytest.raises(ValueError, match=r"mode must be one of \['sum', 'mean', 'max'\], however: mode='median'"),
        ):
            embedding_bag(make_table(), torch.tensor([0]), torch.tensor([0, 1]), mode="median")


@pytest.mark.parametrize("trained", [False, True])
def test_no_bookkeeping_without_a_gradient(trained):
    table, ids = make_table().requires_grad_(trained), torch.tensor([[1]])
    with torch.no_grad():
        assert embedding_lookup(table, ids).grad_fn is None
        assert embedding_bag(table, ids[0], torch.tensor([0, 1])).grad_fn is None
    assert (embedding_lookup(table, ids).grad_fn is not None) == trained
    assert (embedding_bag(table, ids[0], torch.tensor([0, 1])).grad_fn is not None) == trained


@pytest.mark.parametrize("wanted", [False, True])
def test_float32_decay_of_a_float64_table(wanted):
    table = make_table()
    with compiled(wanted):
        embedding_lookup(table, torch.tensor([[1, 2]]), torch.tensor([0.5])).sum().backward()
    torch.testing.assert_close(table.grad.to_dense()[1], 1 + 0.5 * table.detach()[1])


@pytest.mark.needs_numba
def test_the_kernel_refuses_a_row_that_is_not_there():
    for row in (-1, 7):
        with compiled(True), pytest.raises(IndexError, match=rf"Expected rows in \[0, 7\), got {min(row, 2)} to"):
            embedding_lookup(torch.zeros(7, 2, requires_grad=True), torch.tensor([[2, row]]))
