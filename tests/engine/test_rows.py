from itertools import pairwise

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from skrec._inputs import Jagged
from skrec.data import Ragged, Table
from skrec.engine import Batches, Rows

pytestmark = pytest.mark.fast


def make_table(n_rows, n_lists=1, seed=0, dtype=np.float32):
    """Codes that name their row and column, and lists of 0 to 3 tokens."""
    rng = np.random.default_rng(seed)
    codes = np.arange(n_rows * 2, dtype=np.int32).reshape(n_rows, 2)
    lists = []
    for _ in range(n_lists):
        offsets = np.cumsum([0, *rng.integers(0, 4, n_rows)])
        lists.append(Ragged(rng.integers(0, 9, offsets[-1]).astype(np.int32), offsets))
    return Table(codes, rng.normal(size=(n_rows, 3)).astype(dtype), tuple(lists))


def make_rows(n_rows, **options):
    target = np.arange(n_rows, dtype=np.float32)
    return Rows(make_table(n_rows, **options), target, target + 1)


def cells_of(bag):
    assert len(bag.codes) == bag.offsets[-1]
    return [bag.codes[start:stop].tolist() for start, stop in pairwise(bag.offsets.tolist())]


ragged = st.lists(st.lists(st.integers(0, 9), max_size=4), min_size=1, max_size=9)


def make_bag(cells):
    tokens = torch.tensor([token for cell in cells for token in cell], dtype=torch.int32)
    return Jagged(tokens, torch.tensor(np.cumsum([0, *map(len, cells)])))


@given(ragged, st.integers(0, 10), st.integers(0, 10))
@settings(deadline=None)
def test_bag_of_a_slice(cells, start, stop):
    taken = make_bag(cells).take(slice(start, stop))
    assert cells_of(taken) == cells[start:stop]
    assert (taken.codes.dtype, taken.offsets.dtype) == (torch.int32, torch.int64)


@given(ragged, st.data())
@settings(deadline=None)
def test_bag_of_positions(cells, data):
    positions = data.draw(st.lists(st.integers(0, len(cells) - 1), max_size=12))
    taken = make_bag(cells).take(torch.tensor(positions, dtype=torch.int64))
    assert cells_of(taken) == [cells[i] for i in positions]


@pytest.mark.parametrize("chosen", [slice(2, 5), torch.tensor([4, 0, 4]), slice(4, 99), torch.tensor([], dtype=int)])
def test_rows_of_a_slice_or_of_positions(chosen):
    table, rows = make_table(6, n_lists=2), make_rows(6, n_lists=2)
    inputs, (target, weight) = rows[chosen]
    positions = np.arange(6)[chosen if isinstance(chosen, slice) else chosen.numpy()]
    np.testing.assert_array_equal(inputs.codes, table.codes[positions])
    np.testing.assert_array_equal(inputs.numeric, table.numeric[positions])
    for bag, whole in zip(inputs.lists, table.lists, strict=True):
        assert cells_of(bag) == [whole.codes[whole.offsets[i] : whole.offsets[i + 1]].tolist() for i in positions]
    assert inputs.decay is None
    assert target.tolist() == positions.tolist()
    assert weight.tolist() == (positions + 1).tolist()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_rows_have_a_target_and_weights_of_one_by_default(dtype):
    rows = Rows(make_table(3, dtype=dtype))
    assert rows.target.tolist() == [0, 0, 0]
    assert rows.weight.tolist() == [1, 1, 1]
    assert rows.weight.dtype == rows.inputs.numeric.dtype == torch.from_numpy(np.zeros(0, dtype)).dtype


def test_weights_have_the_dtype_of_the_numbers_and_classes_stay_integers():
    rows = Rows(make_table(3), np.array([0, 1, 2]), np.array([1.0, 2.0, 3.0]))
    assert rows.weight.dtype == torch.float32
    assert rows.target.dtype == torch.int64


def test_to_moves_all_tensors_and_returns_the_rows():
    rows = make_rows(3)
    assert rows.to("cpu") is rows
    assert [len(cells) for cells in cells_of(rows.inputs.lists[0])] == np.diff(make_table(3).lists[0].offsets).tolist()


@pytest.mark.parametrize("shuffled", [False, True])
@pytest.mark.parametrize(("n_rows", "batch_size"), [(7, 3), (6, 3), (2, 3), (1, 1)])
def test_batches_cover_every_row_once(n_rows, batch_size, shuffled):
    generator = torch.Generator().manual_seed(0) if shuffled else None
    batches = Batches(make_rows(n_rows), batch_size, generator)
    sizes = [len(batch.target[0]) for batch in batches]
    assert all(0 < size <= batch_size for size in sizes)
    assert len(sizes) == len(batches) == -(-n_rows // batch_size)
    assert sorted(row for batch in batches for row in batch.target[0].tolist()) == list(range(n_rows))


def order(batches):
    return [int(row) for batch in batches for row in batch.target[0]]


def test_consecutive_batches_keep_the_order():
    assert order(Batches(make_rows(50), 8)) == list(range(50))


def test_shuffled_order_comes_from_the_generator_only():
    state = torch.get_rng_state()
    first, again, other = (order(Batches(make_rows(50), 8, torch.Generator().manual_seed(s))) for s in (0, 0, 1))
    assert torch.equal(torch.get_rng_state(), state)
    assert first == again
    assert first != other
    assert first != list(range(50))


def test_each_pass_draws_a_new_order():
    batches = Batches(make_rows(50), 8, torch.Generator().manual_seed(0))
    assert order(batches) != order(batches)


def test_a_shuffled_row_keeps_its_parts_together():
    table = make_table(40)
    for inputs, (target, weight) in Batches(make_rows(40), 7, torch.Generator().manual_seed(0)):
        positions = target.long().numpy()
        np.testing.assert_array_equal(inputs.codes, table.codes[positions])
        np.testing.assert_array_equal(inputs.numeric, table.numeric[positions])
        assert weight.tolist() == (positions + 1).tolist()
        whole = table.lists[0]
        expected = [whole.codes[whole.offsets[i] : whole.offsets[i + 1]].tolist() for i in positions]
        assert cells_of(inputs.lists[0]) == expected
