"""xDeepFM: products of three columns by the compressed interaction network alone."""

import numpy as np
import pytest

from skrec import FMRegressor, XDeepFMClassifier, XDeepFMRegressor
from tests.estimators.test_dcn import three_classes
from tests.estimators.test_deepfm import parity
from tests.samples import mixed, small

# one hidden unit is monotone in a sum over columns, and of no use here
PARAMS = {
    "numeric_embedding": None,
    "embedding_l2": 1e-3,
    "embedding_dim": 8,
    "hidden_layer_sizes": (1,),
    "lr": 0.02,
    "max_epochs": 30,
    "random_state": 0,
}


@pytest.mark.parametrize(("sizes", "split_half"), [((8, 8), False), ((8, 8), True)])
def test_two_layers_learn_a_pure_triple(sizes, split_half):
    frame, y = parity(3)
    estimator = XDeepFMClassifier(cin_layer_sizes=sizes, split_half=split_half, **PARAMS)
    assert estimator.fit(frame[:600], y[:600]).score(frame[600:], y[600:]) == 1


def test_a_product_of_three_numbers_needs_two_layers():
    X = np.random.default_rng(0).normal(size=(1200, 3))
    y = X.prod(axis=1)
    train, test = slice(0, 800), slice(800, None)
    assert XDeepFMRegressor(cin_layer_sizes=(8, 8), **PARAMS).fit(X[train], y[train]).score(X[test], y[test]) > 0.98
    for other in (XDeepFMRegressor(cin_layer_sizes=(8,), **PARAMS), FMRegressor(lr=0.02, random_state=0)):
        assert other.fit(X[train], y[train]).score(X[test], y[test]) < 0.4


def test_three_classes_of_columns_of_every_kind():
    train, test = mixed(900), mixed(300, seed=1)
    estimator = small(XDeepFMClassifier, hidden_layer_sizes=(32,), cin_layer_sizes=(8, 8), max_epochs=30)
    assert estimator.fit(train, three_classes(train)).score(test, three_classes(test)) > 0.9


def test_options_reach_the_net():
    frame, y = parity(2, n_rows=64)
    params = {"cin_layer_sizes": [6, 4, 3], "split_half": True, "batch_norm": True, "dropout": 0.1}
    module = XDeepFMClassifier(max_epochs=1, **params).fit(frame, y).net_.module_
    assert [layer.weight.shape for layer in module.cin.layers] == [(6, 4), (4, 6), (3, 4)]
    assert module.read_out.weight.shape == (1, 8)
    assert [type(layer).__name__ for layer in module.mlp][:4] == ["Linear", "BatchNorm", "ReLU", "Dropout"]


NAME = "parameter of XDeepFMClassifier must be"


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"cin_layer_sizes": ()}, f"The 'cin_layer_sizes' {NAME} one or more positive integers"),
        ({"cin_layer_sizes": (8, 0)}, f"The 'cin_layer_sizes' {NAME} one or more positive integers"),
        ({"cin_layer_sizes": (7, 8), "split_half": True}, f"The 'cin_layer_sizes' {NAME} even but for the last"),
        ({"hidden_layer_sizes": ()}, f"The 'hidden_layer_sizes' {NAME} one or more positive integers"),
    ],
)
def test_wrong_options_are_named(params, message):
    frame, y = parity(2, n_rows=60)
    with pytest.raises(ValueError, match=message):
        XDeepFMClassifier(**params).fit(frame, y)


def test_a_single_column_has_nothing_to_compress():
    frame, y = parity(1, n_rows=60)
    with pytest.raises(ValueError, match=r"1 feature\(s\) .* while a minimum of 2 is required by XDeepFMClassifier"):
        XDeepFMClassifier().fit(frame, y)
