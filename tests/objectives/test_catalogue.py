"""What a pass over codes learns, whatever the chunks."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from skrec._inputs import Inputs, Jagged
from skrec.objectives._catalogue import Catalogue, KnownPositives

pytestmark = pytest.mark.fast

N_ITEMS = 6
some_items = st.lists(st.integers(0, N_ITEMS - 1), min_size=1, max_size=30)
some_cuts = st.lists(st.integers(0, 30), max_size=4)


def parts(items, cuts):
    return np.split(np.arange(len(items)), sorted(cut % (len(items) + 1) for cut in cuts))


def inputs_of(rows):
    """Return inputs that say of which rows they are: a code, a number, a list of 0 to 3 codes."""
    rows = torch.as_tensor(rows)
    lengths = rows % 4
    lists = Jagged(torch.repeat_interleave(rows, lengths).int(), torch.nn.functional.pad(lengths.cumsum(0), (1, 0)))
    return Inputs(rows[:, None].int(), rows[:, None].float(), (lists,))


@given(some_items, some_cuts)
def test_an_item_has_the_inputs_of_its_first_row(items, cuts):
    catalogue, items = Catalogue(N_ITEMS), np.array(items)
    for rows in parts(items, cuts):
        catalogue.add(items[rows], inputs_of(rows))
    assert catalogue.counts.tolist() == [(items == item).sum() for item in range(N_ITEMS)]
    codes, numeric, (lists,), _ = catalogue.inputs()
    assert len(codes) == N_ITEMS
    cells = [part.tolist() for part in lists.codes.split(lists.offsets.diff().tolist())]
    for item in set(items.tolist()):
        first = int((items == item).argmax())
        assert (int(codes[item]), float(numeric[item]), cells[item]) == (first, first, [first] * (first % 4))


@given(some_items, some_cuts)
def test_pairs_are_those_of_all_chunks(items, cuts):
    items, known = np.array(items), KnownPositives()
    for rows in parts(items, cuts):
        known.add(rows, items[rows])
        if len(rows) % 2:
            known.pairs()  # asking changes nothing
    users, found = known.pairs()
    assert users.tolist() == list(range(len(items)))
    assert found.tolist() == items.tolist()
    assert users.dtype == found.dtype == np.int32


def test_more_than_is_known_may_be_added_to_a_copy():
    known = KnownPositives((np.array([1]), np.array([2])))
    more = KnownPositives(*known.parts)
    more.add(np.array([3]), np.array([4]))
    assert [part.tolist() for part in known.pairs()] == [[1], [2]]
    assert [part.tolist() for part in more.pairs()] == [[1, 3], [2, 4]]
