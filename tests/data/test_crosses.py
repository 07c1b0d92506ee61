"""Combinations of values, against a dict of them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skrec.data import Cross

pytestmark = pytest.mark.fast

SIZES = (3, 4, 2)
POSITIONS = (2, 0, 1)  # of the columns among all, in the order of the cross
rows = st.lists(st.tuples(*(st.integers(0, size - 1) for size in SIZES)), min_size=1, max_size=30)


def learnt(codes, cuts=()):
    learner = Cross.learner(POSITIONS, SIZES)
    for part in np.split(codes, sorted(cut % (len(codes) + 1) for cut in cuts)):
        learner.add(list(part.T))
    return learner.result()


def among_all(codes):
    """Place the columns where `POSITIONS` says they are, beside one that is not crossed."""
    table = np.full((len(codes), 4), 99, np.int32)
    table[:, list(POSITIONS)] = codes
    return table


@given(rows, rows)
def test_a_code_for_each_combination_that_rows_have(seen, others):
    cross = learnt(np.array(seen))
    code = {combination: place for place, combination in enumerate(sorted(set(seen)), 1)}
    assert len(cross.vocabulary) == len(code) + 1
    found = cross.encode(among_all(np.array(seen + others)))
    assert found.tolist() == [code.get(combination, 0) for combination in seen + others]
    assert found.dtype == np.int32


@given(rows, st.lists(st.integers(0, 30), max_size=5))
def test_cuts_into_chunks_change_nothing(seen, cuts):
    whole, parts = learnt(np.array(seen)), learnt(np.array(seen), cuts)
    assert list(parts.vocabulary.values) == list(whole.vocabulary.values)
    assert (parts.positions, parts.sizes) == (POSITIONS, SIZES)


def test_a_grid_of_more_combinations_than_32_bits_count():
    sizes = (2**20, 2**20)
    learner = Cross.learner((0, 1), sizes)
    learner.add([np.array([2**20 - 1, 5]), np.array([2**20 - 1, 7])])
    cross = learner.result()
    assert cross.encode(np.array([[5, 7], [2**20 - 1, 2**20 - 1], [7, 5]])).tolist() == [1, 2, 0]
