"""Parts of tables: together the numbers of the whole one, whatever is drawn at a time."""

from unittest import mock

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from skrec._inputs import Inputs
from skrec.nets import FieldEmbedding, Fields
from skrec.nets.layers import _table_part
from skrec.nets.layers._table_part import Part, is_in_parts, part_of_tables


def embedding(sizes, width, truncated):
    generator = torch.Generator().manual_seed(0)
    fields = Fields(tuple(range(len(sizes))), tuple(sizes), n_numeric=2)
    return FieldEmbedding(fields, width, 1, truncated=truncated, generator=generator), torch.rand(
        3, generator=generator
    )


@given(
    sizes=st.lists(st.integers(1, 300), min_size=1, max_size=3),
    width=st.integers(1, 17),
    step=st.integers(2, 4),
    truncated=st.booleans(),
)
@settings(deadline=None, max_examples=40)
def test_parts_have_the_rows_of_the_whole(sizes, width, step, truncated):
    """And what is drawn after them is drawn alike."""
    whole, later = embedding(sizes, width, truncated)
    assert not is_in_parts(whole)
    with mock.patch.object(_table_part, "_ROWS", 64):
        for first in range(step):
            with part_of_tables(first, step):
                part, also_later = embedding(sizes, width, truncated)
            assert torch.equal(part.table, whole.table[first::step])
            assert torch.equal(part.factors, whole.factors)
            assert torch.equal(later, also_later)
            assert is_in_parts(part)


def test_places():
    assert Part(1, 3).places([0, 5, 4, 7, 5]) == [1, 2]
    assert Part().places([3, 1]) == [3, 1]


def test_rows_that_were_not_fetched_are_not_looked_up():
    with part_of_tables(0, 2):
        part, _ = embedding([9], 4, False)
    inputs = Inputs(torch.zeros(3, 1, dtype=torch.int32), torch.zeros(3, 2))
    with pytest.raises(
        RuntimeError, match="part 0 of 2, got them before they were fetched; call predict and fit in all"
    ):
        part(inputs)
    assert part.rows_of(inputs).tolist() == [0, 0, 0]
