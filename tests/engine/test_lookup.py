import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from skrec.engine._lookup import lookup, lookup_bags

DEVICES = ["cpu"] + (["cuda"] if torch.cuda.is_available() else [])
MODES = ["mean", "sum", "max"]


def make_table(n_rows=7, width=3, *, device="cpu", dtype=torch.float64, seed=0):
    values = torch.randn(n_rows, width, generator=torch.Generator().manual_seed(seed), dtype=dtype)
    return values.to(device).requires_grad_()


def make_bags(lists, device="cpu"):
    ids = torch.tensor([token for tokens in lists for token in tokens], dtype=torch.int64, device=device)
    lengths = torch.tensor([0] + [len(tokens) for tokens in lists], device=device)
    return ids, lengths.cumsum(0)


def pool_literally(table, lists, mode):
    """One list after the other, with dense autograd."""
    pool = {"mean": lambda v: v.mean(0), "sum": lambda v: v.sum(0), "max": lambda v: v.max(0).values}[mode]
    zeros = table.new_zeros(table.shape[1])
    return torch.stack([pool(table[torch.tensor(t, device=table.device)]) if t else zeros for t in lists])


def smooth(vectors):
    """A loss whose gradient differs from cell to cell."""
    return (vectors.sin() * torch.arange(1, vectors.numel() + 1, device=vectors.device).view_as(vectors)).sum()


cells = st.integers(1, 5).flatmap(lambda f: st.lists(st.lists(st.integers(0, 6), min_size=f, max_size=f), min_size=1))
bags = st.lists(st.lists(st.integers(0, 6), max_size=5), min_size=1, max_size=8)


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("id_dtype", [torch.int32, torch.int64])
@given(cells=cells, seed=st.integers(0, 9))
@settings(max_examples=25, deadline=None)
def test_lookup_is_indexing(device, id_dtype, cells, seed):
    table, dense = make_table(device=device, seed=seed), make_table(device=device, seed=seed)
    ids = torch.tensor(cells, dtype=id_dtype, device=device)
    vectors = lookup(table, ids)
    assert torch.equal(vectors, dense[ids.long()])
    smooth(vectors).backward()
    smooth(dense[ids.long()]).backward()
    assert table.grad.is_sparse
    assert table.grad._indices().dtype == torch.int64
    assert table.grad._indices().shape == (1, ids.numel())
    assert table.grad._values().shape == (ids.numel(), 3)
    torch.testing.assert_close(table.grad.to_dense(), dense.grad)


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("first", [[[0, 1], [1, 1]], [[0]]])
def test_lookup_gradients_accumulate(device, first):
    table, dense = make_table(device=device), make_table(device=device)
    for ids in (first, [[1, 6], [2, 0]], [[6, 6]]):
        ids = torch.tensor(ids, device=device)
        smooth(lookup(table, ids)).backward()
        smooth(dense[ids]).backward()
    torch.testing.assert_close(table.grad.to_dense(), dense.grad)


def test_lookup_in_two_towers_of_one_loss():
    table, dense = make_table(), make_table()
    left, right = torch.tensor([[0, 1], [2, 2]]), torch.tensor([[1, 5], [2, 0]])
    smooth(lookup(table, left) * lookup(table, right)).backward()
    smooth(dense[left] * dense[right]).backward()
    torch.testing.assert_close(table.grad.to_dense(), dense.grad)


@pytest.mark.parametrize("device", DEVICES)
@given(cells=cells, l2=st.floats(0, 2))
@settings(max_examples=25, deadline=None)
def test_lookup_decay_is_the_gradient_of_the_penalty(device, cells, l2):
    table, dense = make_table(device=device), make_table(device=device)
    ids = torch.tensor(cells, device=device)
    weights = torch.arange(1.0, len(ids) + 1, dtype=torch.float64, device=device)
    smooth(lookup(table, ids, 2 * l2 * weights / weights.sum())).backward()
    vectors = dense[ids]
    penalty = l2 * (weights * vectors.square().sum((1, 2))).sum() / weights.sum()
    (smooth(vectors) + penalty).backward()
    torch.testing.assert_close(table.grad.to_dense(), dense.grad)


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("mode", MODES)
@given(lists=bags, l2=st.none() | st.floats(0, 2), seed=st.integers(0, 9))
@settings(max_examples=25, deadline=None)
def test_bags_are_their_literal_pooling(device, mode, lists, l2, seed):
    table, dense = make_table(device=device, seed=seed), make_table(device=device, seed=seed)
    ids, offsets = make_bags(lists, device)
    weights = torch.arange(1.0, len(lists) + 1, dtype=torch.float64, device=device)
    decay = None if l2 is None else 2 * l2 * weights / weights.sum()
    pooled, literal = lookup_bags(table, ids, offsets, mode, decay), pool_literally(dense, lists, mode)
    torch.testing.assert_close(pooled, literal)
    smooth(pooled).backward()
    loss = smooth(literal)
    for weight, tokens in zip(weights / weights.sum(), lists, strict=True):
        if tokens and l2 is not None:
            loss = loss + l2 * weight * dense[tokens].square().sum() / len(tokens)
    loss.backward() if loss.requires_grad else None
    assert table.grad._values().shape == (len(ids), 3)
    expected = torch.zeros_like(dense) if dense.grad is None else dense.grad
    torch.testing.assert_close(table.grad.to_dense(), expected)


@pytest.mark.parametrize("mode", MODES)
def test_bags_take_int32_ids(mode):
    table = make_table(dtype=torch.float32)
    ids, offsets = make_bags([[1, 2], [], [2, 2, 5]])
    pooled = lookup_bags(table, ids.int(), offsets, mode)
    assert pooled.dtype == torch.float32
    assert torch.equal(pooled, lookup_bags(table, ids, offsets, mode))
    pooled.sum().backward()
    assert table.grad._indices().dtype == torch.int64


@pytest.mark.parametrize("mode", MODES)
def test_all_bags_empty(mode):
    table = make_table()
    ids, offsets = make_bags([[], []])
    pooled = lookup_bags(table, ids, offsets, mode, decay=torch.ones(2, dtype=torch.float64))
    assert torch.equal(pooled, torch.zeros(2, 3, dtype=torch.float64))
    pooled.sum().backward()
    assert not table.grad.to_dense().any()


def test_unknown_mode():
    with pytest.raises(ValueError, match=r"mode must be one of \['sum', 'mean', 'max'\], however: mode='median'"):
        lookup_bags(make_table(), *make_bags([[0]]), mode="median")


@pytest.mark.parametrize("trained", [False, True])
def test_no_bookkeeping_without_a_gradient(trained):
    table = make_table().requires_grad_(trained)
    with torch.no_grad():
        assert lookup(table, torch.tensor([[1]])).grad_fn is None
        assert lookup_bags(table, *make_bags([[1]])).grad_fn is None
    assert (lookup(table, torch.tensor([[1]])).grad_fn is not None) == trained
    assert (lookup_bags(table, *make_bags([[1]])).grad_fn is not None) == trained


def test_float32_decay_of_a_float64_table():
    table = make_table()
    lookup(table, torch.tensor([[1, 2]]), torch.tensor([0.5])).sum().backward()
    torch.testing.assert_close(table.grad.to_dense()[1], 1 + 0.5 * table.detach()[1])
