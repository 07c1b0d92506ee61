"""DCN-V2: products of three columns, without the help of an MLP, in each of its forms."""

import numpy as np
import pytest

from skrec import DCNv2Classifier, DCNv2Regressor, FMRegressor
from tests.estimators.test_dcn import three_classes
from tests.estimators.test_deepfm import parity
from tests.samples import mixed, small

# one hidden unit is monotone in a sum over columns, and of no use here
ONE_UNIT = {"hidden_layer_sizes": (1,), "lr": 0.02, "max_epochs": 40, "random_state": 0}
PARAMS = {**ONE_UNIT, "n_cross_layers": 2}


@pytest.mark.parametrize("options", [{}, {"low_rank": 4}, {"low_rank": 4, "n_experts": 2}])
def test_two_layers_learn_a_pure_triple(options):
    frame, y = parity(3)
    estimator = DCNv2Classifier(**PARAMS, **options).fit(frame[:600], y[:600])
    assert estimator.score(frame[600:], y[600:]) == 1


def test_stacked_learns_a_pure_triple_with_the_mlp_behind():
    frame, y = parity(3)
    estimator = DCNv2Classifier(structure="stacked", lr=0.02, max_epochs=40, random_state=0)
    assert estimator.fit(frame[:600], y[:600]).score(frame[600:], y[600:]) == 1


def test_a_product_of_three_numbers_needs_two_layers():
    X = np.random.default_rng(0).normal(size=(1200, 3))
    y = X.prod(axis=1)
    train, test = slice(0, 800), slice(800, None)
    others = [DCNv2Regressor(n_cross_layers=1, **ONE_UNIT), FMRegressor(lr=0.02, max_epochs=40)]
    assert DCNv2Regressor(**PARAMS).fit(X[train], y[train]).score(X[test], y[test]) > 0.98
    for other in others:
        assert other.fit(X[train], y[train]).score(X[test], y[test]) < 0.4


def test_three_classes_of_columns_of_every_kind():
    train, test = mixed(900), mixed(300, seed=1)
    estimator = small(DCNv2Classifier, hidden_layer_sizes=(32,), max_epochs=30).fit(train, three_classes(train))
    assert estimator.score(test, three_classes(test)) > 0.9


def test_options_reach_the_net():
    frame, y = parity(2, n_rows=64)
    params = {"n_cross_layers": 4, "low_rank": 2, "n_experts": 3, "embedding_dim": 3, "structure": "stacked"}
    module = DCNv2Classifier(max_epochs=1, **params).fit(frame, y).net_.module_
    assert len(module.cross.layers) == 4
    assert {layer.down.weight.shape for layer in module.cross.layers} == {(6, 6)}
    assert {layer.gate.weight.shape for layer in module.cross.layers} == {(3, 6)}
    assert module.read_out is None


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"structure": "side"}, "The 'structure' parameter of DCNv2Classifier must be a str among {.*}. Got 'side'"),
        ({"low_rank": 0}, "The 'low_rank' parameter of DCNv2Classifier must be an int in the range"),
        (
            {"n_experts": 2},
            "'n_experts' parameter of DCNv2Classifier must be 1 with low_rank=None: .*; set low_rank",
        ),
        ({"hidden_layer_sizes": ()}, "The 'hidden_layer_sizes' parameter of DCNv2Classifier must be one or more"),
    ],
)
def test_wrong_options_are_named(params, message):
    frame, y = parity(2, n_rows=60)
    with pytest.raises(ValueError, match=message):
        DCNv2Classifier(**params).fit(frame, y)


def test_a_single_column_has_nothing_to_cross():
    frame, y = parity(1, n_rows=60)
    with pytest.raises(ValueError, match=r"1 feature\(s\) .* while a minimum of 2 is required by DCNv2Classifier"):
        DCNv2Classifier().fit(frame, y)
