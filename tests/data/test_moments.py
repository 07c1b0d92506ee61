import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skrec.data._moments import SMALLEST_TOLERANCE, Moments, tolerance_of


def moments(values, weight, tolerance=SMALLEST_TOLERANCE):
    return Moments.of(values, weight).mean_and_deviation(tolerance)


SIZES = [1e-320, 1e-300, 1e-30, 1.0, 1e30, 1e150, 1e300]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("n_rows", [2, 1000])
def test_numbers_of_any_size(size, n_rows):
    values, weight = np.random.default_rng(0).normal(size=n_rows), np.linspace(1, 2, n_rows)
    mean = np.average(values, weights=weight)
    deviation = np.sqrt(np.average((values - mean) ** 2, weights=weight))
    found = moments(values * size, weight)
    # the smallest numbers of float64 have three digits
    np.testing.assert_allclose(np.array(found) / size, [mean, deviation], rtol=1e-2 if size < 1e-310 else 1e-12)


def test_a_row_that_outweighs_all_others_does_not_throw_them_off():
    values, weight = np.arange(10.0), np.r_[1.0, np.full(9, 1e-40)]
    mean, deviation = moments(values, weight)
    assert np.abs((values - mean) / deviation).max() <= 1e4


@pytest.mark.parametrize("size", [1e-300, 1e150, 1e300])
def test_few_rows_of_any_size_stand_for_all(size):
    values, weight = np.random.default_rng(0).normal(size=60) * size, np.ones(60)
    few, weights = Moments.of(values, weight).few_rows()
    assert len(few) == 3
    np.testing.assert_allclose(moments(few, weights), moments(values, weight), rtol=1e-12)


numbers = st.floats(-1e6, 1e6).map(lambda x: round(x, 3))
weighted = st.lists(st.tuples(numbers, st.floats(0.1, 10)), min_size=1, max_size=30)


@given(weighted, weighted)
@settings(deadline=None)
def test_few_rows_stand_for_all_beside_further_ones(first, second):
    (a, weight_a), (b, weight_b) = (np.array(rows).T for rows in (first, second))
    few, few_weights = Moments.of(a, weight_a).few_rows()
    found, weights = Moments.of(np.r_[few, b], np.r_[few_weights, weight_b]).few_rows()
    values, weight = np.concatenate([a, b]), np.concatenate([weight_a, weight_b])
    assert len(found) in (1, 3)
    assert (weights >= 0).all()
    assert weights.sum() == pytest.approx(weight.sum())
    (mean, variance), (expected, spread) = moments(found, weights), moments(values, weight)
    scale = np.abs(values).max()
    assert mean == pytest.approx(expected, abs=1e-9 * scale)
    assert variance == pytest.approx(spread, rel=1e-6, abs=1e-12 * scale**2)
    assert found.min() == pytest.approx(values.min(), abs=1e-9 * scale)
    assert found.max() == pytest.approx(values.max(), abs=1e-9 * scale)


@given(
    st.floats(-1e300, 1e300).filter(lambda x: abs(x) > 1e-290),
    st.lists(st.integers(-2, 2), min_size=1, max_size=99),
    st.sampled_from([np.float16, np.float32, np.float64]),
)
@settings(deadline=None, max_examples=200)
def test_what_differs_by_rounding_is_constant(value, steps, dtype):
    with np.errstate(over="ignore", under="ignore"):
        start = dtype(value)
    if not np.isfinite(start) or abs(start) < np.finfo(dtype).tiny * 100 or abs(start) > np.finfo(dtype).max / 2:
        start = dtype(0.1)
    column = pd.Series(start + np.spacing(start) * np.array(steps, dtype), dtype=dtype)
    mean, deviation = moments(column.to_numpy(), np.ones(len(steps)), tolerance_of(column))
    assert deviation == 0
    assert abs(mean - float(start)) <= 2 * np.spacing(abs(start))


@pytest.mark.parametrize("dtype", ["float32", "Float32", pd.ArrowDtype(pa.float32()), pd.ArrowDtype(pa.float16())])
def test_rounding_is_that_of_the_dtype(dtype):
    assert tolerance_of(pd.Series([0.1, 0.2]).astype(dtype)) > 1e-7
    assert tolerance_of(pd.Series([0.1, 0.2])) < 1e-11
    assert tolerance_of(pd.Series([1, 2])) < 1e-11


def test_float32_is_known_by_its_digits():
    """TableEncoder, for one, makes float64 of everything."""
    values = np.float32(0.1) + np.spacing(np.float32(0.1)) * np.arange(3, dtype=np.float32)
    assert moments(values.astype(np.float64), np.ones(3))[1] == 0


@pytest.mark.parametrize(
    "values",
    [
        1_700_000_000 + np.arange(0.0, 86_400),  # seconds of a day
        1_700_000_000_000 + np.arange(0.0, 60_000, 7),  # milliseconds of a minute
        10_000_000 + np.arange(2.0),
        1e9 + np.random.default_rng(0).normal(size=100_000) * 1e-2,
        (1_700_000_000 + np.arange(86_400)).astype(np.float32),
    ],
)
def test_what_is_nearly_constant_is_not(values):
    weight = np.ones(len(values))
    mean, deviation = moments(values, weight, tolerance_of(pd.Series(values)))
    shifted = values.astype(np.float64) - float(values[0])
    assert mean - float(values[0]) == pytest.approx(shifted.mean(), rel=1e-6, abs=1e-6)
    assert deviation == pytest.approx(shifted.std(), rel=1e-6)
