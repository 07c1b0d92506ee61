"""Positives and their negatives: which are drawn, which are accidental hits, how scores are freed of log q."""

import numpy as np
import pytest
import torch

from skrec._inputs import Inputs, Pairs
from skrec.data import Table
from skrec.engine import Batches, PairRows, Rows
from skrec.objectives.samplers import AccidentalHits, InBatch, PerBatch, PerRow

pytestmark = pytest.mark.fast

# users 0, 1, 2 have items {1, 2}, {1, 3} and {2, 4} of 0, ..., 5; 0 stands for a missing one, 5 nobody has
USERS, ITEMS = np.array([0, 0, 1, 1, 2, 2]), np.array([1, 2, 1, 3, 2, 4])
HAS = [{1, 2}, {1, 3}, {2, 4}]
MASS = np.array([0, 2, 2, 1, 1, 1])


def make(n_negatives=0, *, shared=True, log_q=None, mass=MASS, known=None):
    codes = np.column_stack([USERS, ITEMS]).astype(np.int32)
    catalogue = Inputs(torch.arange(6, dtype=torch.int32)[:, None], torch.zeros(6, 0, dtype=torch.float64))
    users, items = (np.append(own, more) for own, more in zip((USERS, ITEMS), known or ([], []), strict=True))
    pairs = users.astype(np.int64), items.astype(np.int64), 3
    if not shared:
        sampler = PerRow(catalogue, mass, n_negatives, *pairs)
    elif n_negatives:
        sampler = PerBatch(catalogue, mass, n_negatives, AccidentalHits(*pairs, 6), log_q)
    else:
        sampler = InBatch(AccidentalHits(*pairs, 6), log_q)
    rows = Rows(Table(codes, np.empty((6, 0)), ()), np.ones(6), np.arange(1.0, 7), [USERS, ITEMS])
    return PairRows(rows, sampler)


def batches(rows, seed=0, size=4):
    return list(Batches(rows, size, torch.Generator().manual_seed(seed)))


def negatives_of(batch):
    return batch.inputs.negatives.codes[:, 0].tolist()


def hits_of(batch):
    return set(zip(*(part.tolist() for part in batch.inputs.accidental_hits), strict=True))


def test_a_pass_has_every_row_once_with_its_weight():
    seen = [row for batch in batches(make(3)) for row in zip(*batch.target, strict=True)]
    assert sorted(float(weight) for _, weight in seen) == [1, 2, 3, 4, 5, 6]


def test_a_shared_draw_hides_what_the_rows_user_has_at_every_place():
    for batch in batches(make(20)):
        negatives, users = negatives_of(batch), batch.inputs.rows.codes[:, 0].tolist()
        assert len(negatives) == 20
        assert 0 not in negatives
        hits = {(b, k) for b, user in enumerate(users) for k in range(20) if negatives[k] in HAS[user]}
        assert hits_of(batch) == hits


def test_the_items_of_the_batch_hide_what_the_rows_user_has():
    for batch in batches(make()):
        assert batch.inputs.negatives is None
        users, items = batch.inputs.rows.codes.T.tolist()
        hits = {(b, k) for b, user in enumerate(users) for k, item in enumerate(items) if item in HAS[user]}
        assert hits_of(batch) == hits
        assert {(b, b) for b in range(len(users))} <= hits


def test_what_is_known_beside_the_rows_is_hidden_too():
    (batch,) = batches(make(20, known=(np.array([2]), np.array([5]))), size=6)
    users, negatives = batch.inputs.rows.codes[:, 0].tolist(), negatives_of(batch)
    assert 5 in negatives
    of_user = {negatives[k] for b, k in hits_of(batch) if users[b] == 2}
    assert of_user == {2, 4, 5} & set(negatives)


def test_own_draws_are_for_each_row_from_what_its_user_does_not_have():
    seen = [set(), set(), set()]
    for seed in range(20):
        for batch in batches(make(3, shared=False), seed):
            assert not batch.inputs.shared
            users = batch.inputs.rows.codes[:, 0].tolist()
            for b, user in enumerate(users):
                seen[user] |= set(negatives_of(batch)[3 * b : 3 * b + 3])
    assert seen == [{3, 4, 5}, {2, 4, 5}, {1, 3, 5}]


def test_draws_are_in_proportion_to_mass():
    drawn = np.bincount([item for batch in batches(make(20_000)) for item in negatives_of(batch)], minlength=6)
    np.testing.assert_allclose(drawn / drawn.sum(), MASS / 7, atol=0.02)


def test_draws_depend_on_the_generator_and_move_within_a_pass():
    one, same, other = batches(make(9)), batches(make(9)), batches(make(9), seed=1)
    assert [negatives_of(batch) for batch in one] == [negatives_of(batch) for batch in same]
    assert negatives_of(one[0]) != negatives_of(other[0])
    assert negatives_of(one[0]) != negatives_of(one[1])


def test_consecutive_batches_draw_the_same_in_each_pass():
    rows = make(9)
    first, again = (list(Batches(rows, 4)) for _ in range(2))
    assert [negatives_of(batch) for batch in first] == [negatives_of(batch) for batch in again]
    assert negatives_of(first[0]) != negatives_of(first[1])


@pytest.mark.parametrize("n_negatives", [0, 5])
def test_scores_are_freed_of_log_q(n_negatives):
    log_q = -torch.arange(6.0)
    (batch,) = batches(make(n_negatives, log_q=log_q), size=6)
    own, negatives = batch.inputs.log_q
    items = batch.inputs.rows.codes[:, 1].tolist()
    assert own.tolist() == [-item for item in items]
    assert negatives.tolist() == [-item for item in (negatives_of(batch) if n_negatives else items)]


def test_others_share_the_penalty_of_the_rows():
    decay = torch.tensor([1.0, 2.0, 3.0])
    inputs = Inputs(torch.zeros(4, 1, dtype=torch.int32), torch.zeros(4, 0))
    penalised = Pairs(inputs, inputs).with_decay(decay)
    assert penalised.rows.decay is decay
    assert penalised.negatives.decay.tolist() == [1.5] * 4
    assert Pairs(inputs, None).with_decay(decay).negatives is None


def test_moving_moves_everything():
    rows = make(3, log_q=torch.zeros(6)).to("meta")
    sampler = rows.sampler
    moved = [*rows.keys, rows.target, sampler.ends, sampler.log_q, sampler.catalogue.codes, *sampler.hits.known]
    assert {part.device.type for part in moved if part is not None} == {"meta"}
