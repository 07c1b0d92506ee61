"""FinalMLP: what the product of two streams can, and what the gates read."""

import numpy as np
import pytest

from skrec import DNNClassifier, FinalMLPClassifier, FinalMLPRegressor
from tests.estimators.test_dcn import three_classes
from tests.estimators.test_deepfm import parity
from tests.samples import fitted, mixed, scores, small

PARAMS = {"numeric_embedding": None, "embedding_l2": 1e-3, "lr": 0.02, "max_epochs": 30, "random_state": 0}


def test_two_units_multiplied_learn_what_two_units_added_do_not():
    """x y > 0, of two numbers: a product of one unit that sees x and one that sees y, up to signs."""
    X = np.random.default_rng(0).normal(size=(1200, 2))
    y = X.prod(axis=1) > 0
    train, test = slice(0, 800), slice(800, None)
    options = {"gating": False, **PARAMS}
    two = FinalMLPClassifier(hidden_layer_sizes=(2,), **options).fit(X[train], y[train])
    assert two.score(X[test], y[test]) > 0.95
    assert DNNClassifier(hidden_layer_sizes=(2,), **PARAMS).fit(X[train], y[train]).score(X[test], y[test]) < 0.9


def test_learns_a_pure_triple():
    frame, y = parity(3)
    assert FinalMLPClassifier(**PARAMS).fit(frame[:600], y[:600]).score(frame[600:], y[600:]) == 1


def test_three_classes_of_columns_of_every_kind():
    train, test = mixed(900), mixed(300, seed=1)
    estimator = small(FinalMLPClassifier, hidden_layer_sizes=(32,), n_heads=2, max_epochs=30)
    assert estimator.fit(train, three_classes(train)).score(test, three_classes(test)) > 0.9


def test_regressor_learns_columns_of_every_kind():
    test = mixed(300, seed=1)
    params = {"gate_columns": (["user"], ["item", "history"]), "hidden_layer_sizes": (32,), "max_epochs": 30}
    estimator, _ = fitted(FinalMLPRegressor, n_rows=600, **params)
    assert estimator.score(test, 3 + scores(test)) > 0.9


def test_gates_read_the_columns_that_are_named():
    """Columns of the frame in another order than the net's: user, item, history, age."""
    frame = mixed()[["age", "history", "item", "user"]]
    params = {"gate_columns": (["age", "user"], ["history"]), "embedding_dim": 2, "numeric_embedding": None}
    module = small(FinalMLPClassifier, **params).fit(frame, np.arange(100) % 2).net_.module_
    order = ["item", "item", "user", "user", "history", "history", "age"]
    assert [[order[column] for column in context] for context in module.contexts] == [
        ["age", "user", "user"],
        ["history", "history"],
    ]


def test_gates_read_columns_of_an_array_by_position():
    X = np.random.default_rng(0).normal(size=(60, 3))
    params = {"gate_columns": ([2], [0, 1]), "numeric_embedding": None, "max_epochs": 1}
    module = FinalMLPClassifier(**params).fit(X, X[:, 0] > 0).net_.module_
    assert module.contexts == [[2], [0, 1]]


def test_one_column_will_do():
    frame, y = parity(1)
    assert FinalMLPClassifier(**PARAMS).fit(frame, y).score(frame, y) == 1


def test_options_reach_the_net():
    frame, y = parity(2, n_rows=129)
    sizes = {"hidden_layer_sizes": (7, 6), "second_hidden_layer_sizes": [9]}
    params = {"n_heads": 3, "embedding_dim": 3, "dropout": 0.5, "batch_norm": True, **sizes}
    module = FinalMLPClassifier(max_epochs=1, **params).fit(frame, y).net_.module_
    kinds = [[type(layer).__name__ for layer in layers] for layers in module.mlps]
    assert kinds == [["Linear", "BatchNorm", "ReLU", "Dropout"] * 2, ["Linear", "BatchNorm", "ReLU", "Dropout"]]
    assert module.fusion.weight.shape == (3, 2, 3)


NAME = "parameter of FinalMLPClassifier must"


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"n_heads": 3}, f"The 'n_heads' {NAME} divide the last hidden layer of both MLPs, 64 and 64 wide. Got 3"),
        ({"second_hidden_layer_sizes": (8,), "n_heads": 16}, f"The 'n_heads' {NAME} divide .* 64 and 8 wide"),
        ({"hidden_layer_sizes": ()}, f"The 'hidden_layer_sizes' {NAME} be one or more positive integers"),
        ({"second_hidden_layer_sizes": ()}, "must be one or more positive integers, or None for those of the first"),
        ({"gate_columns": (["c0"],)}, f"The 'gate_columns' {NAME} be a pair of lists, one for each MLP"),
        ({"gate_columns": ("c0", "c1")}, f"The 'gate_columns' {NAME} be a pair of lists"),
        ({"gate_columns": (["c0"], ["d1"])}, "gate_columns names the column 'd1', which the data does not have"),
        ({"gate_columns": (["c0"], []), "gating": False}, f"The 'gate_columns' {NAME} be None with gating=False"),
    ],
)
def test_wrong_options_are_named(params, message):
    frame, y = parity(2, n_rows=60)
    with pytest.raises(ValueError, match=message):
        FinalMLPClassifier(**params).fit(frame, y)
