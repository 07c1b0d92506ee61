"""Neural factorization machine: what the MLP adds to the interaction vector."""

import pytest

from skrec import FMClassifier, LRRegressor, NFMClassifier, NFMRegressor
from tests.estimators.test_dcn import three_classes
from tests.estimators.test_deepfm import parity
from tests.samples import mixed, scores, small

PARAMS = {
    "numeric_embedding": None,
    "embedding_l2": 1e-3,
    "embedding_dim": 16,
    "max_epochs": 30,
    "lr": 0.02,
    "random_state": 0,
}


def test_learns_a_pure_triple_that_a_factorization_machine_cannot():
    frame, y = parity(3)
    assert NFMClassifier(**PARAMS).fit(frame[:600], y[:600]).score(frame[600:], y[600:]) == 1
    assert FMClassifier(**PARAMS).fit(frame[:600], y[:600]).score(frame[600:], y[600:]) < 0.8


def test_three_classes_of_columns_of_every_kind():
    train, test = mixed(900), mixed(300, seed=1)
    estimator = small(NFMClassifier, embedding_dim=16, hidden_layer_sizes=(32,), max_epochs=30)
    assert estimator.fit(train, three_classes(train)).score(test, three_classes(test)) > 0.8


def test_regressor_learns_columns_of_every_kind():
    train, test = mixed(900), mixed(300, seed=1)
    estimator = small(NFMRegressor, embedding_dim=16, hidden_layer_sizes=(32,), max_epochs=30)
    assert estimator.fit(train, 3 + scores(train)).score(test, 3 + scores(test)) > 0.65
    assert small(LRRegressor).fit(train, 3 + scores(train)).score(test, 3 + scores(test)) < 0.3


def test_options_reach_the_net():
    frame, y = parity(2, n_rows=129)
    params = {"hidden_layer_sizes": (7, 5), "dropout": 0.5, "batch_norm": True, "embedding_dim": 3}
    module = NFMClassifier(max_epochs=1, **params).fit(frame, y).net_.module_
    assert [type(layer).__name__ for layer in module.mlp] == [*["Linear", "BatchNorm", "ReLU", "Dropout"] * 2, "Linear"]
    assert [p.shape for p in module.mlp.parameters() if p.ndim == 2] == [(7, 3), (5, 7), (1, 5)]
    assert module.normalize.num_features == 3


def test_an_mlp_is_required():
    frame, y = parity(2, n_rows=60)
    message = "The 'hidden_layer_sizes' parameter of NFMClassifier must be one or more positive integers"
    with pytest.raises(ValueError, match=message):
        NFMClassifier(hidden_layer_sizes=()).fit(frame, y)


def test_a_single_column_has_no_pair():
    frame, y = parity(1, n_rows=60)
    with pytest.raises(ValueError, match=r"1 feature\(s\) .* while a minimum of 2 is required by NFMClassifier"):
        NFMClassifier().fit(frame, y)
