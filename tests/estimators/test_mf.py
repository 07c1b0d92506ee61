"""Matrix factorization: known ratings, cold users and items, squashed outputs."""

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from skrec import MFClassifier, MFRegressor


def low_rank(n_users=40, n_items=30, seed=0):
    """All ratings of a matrix of rank two with biases, in random order."""
    rng = np.random.default_rng(seed)
    p, q = rng.normal(size=(n_users, 2)), rng.normal(size=(n_items, 2))
    bu, bi = rng.normal(size=n_users) / 2, rng.normal(size=n_items) / 2
    u, i = (ids.ravel() for ids in np.meshgrid(np.arange(n_users), np.arange(n_items)))
    order = rng.permutation(len(u))
    u, i = u[order], i[order]
    return pd.DataFrame({"u": u, "i": i}), 3 + bu[u] + bi[i] + (p[u] * q[i]).sum(1)


def test_completes_a_matrix_of_low_rank():
    X, y = low_rank()
    train, test = slice(0, 900), slice(900, None)
    params = {
        "embedding_dim": 2,
        "max_epochs": 150,
        "optimizer": "adam",
        "lr": 0.02,
        "embedding_l2": 1e-4,
        "random_state": 0,
    }
    estimator = MFRegressor(**params).fit(X[train], y[train])
    assert estimator.score(X[test], y[test]) > 0.95


def test_a_cold_user_scores_the_mean_and_the_items_bias_exactly():
    X, y = low_rank()
    estimator = MFRegressor(random_state=0, max_epochs=5).fit(X, y)
    items = np.arange(30)
    cold = pd.DataFrame({"u": np.full(30, 999), "i": items})
    nobody = estimator.predict(pd.DataFrame({"u": [999], "i": [999]}))[0]
    bias = estimator.embedding("i").loc[items, "bias"].to_numpy()
    np.testing.assert_allclose(estimator.predict(cold), nobody + bias, rtol=1e-6)
    mu = estimator.net_.module_.bias.item() * y.std() + y.mean()
    np.testing.assert_allclose(nobody, mu, rtol=1e-6)


@pytest.mark.parametrize("init", ["normal", "truncated_normal"])
def test_initial_vectors(init):
    X, y = low_rank(400, 300)
    estimator = MFRegressor(init=init, init_scale=0.5, lr=1e-12, max_epochs=1, embedding_l2=0, random_state=0)
    table = estimator.fit(X, y).net_.module_.embedding.table.detach().numpy()
    vectors, bias = table[1:401, :-1], table[:, -1]
    assert np.abs(bias).max() < 1e-6
    assert np.abs(table[[0, 401]]).max() == 0  # unknown user and item
    assert vectors.mean() == pytest.approx(0, abs=0.02)
    if init == "normal":
        assert vectors.std() == pytest.approx(0.5, rel=0.02)
        assert np.abs(vectors).max() > 1.2
    else:  # the standard deviation of a normal cut at two is 0.88 of its scale
        assert vectors.std() == pytest.approx(0.44, rel=0.02)
        assert np.abs(vectors).max() <= 1 + 1e-6


def test_y_range_is_where_predictions_are():
    X, y = low_rank()
    y = np.clip(y, 1, 5)
    estimator = MFRegressor(y_range=(0.5, 5.5), random_state=0, max_epochs=60, embedding_dim=8).fit(X[:900], y[:900])
    wild = MFRegressor(random_state=0, max_epochs=60, embedding_dim=8).fit(X[:900], y[:900])
    prediction = estimator.predict(X)
    assert prediction.min() > 0.5
    assert prediction.max() < 5.5
    assert wild.predict(X).max() > 5.5
    assert estimator.score(X[900:], y[900:]) > 0.75
    start = MFRegressor(y_range=(0.5, 5.5), lr=1e-12, max_epochs=1, init_scale=1e-6).fit(X, y)
    np.testing.assert_allclose(start.predict(X), y.mean(), rtol=1e-4)


def test_y_range_survives_a_constant_target():
    X, _ = low_rank()
    estimator = MFRegressor(y_range=(0, 6), random_state=0, max_epochs=20).fit(X, np.full(len(X), 3.0))
    np.testing.assert_allclose(estimator.predict(X), 3, atol=0.1)


@pytest.mark.parametrize(
    "y_range", [(5, 1), (1, 1), (1,), (1, 2, 3), (), ("a", "b"), (1, None), (np.nan, 2), [0, np.inf]]
)
def test_y_range_that_is_none(y_range):
    X, y = low_rank()
    with pytest.raises(ValueError, match="The 'y_range' parameter of MFRegressor must be a pair of floats, the lower"):
        MFRegressor(y_range=y_range).fit(X, y)


@pytest.mark.parametrize("y_range", [(1, 5), (0.5, 4), (3, 9)])
def test_y_range_that_the_targets_leave_or_touch(y_range):
    X, y = low_rank()
    with pytest.raises(ValueError, match=r"Expected targets within y_range=.*got 1 to 5;.*a little wider"):
        MFRegressor(y_range=y_range).fit(X, np.clip(y, 1, 5))


def test_classifier_learns_who_likes_what():
    X, y = low_rank()
    estimator = MFClassifier(embedding_dim=4, max_epochs=60, lr=0.02, random_state=0).fit(X[:900], y[:900] > 3)
    assert roc_auc_score(y[900:] > 3, estimator.decision_function(X[900:])) > 0.93


def test_classifier_of_three_classes_projects_the_product():
    X, y = low_rank()
    stars = np.digitize(y, [2, 4])
    params = {"embedding_dim": 8, "max_epochs": 80, "lr": 0.02, "random_state": 0}
    estimator = MFClassifier(**params).fit(X[:900], stars[:900])
    assert estimator.score(X[900:], stars[900:]) > 0.7
    assert list(estimator.embedding("u").columns) == [*range(8), "bias_0", "bias_1", "bias_2"]
