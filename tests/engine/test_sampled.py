"""Rows that are drawn: what stays, what moves, and on what it depends."""

import numpy as np
import torch

from skrec.data import Ragged, Table
from skrec.engine import Batches, Rows, SampledRows

N_POSITIVES, N_NEGATIVES = 6, 2


def make(draw=None, seed=0):
    codes = np.column_stack([np.arange(N_POSITIVES) // 2, np.arange(N_POSITIVES)]).astype(np.int32)
    offsets = np.cumsum([0, *codes[:, 1]])
    history = Ragged(np.repeat(codes[:, 1], codes[:, 1]), offsets)  # row i has i times i
    target = np.repeat([1, 0], [N_POSITIVES, N_POSITIVES * N_NEGATIVES])
    return SampledRows(
        Rows(Table(codes, codes[:, 1:].astype(np.float32), (history,))),
        target,
        1.0 + np.arange(len(target)),
        columns=[1],
        draw=draw or (lambda uniform: 100 * codes[:, :1] + (uniform[:, None] * 100).astype(np.int64)),
        seed=seed,
    )


def items(rows):
    return rows[:].inputs.codes[:, 1].tolist()


def test_positives_stay_and_the_rest_is_drawn_for_its_user():
    rows = make()
    assert items(rows)[:N_POSITIVES] == list(range(N_POSITIVES))
    users = rows[N_POSITIVES:].inputs.codes[:, 0].tolist()
    assert users == [0, 0, 1, 1, 2, 2] * N_NEGATIVES
    assert [item // 100 for item in items(rows)[N_POSITIVES:]] == users
    assert rows[:].inputs.codes.dtype == torch.int32


def test_what_is_not_drawn_is_held_once():
    rows = make()
    assert len(rows) == (1 + N_NEGATIVES) * N_POSITIVES
    assert len(rows.inputs.codes) == len(rows.inputs.numeric) == N_POSITIVES
    chosen = torch.tensor([2 * N_POSITIVES + 3, 4, N_POSITIVES, N_POSITIVES + 3])
    (_, numeric, (history,), _), (target, weight) = rows[chosen]
    assert numeric[:, 0].tolist() == [3, 4, 0, 3]
    assert [part.tolist() for part in history.codes.split(history.offsets.diff().tolist())] == [
        [3] * 3,
        [4] * 4,
        [],
        [3] * 3,
    ]
    assert target.tolist() == [0, 1, 0, 0]
    assert weight.tolist() == (chosen + 1).tolist()


def test_a_slice_is_its_positions():
    rows, some = make(), slice(4, 15)
    for found, expected in zip(rows[some].inputs[:2], rows[torch.arange(4, 15)].inputs[:2], strict=True):
        torch.testing.assert_close(found, expected)


def test_every_shuffled_pass_draws_again_and_no_other_does():
    rows = make()
    first = items(rows)
    list(Batches(rows, 4))
    assert items(rows) == first
    seen = [
        codes for batch in Batches(rows, 4, torch.Generator().manual_seed(1)) for codes in batch.inputs.codes.tolist()
    ]
    assert items(rows)[N_POSITIVES:] != first[N_POSITIVES:]
    assert sorted(seen) == sorted(rows[:].inputs.codes.tolist())
    assert len(Batches(rows, 4)) == 5


def test_what_is_drawn_depends_on_the_generator_alone():
    one, other = make(seed=0), make(seed=1)
    assert items(one) != items(other)
    one.redraw(torch.Generator().manual_seed(2))
    other.redraw(torch.Generator().manual_seed(2))
    assert items(one) == items(other)


def test_random_numbers_are_in_range_and_new_for_every_row():
    drawn = []
    make(draw=lambda uniform: drawn.extend(uniform) or np.zeros((N_POSITIVES, 1)))[:]
    assert len(set(drawn)) == N_POSITIVES * N_NEGATIVES
    assert all(0 <= u < 1 for u in drawn)
