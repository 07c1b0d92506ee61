"""Which rows are held out, against what is promised of them."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skrec.data._split import shuffled, stratified

pytestmark = pytest.mark.fast

classes = st.lists(st.integers(0, 3), min_size=2, max_size=60)
fractions = st.sampled_from([0.05, 0.1, 0.25, 0.5, 0.9])


@given(st.integers(2, 50), fractions, st.integers(0, 3))
def test_a_share_of_the_rows_is_held_out_at_random(n_rows, fraction, seed):
    try:
        train, valid = shuffled(n_rows, fraction, seed)
    except ValueError:
        assert np.ceil(fraction * n_rows) == n_rows  # none is left
        return
    assert sorted([*train, *valid]) == list(range(n_rows))
    assert len(valid) == np.ceil(fraction * n_rows)
    np.testing.assert_array_equal(shuffled(n_rows, fraction, seed)[1], valid)


@given(classes, fractions, st.integers(0, 3))
@settings(deadline=None)
def test_each_class_keeps_a_row_in_training(y, fraction, seed):
    y = np.array(y)
    try:
        train, valid = stratified(y, fraction, seed)
    except ValueError:
        counts = [count for count in np.bincount(y) if count > 1]
        assert not 2 <= np.ceil(fraction * sum(counts)) <= sum(counts) - len(counts)
        return
    assert sorted([*train, *valid]) == list(range(len(y)))
    assert set(y[train]) == set(y)
    assert len(valid) >= 1
    assert not set(y[valid]) & {label for label in set(y) if (y == label).sum() == 1}
    np.testing.assert_array_equal(stratified(y, fraction, seed)[1], valid)


@pytest.mark.parametrize("dtype", [int, str, bool])
def test_shares_are_kept(dtype):
    y = np.repeat([0, 1], [300, 100]).astype(dtype)
    _, valid = stratified(y, 0.1, 0)
    assert np.unique(y[valid], return_counts=True)[1].tolist() == [30, 10]


def test_other_seeds_hold_out_other_rows():
    y = np.arange(100) % 2
    assert set(stratified(y, 0.2, 0)[1]) != set(stratified(y, 0.2, 1)[1])
    assert set(shuffled(100, 0.2, 0)[1]) != set(shuffled(100, 0.2, 1)[1])


def test_fewer_are_held_out_than_there_are_classes():
    """No share of each can be, but two rows and one of each class in training."""
    y = np.repeat(np.arange(10), 4)
    train, valid = stratified(y, 0.1, 0)
    assert len(valid) == 4
    assert set(y[train]) == set(range(10))
    text = "there are 10 classes, of which each keeps a row in training: 30 rows are left, of which 1 would be held out"
    with pytest.raises(ValueError, match=text):
        stratified(y, 0.01, 0)


def test_a_class_whose_share_rounds_to_none_keeps_a_row_in_training():
    y = np.repeat([0, 1], [8, 2])
    for seed in range(20):
        train, valid = stratified(y, 0.8, seed)
        assert set(y[train]) == {0, 1}
        assert len(valid) == 8
