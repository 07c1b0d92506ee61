"""Rows that are drawn: what stays, what moves, and on what it depends."""

import numpy as np
import torch

from skrec._schema import Table
from skrec.engine import Batches, SampledRows

N_POSITIVES, N_NEGATIVES = 6, 2


def make(draw=None, seed=0):
    codes = np.column_stack([np.arange(N_POSITIVES) // 2, np.arange(N_POSITIVES)]).astype(np.int32)
    codes = np.tile(codes, (1 + N_NEGATIVES, 1))
    target = np.repeat([1, 0], [N_POSITIVES, N_POSITIVES * N_NEGATIVES])
    return SampledRows(
        Table(codes, np.empty((len(codes), 0), np.float32), ()),
        target,
        1.0 + np.arange(len(codes)),
        n_positives=N_POSITIVES,
        columns=[1],
        draw=draw or (lambda uniform: 100 * codes[:N_POSITIVES, :1] + (uniform[:, None] * 100).astype(np.int64)),
        generator=torch.Generator().manual_seed(seed),
    )


def items(rows):
    return rows.inputs.codes[:, 1].tolist()


def test_positives_stay_and_the_rest_is_drawn_for_its_user():
    rows = make()
    assert items(rows)[:N_POSITIVES] == list(range(N_POSITIVES))
    users = rows.inputs.codes[N_POSITIVES:, 0].tolist()
    assert users == [0, 0, 1, 1, 2, 2] * N_NEGATIVES
    assert [item // 100 for item in items(rows)[N_POSITIVES:]] == users
    assert rows.inputs.codes.dtype == torch.int32


def test_every_shuffled_pass_draws_again_and_no_other_does():
    rows = make()
    first = items(rows)
    list(Batches(rows, 4))
    assert items(rows) == first
    seen = [
        codes for batch in Batches(rows, 4, torch.Generator().manual_seed(1)) for codes in batch.inputs.codes.tolist()
    ]
    assert items(rows)[N_POSITIVES:] != first[N_POSITIVES:]
    assert sorted(seen) == sorted(rows.inputs.codes.tolist())
    assert len(Batches(rows, 4)) == 5


def test_what_is_drawn_depends_on_the_generator_alone():
    one, other = make(seed=0), make(seed=1)
    assert items(one) != items(other)
    one.redraw(torch.Generator().manual_seed(2))
    other.redraw(torch.Generator().manual_seed(2))
    assert items(one) == items(other)


def test_random_numbers_are_in_range_and_new_for_every_row():
    drawn = []
    make(draw=lambda uniform: drawn.extend(uniform) or np.zeros((N_POSITIVES, 1)))
    assert len(set(drawn)) == N_POSITIVES * N_NEGATIVES
    assert all(0 <= u < 1 for u in drawn)
