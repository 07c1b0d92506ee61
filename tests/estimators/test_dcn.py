"""Deep & Cross Networks: products of three columns, without the help of an MLP."""

import numpy as np
import pytest

from skrec import DCNClassifier, DCNRegressor, DNNClassifier, DNNRegressor
from tests.estimators.test_deepfm import parity
from tests.samples import labels, mixed, small

# one hidden unit is monotone in a sum over columns, and of no use here
PARAMS = {
    "numeric_embedding": None,
    "embedding_l2": 1e-3,
    "hidden_layer_sizes": (1,),
    "lr": 0.02,
    "max_epochs": 40,
    "random_state": 0,
}


def test_two_layers_learn_a_pure_triple_and_one_unit_does_not():
    frame, y = parity(3)
    train, test = slice(0, 600), slice(600, None)
    crossed = DCNClassifier(n_cross_layers=2, **PARAMS).fit(frame[train], y[train])
    assert crossed.score(frame[test], y[test]) == 1
    assert DNNClassifier(**PARAMS).fit(frame[train], y[train]).score(frame[test], y[test]) < 0.7


def test_regressor_learns_a_product_of_two_numbers():
    X = np.random.default_rng(0).normal(size=(1200, 2))
    y = 3 * X[:, 0] * X[:, 1] - X[:, 1]
    train, test = slice(0, 800), slice(800, None)
    crossed = DCNRegressor(n_cross_layers=2, **PARAMS).fit(X[train], y[train])
    assert crossed.score(X[test], y[test]) > 0.9
    assert DNNRegressor(**PARAMS).fit(X[train], y[train]).score(X[test], y[test]) < 0.6


def three_classes(frame):
    """A taste of list and category: whether the item is in the history; where it is not, user and item decide."""
    again = [item in cell for item, cell in zip(frame["item"], frame["history"], strict=True)]
    return np.where(again, "again", labels(frame))


def test_three_classes_of_columns_of_every_kind():
    train, test = mixed(900), mixed(300, seed=1)
    estimator = small(DCNClassifier, hidden_layer_sizes=(32,), max_epochs=30).fit(train, three_classes(train))
    assert estimator.score(test, three_classes(test)) > 0.9


def test_options_reach_the_net():
    frame, y = parity(2, n_rows=64)
    params = {"n_cross_layers": 5, "embedding_dim": 3, "hidden_layer_sizes": (7,), "dropout": 0.5, "batch_norm": True}
    module = DCNClassifier(max_epochs=1, **params).fit(frame, y).net_.module_
    assert module.cross.weight.shape == (5, 6)
    assert [type(layer).__name__ for layer in module.mlp] == ["Linear", "BatchNorm", "ReLU", "Dropout", "Linear"]


@pytest.mark.parametrize("as_frame", [True, False])
def test_a_single_column_has_nothing_to_cross(as_frame):
    frame, y = parity(1, n_rows=60)
    X = frame if as_frame else y[:, None].astype(float)
    with pytest.raises(ValueError, match=r"1 feature\(s\) .* while a minimum of 2 is required by DCNClassifier"):
        DCNClassifier().fit(X, y)


def test_an_mlp_is_required():
    frame, y = parity(2, n_rows=60)
    message = "The 'hidden_layer_sizes' parameter of DCNClassifier must be one or more positive integers"
    with pytest.raises(ValueError, match=message):
        DCNClassifier(hidden_layer_sizes=()).fit(frame, y)


@pytest.mark.parametrize("n_cross_layers", [0, -1, 1.5, "2", None])
def test_layers_are_at_least_one(n_cross_layers):
    frame, y = parity(2, n_rows=60)
    with pytest.raises(ValueError, match="The 'n_cross_layers' parameter of DCNClassifier must be an int in the range"):
        DCNClassifier(n_cross_layers=n_cross_layers).fit(frame, y)
