"""FINAL: products of columns, of a degree that doubles with each layer."""

import numpy as np
import pytest

from skrec import FINALClassifier, FINALRegressor
from tests.estimators.test_dcn import three_classes
from tests.estimators.test_deepfm import parity
from tests.samples import mixed, small


@pytest.mark.parametrize("n_blocks", [1, 2])
def test_two_layers_learn_a_pure_triple(n_blocks):
    frame, y = parity(3)
    estimator = FINALClassifier(n_blocks=n_blocks, hidden_layer_sizes=(8, 8), lr=0.02, max_epochs=40, random_state=0)
    assert estimator.fit(frame[:600], y[:600]).score(frame[600:], y[600:]) == 1


def test_a_product_of_two_numbers_needs_one_layer_and_of_four_two():
    X = np.random.default_rng(0).uniform(-1.5, 1.5, size=(1600, 4))
    params = {"lr": 0.02, "max_epochs": 60, "numeric_embedding": None, "early_stopping": False, "random_state": 0}
    for n_columns, one in ((2, 0.98), (4, 0.2)):
        y = X[:, :n_columns].prod(axis=1)
        scores = [
            FINALRegressor(hidden_layer_sizes=sizes, **params).fit(X[:1200], y[:1200]).score(X[1200:], y[1200:])
            for sizes in ((8,), (8, 8))
        ]
        assert scores[1] > 0.9
        assert (scores[0] > one) == (n_columns == 2)


def test_three_classes_of_columns_of_every_kind():
    train, test = mixed(900), mixed(300, seed=1)
    estimator = small(FINALClassifier, hidden_layer_sizes=(32,), max_epochs=30).fit(train, three_classes(train))
    assert estimator.score(test, three_classes(test)) > 0.9


def test_options_reach_the_net():
    frame, y = parity(2, n_rows=64)
    params = {"n_blocks": 1, "hidden_layer_sizes": (5,), "batch_norm": True, "dropout": 0.1, "max_epochs": 1}
    (block,) = FINALClassifier(**params).fit(frame, y).net_.module_.blocks
    assert [type(layer).__name__ for layer in block] == ["FactorizedInteraction", "BatchNorm", "Dropout", "Linear"]


def test_another_number_of_blocks_is_named():
    frame, y = parity(2, n_rows=60)
    with pytest.raises(ValueError, match="The 'n_blocks' parameter of FINALClassifier must be an int in the range"):
        FINALClassifier(n_blocks=3).fit(frame, y)
