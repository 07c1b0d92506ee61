"""Neural matrix factorization: its halves, pretraining, and what it learns."""

import numpy as np
import pytest
import torch
from sklearn.metrics import roc_auc_score
from skorch.callbacks import Callback

from skrec import GMFClassifier, GMFRegressor, NeuMFClassifier, NeuMFRegressor
from skrec._validation import check_features
from skrec.engine import Rows
from skrec.estimators import _neumf
from tests.estimators.test_mf import low_rank
from tests.samples import fitted, mixed, outputs, small, target

BOTH = [NeuMFClassifier, NeuMFRegressor]
FACTORIZATION = {"embedding_dim": 8, "max_epochs": 50, "lr": 0.02, "embedding_l2": 1e-3, "random_state": 0}


@pytest.mark.parametrize("cls", [GMFRegressor, NeuMFRegressor])
def test_completes_a_matrix_of_low_rank(cls):
    X, y = low_rank()
    assert cls(**FACTORIZATION).fit(X[:900], y[:900]).score(X[900:], y[900:]) > 0.8


@pytest.mark.parametrize("cls", [GMFClassifier, NeuMFClassifier])
def test_learns_who_likes_what(cls):
    X, y = low_rank()
    estimator = cls(**FACTORIZATION).fit(X[:900], y[:900] > 3)
    assert roc_auc_score(y[900:] > 3, estimator.decision_function(X[900:])) > 0.9


@pytest.mark.parametrize("cls", [GMFClassifier, NeuMFClassifier])
def test_three_classes_have_an_embedding_without_biases(cls):
    X, y = low_rank()
    stars = np.digitize(y, [2, 4])
    estimator = cls(**FACTORIZATION).fit(X[:900], stars[:900])
    assert estimator.score(X[900:], stars[900:]) > 0.65
    assert list(estimator.embedding("u").columns) == list(range(8))


# Pretraining


@pytest.mark.parametrize("cls", BOTH)
@pytest.mark.parametrize("n_classes", [2, 3])
def test_starts_as_the_mean_of_its_trained_halves(cls, n_classes, monkeypatch):
    X, y = low_rank()
    y = np.digitize(y, [3] if n_classes == 2 else [2, 4]) if cls is NeuMFClassifier else y
    halves = []
    start_from = _neumf.nets.NeuMF.start_from
    monkeypatch.setattr(_neumf.nets.NeuMF, "start_from", lambda net, *h: halves.extend(h) or start_from(net, *h))
    still = {"embedding_dim": 4, "random_state": 0, "max_epochs": 1, "batch_size": 10**6}
    estimator = cls(pretrain_epochs=3, **still).fit(X, y)  # a single step, with moments that start afresh
    rows = Rows(estimator._table(check_features(estimator, X, reset=False)[0])).inputs
    with torch.no_grad():
        gmf, mlp, fused = (net.eval()(rows).numpy() for net in (*halves, estimator.net_.module_))
    assert fused.shape == gmf.shape
    assert np.abs(fused - (gmf + mlp) / 2).mean() < 0.2 * np.abs(gmf - mlp).mean() + 0.02
    untrained = cls(**still).fit(X, y)
    assert estimator.history_["train_loss"][0] < untrained.history_["train_loss"][0]


@pytest.mark.parametrize("cls", BOTH)
def test_pretraining_lets_the_fused_net_start_lower(cls):
    estimator, frame = fitted(cls, n_rows=300, pretrain_epochs=10)
    plain, _ = fitted(cls, n_rows=300)
    assert estimator.history_["train_loss"][0] < plain.history_["train_loss"][0] - 0.05
    assert estimator.n_iter_ == 3
    again, _ = fitted(cls, n_rows=300, pretrain_epochs=10)
    np.testing.assert_array_equal(outputs(again, frame), outputs(estimator, frame))


def test_pretraining_trains_every_half_for_its_epochs(monkeypatch):
    seen = []

    def run(net, settings, rows, *, n_epochs):
        seen.append((type(net.module_).__name__, n_epochs, settings.callbacks, settings.verbose))
        return real(net, settings, rows, n_epochs=n_epochs)

    real = _neumf.run
    monkeypatch.setattr(_neumf, "run", run)
    fitted(NeuMFClassifier, pretrain_epochs=2, callbacks=[Callback()])
    assert seen == [("GMF", 2, None, 0), ("DNN", 2, None, 0)]


def test_pretraining_on_drawn_negatives():
    X, _ = low_rank()
    likes = X[(X["u"] % 2 == X["i"] % 2)]
    params = {"n_negatives": 2, "pretrain_epochs": 5, "max_epochs": 5, "random_state": 0, "lr": 0.02}
    estimator = NeuMFClassifier(embedding_dim=8, **params).fit(likes, np.ones(len(likes)))
    assert roc_auc_score(X["u"] % 2 == X["i"] % 2, estimator.decision_function(X)) > 0.95


def test_a_warm_start_does_not_pretrain_again(monkeypatch):
    estimator, frame = fitted(NeuMFClassifier, pretrain_epochs=2, warm_start=True)
    monkeypatch.setattr(_neumf, "run", None)
    estimator.fit(frame, target(estimator, frame))


def test_dropout_and_batch_norm():
    estimator, frame = fitted(
        NeuMFClassifier, n_rows=400, dropout=0.2, batch_norm=True, pretrain_epochs=2, max_epochs=30
    )
    assert estimator.score(frame, target(estimator, frame)) > 0.8


@pytest.mark.parametrize("cls", BOTH)
@pytest.mark.parametrize("sizes", [(), (0,), (4, -1), (2.5,), ("a",)])
def test_hidden_layers_that_are_none(cls, sizes):
    frame = mixed()
    with pytest.raises(ValueError, match=f"The 'hidden_layer_sizes' parameter of {cls.__name__} must be one or more"):
        small(cls, hidden_layer_sizes=sizes).fit(frame, target(cls(), frame))
