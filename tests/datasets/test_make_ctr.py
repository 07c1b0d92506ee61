import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import log_loss, roc_auc_score

from skrec import FMClassifier
from skrec.datasets import make_ctr


def test_columns_are_typed():
    data = make_ctr(50, n_categorical=2, n_numeric=1, n_sequence=2, random_state=0)
    assert list(data.X.columns) == ["C1", "C2", "I1", "S1", "S2"]
    assert isinstance(data.X["C1"].dtype, pd.CategoricalDtype)
    assert data.X["I1"].dtype == np.float64
    assert isinstance(data.X["S1"].dtype, pd.ArrowDtype)
    assert data.sequence_features == {"S1": "C1", "S2": "C2"}


def test_best_scores_are_those_of_the_truth():
    data = make_ctr(2000, random_state=0)
    assert data.best_auc == roc_auc_score(data.y, data.probability)
    assert data.best_log_loss == log_loss(data.y, data.probability)
    assert data.probability.mean() == pytest.approx(0.3, abs=1e-6)
    assert abs(data.y.mean() - 0.3) < 0.05


def test_a_model_lies_between_chance_and_the_best():
    data = make_ctr(20_000, cardinality=20, random_state=0)
    train, test = slice(0, 16_000), slice(16_000, None)
    model = FMClassifier(sequence_features=data.sequence_features, lr=0.01, n_threads=1, random_state=0)
    model.fit(data.X[train], data.y[train])
    auc = roc_auc_score(data.y[test], model.predict_proba(data.X[test])[:, 1])
    best = roc_auc_score(data.y[test], data.probability[test])
    assert best - 0.05 < auc < best


@settings(max_examples=20, deadline=None)
@given(
    n_samples=st.integers(2, 60),
    cardinalities=st.lists(st.integers(1, 9), max_size=4),
    n_numeric=st.integers(1, 3),
    seed=st.integers(0, 99),
)
def test_any_shape_twice_the_same(n_samples, cardinalities, n_numeric, seed):
    sizes = {"n_categorical": len(cardinalities), "cardinality": cardinalities, "n_numeric": n_numeric}
    n_sequence = min(1, len(cardinalities))
    data, again = (make_ctr(n_samples, **sizes, n_sequence=n_sequence, random_state=seed) for _ in range(2))
    assert data.X.shape == (n_samples, len(cardinalities) + n_numeric + n_sequence)
    pd.testing.assert_frame_equal(data.X, again.X)
    assert np.array_equal(data.y, again.y)
    assert ((data.probability > 0) & (data.probability < 1)).all()


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"n_samples": 1}, "The 'n_samples' parameter of make_ctr must be"),
        ({"positive_rate": 1.0}, "The 'positive_rate' parameter of make_ctr must be"),
        ({"n_categorical": 0, "n_numeric": 0, "n_sequence": 0}, "make_ctr needs a column"),
        ({"n_categorical": 1, "n_sequence": 2}, "n_sequence must be at most n_categorical=1"),
        ({"cardinality": [3, 4]}, "or one for each of the n_categorical=6 columns"),
    ],
)
def test_parameters_out_of_range(parameters, message):
    with pytest.raises(ValueError, match=message):
        make_ctr(**parameters)
