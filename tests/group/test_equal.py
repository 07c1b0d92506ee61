"""Processes that have a part of the rows each learn what one does from all of them, and the same as each other."""

import numpy as np
import pandas as pd
import pytest
from sklearn.base import is_classifier

from skrec import (
    DeepFMClassifier,
    DeepFMRegressor,
    DINClassifier,
    FMClassifier,
    FMRegressor,
    MFRegressor,
    MMoEClassifier,
    NeuMFRegressor,
    WideDeepRegressor,
)
from tests.discovery import predictors
from tests.group.cases import alone, arithmetic, assert_equal, fit_part, learnt, sizes_of
from tests.samples import mixed, small, target

N_ROWS = 90
ENDS = [60, N_ROWS]  # two to one
OF_EACH_MECHANISM = [DeepFMClassifier, WideDeepRegressor, DINClassifier, MFRegressor, NeuMFRegressor]
REFUSED = {"IntTowerClassifier", "GRU4RecClassifier", "SASRecClassifier"}  # see test_refused.py
OTHERS = [cls for cls in predictors() if cls not in OF_EACH_MECHANISM and cls.__name__ not in REFUSED]


def many_batches(cls, **params):
    return small(cls, **{"batch_size": 16, "early_stopping": False, **params})


def weights(n_rows=N_ROWS):
    return np.random.default_rng(1).uniform(0.1, 3, n_rows)


def compare(group, estimator, X, y, sample_weight=None, *, ends=ENDS, kernels=False, rtol=1e-12, **options):
    """Fit in a group and alone, hold what is learnt against each other, and return it."""
    how = {"dtype": np.float64, "kernels": kernels}
    ranks = group.run(fit_part, estimator, ends, X, y, sample_weight, how, **options)
    for other in ranks[1:]:
        assert_equal(ranks[0], other, 0)
    with arithmetic(**how):
        whole = learnt(alone(estimator, sizes_of(ends), X, y, sample_weight, **options), X)
    assert_equal(ranks[0], whole, rtol)
    return ranks[0]


def compare_class(group, cls, **options):
    X = mixed(N_ROWS)
    compare(group, many_batches(cls), X, target(cls(), X), weights(), **options)


@pytest.mark.parametrize("cls", OF_EACH_MECHANISM)
def test_an_estimator_of_each_mechanism(two, cls):
    compare_class(two, cls)


@pytest.mark.scale
@pytest.mark.parametrize("cls", OTHERS)
def test_every_estimator(two, cls):
    compare_class(two, cls)


@pytest.mark.scale
@pytest.mark.needs_numba
@pytest.mark.parametrize("cls", [*OF_EACH_MECHANISM, *OTHERS])
def test_every_estimator_with_kernels(two, cls):
    compare_class(two, cls, kernels=True)


@pytest.mark.needs_numba
def test_kernels(two):
    compare_class(two, FMClassifier, kernels=True)


SETTINGS = {
    "adagrad": {"optimizer": "adagrad"},
    "sgd": {"optimizer": "sgd"},
    "schedule": {"lr_schedule": "onecycle"},
    "balanced": {"class_weight": "balanced"},
    "piecewise": {"numeric_embedding": "piecewise", "n_bins": 8},
    "periodic": {"numeric_embedding": "periodic"},
    "no penalty": {"embedding_l2": 0.0},
    "decay": {"weight_decay": 0.1},
}


@pytest.mark.parametrize("params", [SETTINGS["piecewise"] | SETTINGS["schedule"] | SETTINGS["balanced"]], ids=["three"])
def test_settings(two, params):
    X = mixed(N_ROWS)
    compare(two, many_batches(DeepFMClassifier, **params), X, target(DeepFMClassifier(), X), weights())


@pytest.mark.scale
@pytest.mark.parametrize("name", SETTINGS)
def test_each_setting(two, name):
    X = mixed(N_ROWS)
    compare(two, many_batches(DeepFMClassifier, **SETTINGS[name]), X, target(DeepFMClassifier(), X), weights())


def test_three_processes_of_which_one_has_three_rows(three):
    """Its batches are empty most of the time."""
    X = mixed(N_ROWS)
    compare(three, many_batches(FMClassifier), X, target(FMClassifier(), X), weights(), ends=[80, 87, 90])


@pytest.mark.parametrize(("weights_of", "rtol"), [(None, 1e-12), ("learnt", 1e-6)])  # which are float32
def test_several_targets(two, weights_of, rtol):
    X = mixed(N_ROWS)
    y = np.column_stack([target(MMoEClassifier(), X), np.where(X["age"] > 45, "old", "young")]).astype(object)
    y[::7, 1] = None
    compare(two, many_batches(MMoEClassifier, target_weights=weights_of), X, y, weights(), rtol=rtol)


def test_values_and_classes_of_one_process_alone(two):
    X = mixed(N_ROWS)
    y = np.where(X["age"] > 40, "high", "low").astype(object)
    y[70:73] = "other"  # a third class, of the second process
    X["user"] = [f"{user}{row // 60}" for row, user in enumerate(X["user"])]  # no user is in both
    found = compare(two, many_batches(FMClassifier), X, y.astype(str))
    assert found["classes"].tolist() == ["high", "low", "other"]


def test_validation_rows_that_all_have_stop_all_at_once(two):
    X, valid = mixed(N_ROWS), mixed(40, seed=1)
    estimator = many_batches(FMClassifier, early_stopping=True, n_iter_no_change=1, tol=0.5, max_epochs=9)
    options = {"X_val": valid, "y_val": target(estimator, valid), "sample_weight_val": weights(40)}
    found = compare(two, estimator, X, target(estimator, X), **options)
    assert len(found["history"]["epoch"]) < 9
    assert "valid_loss" in found["history"]


@pytest.mark.parametrize("cls", [DeepFMClassifier, pytest.param(DeepFMRegressor, marks=pytest.mark.scale)])
def test_a_score_is_that_of_all_validation_rows(two, cls):
    X, valid = mixed(N_ROWS), mixed(40, seed=1)
    scoring = "roc_auc" if is_classifier(cls()) else "r2"
    estimator = many_batches(cls, scoring=scoring, early_stopping=True, max_epochs=4)
    compare(two, estimator, X, target(estimator, X), X_val=valid, y_val=target(estimator, valid))


@pytest.mark.scale
def test_scores_of_training_rows(two):
    X = mixed(N_ROWS)
    estimator = many_batches(FMClassifier, scoring="roc_auc", train_scores=True)
    found = compare(two, estimator, X, target(estimator, X))
    assert "train_roc_auc" in found["history"]


@pytest.mark.scale
def test_numbers_of_any_size_and_weights_of_any_size(two):
    X = mixed(N_ROWS)
    weight = weights() * np.where(np.arange(N_ROWS) < 60, 1e-30, 1e-26)  # the second process has all large ones
    X["age"] += 1e5  # 12 of 16 digits are left of what differs
    compare(two, many_batches(FMRegressor), X, 1e3 + target(FMRegressor(), X), weight, rtol=1e-9)


def test_plain_arrays(two):
    rng = np.random.default_rng(0)
    X = pd.DataFrame(rng.normal(size=(N_ROWS, 3)))
    compare(two, many_batches(FMRegressor, sequence_features=None), X, rng.normal(size=N_ROWS))
