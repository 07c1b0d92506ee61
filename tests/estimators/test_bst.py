"""BST: what the order of a history tells."""

import numpy as np
import pandas as pd
import pytest

from skrec import BSTClassifier, BSTRegressor, DINClassifier
from tests.estimators.test_dcn import three_classes
from tests.samples import fitted, labels, mixed, outputs, scores, small

ITEMS = list("uvwxyz")


def newest_again(n_rows, seed=0):
    """Rows whose label is whether the candidate is the newest of a history, in which it is in any case."""
    rng = np.random.default_rng(seed)
    histories = [list(rng.permutation(ITEMS)[: rng.integers(2, 6)]) for _ in range(n_rows)]
    newest = rng.random(n_rows) < 0.5
    item = [
        cell[-1] if last else cell[int(rng.integers(len(cell) - 1))]
        for cell, last in zip(histories, newest, strict=True)
    ]
    return pd.DataFrame({"hist": histories, "item": item}), newest


PARAMS = {"sequence_features": {"hist": "item"}, "embedding_dim": 8, "lr": 0.01, "max_epochs": 20, "random_state": 0}


def test_learns_from_the_order_which_din_does_not_see():
    (X, y), (X_test, y_test) = newest_again(1000), newest_again(400, seed=1)
    assert BSTClassifier(**PARAMS).fit(X, y).score(X_test, y_test) > 0.95
    assert DINClassifier(**PARAMS).fit(X, y).score(X_test, y_test) < 0.7


def test_reads_the_newest_steps_and_no_others():
    estimator, frame = fitted(BSTClassifier, max_length=2)
    rows = frame[:1].assign(history=[["u", "v"]])
    older = rows.assign(history=[["z", "x", "u", "v"]])
    other = rows.assign(history=[["v", "u"]])
    np.testing.assert_allclose(outputs(estimator, older), outputs(estimator, rows), atol=1e-6)
    assert not np.allclose(outputs(estimator, other), outputs(estimator, rows), atol=1e-6)


def test_a_row_scores_the_same_alone_and_beside_long_histories():
    estimator, frame = fitted(BSTClassifier)
    rows = frame[:6].assign(history=[["u"], [], ["v"] * 500, None, ["y"], ["new", "u"]])
    alone = np.concatenate([outputs(estimator, rows[i : i + 1]) for i in range(6)])
    np.testing.assert_allclose(alone, outputs(estimator, rows), rtol=0, atol=1e-6)


def test_three_classes_of_columns_of_every_kind():
    train, test = mixed(900), mixed(300, seed=1)
    estimator = small(BSTClassifier, hidden_layer_sizes=(32,), lr=0.01, max_epochs=40).fit(train, three_classes(train))
    assert estimator.score(test, three_classes(test)) > 0.85


def test_regressor_learns_columns_of_every_kind():
    test = mixed(300, seed=1)
    estimator, _ = fitted(BSTRegressor, n_rows=600, hidden_layer_sizes=(32,), max_epochs=30)
    assert estimator.score(test, 3 + scores(test)) > 0.9


def test_options_reach_the_net():
    estimator, _ = fitted(
        BSTClassifier, n_heads=4, max_length=5, dropout=0.5, batch_norm=True, activation="dice", numeric_embedding=None
    )
    module = estimator.net_.module_
    (block,) = module.blocks
    assert (block.n_heads, block.dropout.p) == (4, 0.5)
    assert module.ages[0].shape == (6, 4)
    assert [type(layer).__name__ for layer in module.mlp] == ["Linear", "BatchNorm", "Dice", "Dropout", "Linear"]
    assert module.mlp[0].in_features == 2 * 4 + 6 * 4 + 1


def test_heads_that_do_not_divide():
    frame = mixed()
    message = (
        "The 'n_heads' parameter of BSTClassifier must divide the width of a step, 4, which is embedding_dim=4 times "
        "its lists. Got 3 instead."
    )
    with pytest.raises(ValueError, match=message):
        small(BSTClassifier, n_heads=3).fit(frame, labels(frame))
