"""Factorization machine: interactions of columns of every kind."""

import numpy as np
import pandas as pd
import pytest

from skrec import FMClassifier, FMRegressor, LRRegressor
from skrec.datasets import make_ctr
from tests.samples import LIST

pytestmark = pytest.mark.fast

PARAMS = {"embedding_dim": 8, "lr": 0.03, "max_epochs": 60, "random_state": 0}


def test_learns_a_product_of_two_numbers_that_a_line_cannot():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(1200, 2))
    y = 3 * X[:, 0] * X[:, 1]
    train, test = slice(0, 800), slice(800, None)
    model = FMRegressor(numeric_embedding=None, **PARAMS).fit(X[train], y[train])
    assert model.score(X[test], y[test]) > 0.98
    linear = LRRegressor(lr=0.03, max_epochs=60, random_state=0).fit(X[train], y[train])
    assert linear.score(X[test], y[test]) < 0.05


def test_learns_a_slope_that_depends_on_a_category():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"city": rng.choice(list("abc"), 900), "size": rng.normal(10, 3, 900)})
    y = frame["city"].map({"a": 2.0, "b": 0.0, "c": -1.0}) * frame["size"]
    model = FMRegressor(numeric_embedding=None, **PARAMS).fit(frame[:600], y[:600])
    assert model.score(frame[600:], y[600:]) > 0.98


def test_learns_whether_a_list_holds_what_the_user_likes():
    rng = np.random.default_rng(0)
    user = rng.choice(["ann", "bob"], 900)
    tags = [list(rng.choice(["war", "love", "sea"], 2, replace=False)) for _ in user]
    likes = np.array([("war" in cell) == (who == "ann") for who, cell in zip(user, tags, strict=True)])
    frame = pd.DataFrame({"user": user, "tags": pd.Series(tags, dtype=LIST)})
    assert FMClassifier(**PARAMS).fit(frame[:600], likes[:600]).score(frame[600:], likes[600:]) > 0.97


def test_three_classes_of_an_interaction():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"a": rng.integers(0, 3, 1200).astype(str), "b": rng.integers(0, 3, 1200).astype(str)})
    y = (frame["a"].astype(int) + frame["b"].astype(int)) % 3
    assert FMClassifier(**PARAMS).fit(frame[:800], y[:800]).score(frame[800:], y[800:]) == 1


def test_comes_near_the_best_possible_score_on_clicks_drawn_from_an_fm():
    bunch = make_ctr(6000, n_categorical=3, cardinality=10, n_numeric=1, n_sequence=0, random_state=0)
    train, test = slice(0, 4500), slice(4500, None)
    estimator = FMClassifier(embedding_dim=4, numeric_embedding=None, lr=0.01, max_epochs=15, random_state=0)
    probability = estimator.fit(bunch.X[train], bunch.y[train]).predict_proba(bunch.X[test])[:, 1]
    error = np.abs(probability - bunch.probability[test]).mean()
    prior = np.abs(bunch.y[train].mean() - bunch.probability[test]).mean()
    assert error < 0.35 * prior


@pytest.mark.parametrize("n_classes", [2, 3])
def test_embedding_has_a_bias_for_each_output(n_classes):
    frame = pd.DataFrame({"a": list("xyz") * 20})
    estimator = FMClassifier(embedding_dim=2, max_epochs=1).fit(frame, np.arange(60) % n_classes)
    expected = ["bias"] if n_classes == 2 else ["bias_0", "bias_1", "bias_2"]
    assert list(estimator.embedding("a").columns) == [0, 1, *expected]


def test_embedding_l2_shrinks_what_is_used_and_nothing_else():
    frame = pd.DataFrame({"a": list("xyz") * 20, "b": list("uv") * 30})
    norms = []
    for penalty in (0, 0.1):
        estimator = FMClassifier(embedding_l2=penalty, **PARAMS).fit(frame, np.arange(60) % 2)
        norms.append(np.linalg.norm(estimator.embedding("b").iloc[:-1]))
        assert (estimator.embedding("b").iloc[-1] == 0).all()
    assert norms[1] < 0.5 * norms[0]
