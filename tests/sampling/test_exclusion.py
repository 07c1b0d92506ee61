"""Draws from what is left, against the list of what is left."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skrec.sampling._exclusion import ExclusionSampler

pytestmark = pytest.mark.fast


@given(
    st.lists(st.tuples(st.integers(0, 4), st.integers(0, 6)), max_size=30),
    st.lists(st.integers(0, 3), min_size=7, max_size=7).filter(any),
)
@settings(deadline=None)
def test_every_point_of_the_rest_stands_for_the_next_item(pairs, mass):
    """A grid over [0, 1) with one point a unit of mass gives each item that is left as often as its mass."""
    users, items = np.array(pairs, int).reshape(-1, 2).T
    sampler = ExclusionSampler(users, items, np.array(mass), 5)
    lean = ExclusionSampler(users.astype(np.int32), items.astype(np.int32), np.array(mass), 5, ranges=False)
    for user in range(5):
        left = [i for i in range(7) for _ in range(mass[i]) if (user, i) not in pairs]
        assert sampler.room[user] == len(left)
        if left:
            grid = (np.arange(len(left)) + 0.5) / len(left)
            assert sampler.draw(np.full(len(left), user), grid).tolist() == left
            assert lean.draw(np.full(len(left), user), grid).tolist() == left
        for first, last in ((0, 7), (2, 5), (3, 4), (6, 7)):
            part = [i for i in left if first <= i < last]
            low, high = (sampler.before([user], [end]) for end in (first, last))
            assert high - low == len(part)
            if part:
                grid = (np.arange(len(part)) + 0.5) / len(part)
                assert sampler.draw(np.full(len(part), user), grid, low, high).tolist() == part


def test_nearly_one_is_still_inside():
    for room in (7, 2**20, 2**40 + 1):
        sampler = ExclusionSampler(np.zeros(0, int), np.zeros(0, int), np.array([room]), 1)
        assert sampler.draw(np.array([0]), np.array([np.nextafter(1, 0)])).tolist() == [0]
        sampler = ExclusionSampler(np.array([0, 1]), np.array([0, 1]), np.array([room, room, 1]), 2)
        assert sampler.draw(np.array([0, 1]), np.array([0.0, np.nextafter(1, 0)])).tolist() == [1, 2]


@pytest.mark.parametrize("order", [1, -1])
def test_order_and_repetition_of_pairs_change_nothing(order):
    rng = np.random.default_rng(0)
    users, items = rng.integers(0, 5, 40), rng.integers(0, 20, 40)
    draws = rng.random(100)
    expected = ExclusionSampler(users, items, np.ones(20, int), 5).draw(np.arange(100) % 5, draws)
    users, items = np.tile(users, 2)[::order], np.tile(items, 2)[::order]
    np.testing.assert_array_equal(
        ExclusionSampler(users, items, np.ones(20, int), 5).draw(np.arange(100) % 5, draws), expected
    )
