from itertools import chain

import numpy as np
import pytest
import torch

from skrec.engine import Batches, StreamedRows, _streamed, join
from tests.engine.test_rows import cells_of, make_rows

pytestmark = pytest.mark.fast

SIZES = [5, 1, 9, 4, 6]  # rows of each group
N_ROWS = sum(SIZES)
STARTS = np.cumsum([0, *SIZES])


def streamed(rows, part=3, **options):
    """The same rows in groups, read some at a time."""

    def read(order):
        for group in order:
            for start in range(STARTS[group], STARTS[group + 1], part):
                yield rows.take(slice(start, min(start + part, STARTS[group + 1])))

    return StreamedRows(read, len(SIZES), N_ROWS, **options)


def seen(batches):
    return [batch.target[0].int().tolist() for batch in batches]


def documented_order(generator, window, starts=STARTS):
    """Groups in a drawn order, cut into windows, each of them shuffled."""
    groups = torch.randperm(len(starts) - 1, generator=generator).tolist()
    order = torch.cat([torch.arange(starts[group], starts[group + 1]) for group in groups])
    return torch.cat([rows[torch.randperm(len(rows), generator=generator)] for rows in order.split(window)])


def assert_same_batch(found, expected):
    torch.testing.assert_close(found.inputs[:2], expected.inputs[:2], rtol=0, atol=0)
    for bag, other in zip(found.inputs.lists, expected.inputs.lists, strict=True):
        assert cells_of(bag) == cells_of(other)
    torch.testing.assert_close(found.target, expected.target, rtol=0, atol=0)


@pytest.mark.parametrize("size", [1, 3, 4, 25, 99])
@pytest.mark.parametrize("window", [1, 6, 12, 100])
def test_consecutive_batches_are_those_of_the_rows_in_memory(size, window, monkeypatch):
    monkeypatch.setattr(_streamed, "WINDOW_ROWS", window)
    rows = make_rows(N_ROWS, n_lists=2)
    found, expected = list(Batches(streamed(rows), size)), list(Batches(rows, size))
    assert len(found) == len(expected) == len(Batches(streamed(rows), size))
    for batch, other in zip(found, expected, strict=True):
        assert_same_batch(batch, other)


@pytest.mark.parametrize(("size", "window", "whole"), [(3, 6, 6), (4, 6, 8), (5, 25, 25), (99, 1, 99)])
def test_shuffled_batches_have_the_order_that_the_docs_say(size, window, whole, monkeypatch):
    monkeypatch.setattr(_streamed, "WINDOW_ROWS", window)
    rows = make_rows(N_ROWS)
    found = list(Batches(streamed(rows), size, torch.Generator().manual_seed(3)))
    order = documented_order(torch.Generator().manual_seed(3), whole)
    assert sorted(order.tolist()) == list(range(N_ROWS))
    for batch, part in zip(found, order.split(size), strict=True):
        assert_same_batch(batch, rows[part])


def test_each_pass_has_another_order():
    generator = torch.Generator().manual_seed(0)
    batches = Batches(streamed(make_rows(N_ROWS)), 4, generator)
    first, second = seen(batches), seen(batches)
    assert first != second
    assert sorted(chain(*first)) == sorted(chain(*second))


def test_one_group_of_one_window_is_shuffled_as_in_memory():
    rows = make_rows(N_ROWS)
    single = StreamedRows(lambda order: (rows for _ in order), 1, N_ROWS)
    assert seen(Batches(single, 4, torch.Generator().manual_seed(5))) == seen(
        Batches(rows, 4, torch.Generator().manual_seed(5))
    )


def test_holds_a_window_and_a_part_at_most(monkeypatch):
    monkeypatch.setattr(_streamed, "WINDOW_ROWS", 6)
    rows, alive = make_rows(1000), []

    def read(order):
        for start in range(0, 1000, 4):
            alive.append(start)
            yield rows.take(slice(start, start + 4))

    for n_batches, _ in enumerate(Batches(StreamedRows(read, 1, 1000), 2, torch.Generator()), 1):
        assert 4 * len(alive) <= 2 * n_batches + 6 + 4
    assert len(alive) == 250


def test_the_sample_is_what_is_given_or_comes_first():
    rows = make_rows(N_ROWS)
    assert len(streamed(rows)[:99].target[0]) == 3
    given = streamed(rows, sample=rows.take(slice(10, 14)))
    assert given[:2].target[0].tolist() == [10, 11]
    assert given.inputs.codes.shape == (4, 2)
    assert given.weight.tolist() == [11, 12, 13, 14]


def test_join_of_one_is_the_rows_themselves():
    rows = make_rows(4)
    assert join([rows]) is rows
