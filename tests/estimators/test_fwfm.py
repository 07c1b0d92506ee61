"""Field-weighted factorization machine: how much two columns count is learnt of each pair."""

import numpy as np
import pandas as pd
import pytest

from skrec import FMRegressor, FwFMClassifier, FwFMRegressor
from tests.samples import fitted, mixed, target

PARAMS = {"embedding_dim": 1, "embedding_l2": 0, "lr": 0.05, "max_epochs": 30, "random_state": 0}


def weighted_pairs(n_rows=900, seed=0):
    """A number a value, one product of which counts against the others: no FM with a number a value has these signs."""
    rng = np.random.default_rng(seed)
    number = np.array([1.0, -1, 2, -2])
    codes = rng.integers(0, 4, (3, n_rows))
    a, b, c = number[codes]
    return pd.DataFrame(codes.T, columns=[*"abc"]).astype(str), a * b + a * c - b * c


def test_learns_weights_of_pairs_that_an_fm_of_the_same_width_has_not():
    frame, y = weighted_pairs()
    train, test = slice(0, 600), slice(600, None)
    assert FwFMRegressor(**PARAMS).fit(frame[train], y[train]).score(frame[test], y[test]) > 0.98
    assert FMRegressor(**PARAMS).fit(frame[train], y[train]).score(frame[test], y[test]) < 0.8


def test_learns_clicks_and_three_classes_of_it():
    frame, y = weighted_pairs()
    for labels in (y > 0, np.digitize(y, [-1.5, 1.5])):
        estimator = FwFMClassifier(**{**PARAMS, "embedding_dim": 4}).fit(frame[:600], labels[:600])
        assert estimator.score(frame[600:], labels[600:]) > 0.97


def test_there_is_a_weight_for_each_pair():
    estimator, frame = fitted(FwFMClassifier)
    n = frame.shape[1]
    assert estimator.net_.module_.pair_weights.shape == (n * (n - 1) // 2,)


def test_a_single_column_is_refused():
    frame = mixed()
    message = r"1 feature\(s\).*while a minimum of 2 is required by FwFMClassifier"
    with pytest.raises(ValueError, match=message):
        FwFMClassifier().fit(frame[["user"]], target(FwFMClassifier(), frame))
