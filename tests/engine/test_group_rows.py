import numpy as np
import pytest
import torch

from skrec.data import Table
from skrec.engine import GroupRows, Rows


def made(lengths, seed=0):
    """Return groups of these lengths, their rows mixed; the code of a row is its place, its target its group's."""
    groups = np.random.default_rng(seed).permutation(np.repeat(10 * np.arange(len(lengths)), lengths))
    table = Table(np.arange(len(groups), dtype=np.int32)[:, None], np.empty((len(groups), 0), np.float32), ())
    return GroupRows(Rows(table, groups.astype(np.float32)), groups), groups


@pytest.mark.parametrize("seed", [None, 0, 1])
@pytest.mark.parametrize(("lengths", "size"), [([3, 1, 2, 4, 2], 5), ([9, 1, 1], 4), ([1] * 7, 3), ([6], 100)])
def test_batches_have_whole_groups_and_every_row_once(lengths, size, seed):
    rows, groups = made(lengths)
    generator = None if seed is None else torch.Generator().manual_seed(seed)
    batches = list(rows.batches(size, generator))
    places = torch.cat([batch.inputs.codes[:, 0] for batch in batches])
    assert sorted(places.tolist()) == list(range(len(groups)))
    seen = []
    for batch in batches:
        y, weight, whose = batch.target
        own = groups[batch.inputs.codes[:, 0].numpy()]
        assert (own == y.numpy()).all()
        assert len({*zip(own.tolist(), whose.tolist(), strict=True)}) == len(set(own.tolist())) == whose.max() + 1
        assert len(weight) < size + max(lengths)
        seen += sorted(set(own.tolist()))
    assert sorted(seen) == sorted(set(groups.tolist()))
    assert len(batches) <= -(-len(groups) // size)


def test_each_pass_draws_an_order():
    rows, _ = made([2] * 20)
    generator = torch.Generator().manual_seed(0)
    one, two = ([batch.inputs.codes[:, 0].tolist() for batch in rows.batches(10, generator)] for _ in range(2))
    assert one != two
    assert [len(part) for part in one] == [10] * 4
