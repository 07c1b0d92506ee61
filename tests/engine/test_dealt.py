from itertools import chain

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from skrec.data import Table
from skrec.engine import Rows, StreamedRows, _streamed
from skrec.engine._dealt import DealtBatches, shares


@given(st.integers(0, 200), st.integers(1, 50))
def test_shares_differ_by_one_at_most(n_rows, n_steps):
    sizes = shares(n_rows, n_steps)
    assert len(sizes) == n_steps
    assert sum(sizes) == n_rows
    assert max(sizes) - min(sizes) <= 1


def rows_of(first, last):
    numbers = np.arange(first, last, dtype=np.float32)
    return Rows(Table(np.zeros((last - first, 1), np.int32), numbers[:, None], ()), numbers)


def seen(rows, n_steps):
    batches = list(DealtBatches(rows, n_steps, torch.Generator().manual_seed(0)))
    assert [len(batch.target[0]) for batch in batches] == shares(len(rows), n_steps)
    return [batch.target[0].tolist() for batch in batches]


@pytest.mark.parametrize("n_steps", [1, 3, 7, 20, 40])
def test_every_row_is_in_one_batch(n_steps):
    found = seen(rows_of(0, 20), n_steps)
    assert sorted(chain(*found)) == list(range(20))
    assert len(found) == n_steps


@pytest.mark.parametrize("window", [4, 7, 1000])
@pytest.mark.parametrize("n_steps", [1, 3, 7, 20, 40])
def test_every_row_of_a_stream_is_in_one_batch(monkeypatch, n_steps, window):
    monkeypatch.setattr(_streamed, "WINDOW_ROWS", window)
    ends = [0, 6, 7, 15, 20]
    rows = StreamedRows(lambda order: (rows_of(ends[i], ends[i + 1]) for i in order), 4, 20)
    assert sorted(chain(*seen(rows, n_steps))) == list(range(20))


def test_a_stream_of_one_group_has_the_batches_of_rows():
    stream = StreamedRows(lambda order: (rows_of(0, 20) for _ in order), 1, 20)
    assert seen(stream, 6) == seen(rows_of(0, 20), 6)
