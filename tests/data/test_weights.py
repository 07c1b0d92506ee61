import numpy as np
import pytest

from skrec.data._weights import even_exponent, normalized, scaled


@pytest.mark.parametrize("exponent", [-1070, -300, -1, 0, 1, 2, 40, 1023])
def test_the_largest_is_between_one_and_four(exponent):
    weight = np.array([1.5, 1.0]) * 2.0**exponent
    found = normalized(weight)
    assert 1 <= found.max() < 4
    assert found[0] / found[1] == 1.5


@pytest.mark.parametrize("weight", [np.ones(3), np.array([1, 2, 3.9]), np.array([0.5, 1, 0])])
def test_ordinary_weights_stay_what_they_are(weight):
    np.testing.assert_array_equal(normalized(weight), weight)


def test_powers_are_even():
    assert all(even_exponent(2.0**e) % 2 == 0 for e in range(-1000, 1000, 7))


def test_what_float32_cannot_tell_from_zero_becomes_zero():
    powers = np.array([0, -100, -149, -150, -151, -1000])
    weight = np.ldexp(1.0, powers)
    np.testing.assert_array_equal(normalized(weight) > 0, weight.astype(np.float32) > 0)
    np.testing.assert_array_equal(scaled(weight * 2.0**40, 40), normalized(weight))
