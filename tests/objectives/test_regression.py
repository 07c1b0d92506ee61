"""Numbers: mean, scale and range of a target, against numpy."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit

from skrec.losses import WeightedLoss, squared_error
from skrec.objectives import Regression

pytestmark = pytest.mark.fast

Y, WEIGHT = np.array([1.0, 5.0, 3.0, 4.0]), np.array([1.0, 2.0, 0.5, 1.0])


def test_a_target_is_standardised_by_its_weighted_moments():
    target, bias = Regression().learn(Y, WEIGHT)
    mean = sum(Y * WEIGHT) / sum(WEIGHT)
    assert target.mean == pytest.approx(mean)
    assert target.scale == pytest.approx((sum(WEIGHT * (Y - mean) ** 2) / sum(WEIGHT)) ** 0.5)
    assert bias.tolist() == [0]  # predicts the mean
    standardised, weight = target.encode(Y, WEIGHT, np.float32)
    np.testing.assert_allclose(target.targets(standardised), Y, rtol=1e-6)
    assert weight is WEIGHT


@pytest.mark.parametrize("size", [1e-300, 1e-5, 1.0, 1e60])
def test_any_size_is_standardised(size):
    target, _ = Regression().learn(size * Y, WEIGHT)
    assert target.scale / size == pytest.approx(Regression().learn(Y, WEIGHT)[0].scale)
    assert np.isfinite(target.encode(size * Y, WEIGHT, np.float32)[0]).all()


@pytest.mark.parametrize("value", [0.0, 0.1, -7e9])
def test_a_constant_target_is_predicted_exactly(value):
    target, bias = Regression().learn(np.full(7, value), np.linspace(0.1, 3, 7))
    assert (target.mean, target.scale) == (value, 1)
    assert target.predictions(bias[None]).tolist() == [value]


numbers = st.lists(st.tuples(st.floats(-100, 100), st.sampled_from([0.25, 1.0, 3.0])), min_size=1, max_size=20)


@given(numbers, st.lists(st.integers(0, 20), max_size=3))
@settings(deadline=None)
def test_chunks_change_nothing_but_rounding(rows, cuts):
    y, weight = (np.array(part) for part in zip(*rows, strict=True))
    survey = Regression().survey()
    for part in np.split(np.arange(len(y)), sorted(cut % len(y) for cut in cuts)):
        survey.add(y[part], weight[part])
    found, expected = Regression().learn(*survey.result())[0], Regression().learn(y, weight)[0]
    assert found.mean == pytest.approx(expected.mean, rel=1e-9, abs=1e-9)
    if expected.scale > 1e-6:
        assert found.scale == pytest.approx(expected.scale, rel=1e-6)


def test_a_range_starts_at_the_mean_as_well():
    target, bias = Regression((0.5, 5.5)).learn(Y, WEIGHT)
    assert 0.5 + 5 * expit(bias[0]) == pytest.approx(target.mean)
    constant, bias = Regression((0.5, 5.5)).learn(np.full(3, 2.0), np.ones(3))
    assert constant.scale == 1
    assert 0.5 + 5 * expit(bias[0]) == pytest.approx(2)


def test_what_is_refused():
    with pytest.raises(ValueError, match=r"Expected targets within y_range=\(1.0, 5.5\), got 1 to 5; a sigmoid never"):
        Regression((1.0, 5.5)).learn(Y, WEIGHT)
    with pytest.raises(ValueError, match="Expected a target y whose squares float64 can hold"):
        Regression().learn(1e300 * Y, WEIGHT)
    with pytest.raises(ValueError, match="contains NaN"):
        Regression().check_target([1.0, np.nan])
    target, _ = Regression().learn(Y, WEIGHT)
    with pytest.raises(ValueError, match="Expected targets y like those of fit"):
        target.encode(np.array([1e30]), np.ones(1), np.float32)


def test_the_criterion_is_the_squared_error():
    criterion = Regression().criterion(None)
    assert isinstance(criterion, WeightedLoss)
    assert criterion.loss is squared_error
