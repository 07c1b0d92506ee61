"""Probabilities after down-sampling, against those of the rows that were not left out."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression

from skrec.sampling import undo_downsampling

pytestmark = pytest.mark.fast


@given(st.integers(1, 50), st.integers(1, 50), st.integers(1, 20))
def test_counts(positives, negatives, factor):
    """Where one of `factor` negatives was kept, shares of the kept rows become shares of all rows."""
    kept = positives / (positives + negatives)
    everything = positives / (positives + negatives * factor)
    assert undo_downsampling([kept], 1 / factor)[0] == pytest.approx(everything)
    np.testing.assert_allclose(undo_downsampling([[1 - kept, kept]], 1 / factor), [[1 - everything, everything]])


def test_a_model_of_a_tenth_of_the_negatives():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(200_000, 1))
    y = rng.random(len(X)) < 1 / (1 + np.exp(4 - X[:, 0]))
    kept = y | (rng.random(len(X)) < 0.1)
    sampled = LogisticRegression().fit(X[kept], y[kept]).predict_proba(X)
    corrected = undo_downsampling(sampled, 0.1)
    assert sampled[:, 1].mean() > 5 * y.mean()
    assert corrected[:, 1].mean() == pytest.approx(y.mean(), rel=0.03)
    np.testing.assert_allclose(corrected.sum(1), 1)
    np.testing.assert_allclose(corrected[:, 1], undo_downsampling(sampled[:, 1], 0.1))


def test_ends_and_the_full_rate():
    np.testing.assert_array_equal(undo_downsampling([0, 1], 1e-9), [0, 1])
    prob = np.linspace(0, 1, 11)
    np.testing.assert_allclose(undo_downsampling(prob, 1), prob)


@pytest.mark.parametrize(
    ("y_prob", "rate", "message"),
    [
        ([0.5, 1.5], 0.1, "probabilities between 0 and 1 in y_prob, got 1.5; pass those of predict_proba"),
        ([0.5, np.nan], 0.1, "probabilities between 0 and 1 in y_prob, got nan"),
        ([[0.2, 0.3, 0.5]], 0.1, r"shape \(n_rows,\) or \(n_rows, 2\), got \(1, 3\); the classes must be two"),
        ([0.5], 0, "The 'rate' parameter of undo_downsampling must be"),
        ([0.5], 10, "The 'rate' parameter of undo_downsampling must be"),
        (0.5, 0.1, "The 'y_prob' parameter of undo_downsampling must be"),
    ],
)
def test_bad_input(y_prob, rate, message):
    with pytest.raises(ValueError, match=message):
        undo_downsampling(y_prob, rate)
