"""DeepFM and its relatives: what each can learn and the next simpler one cannot."""

import itertools

import numpy as np
import pandas as pd
import pytest
import torch

from skrec import DeepFMClassifier, DeepFMRegressor, DNNClassifier, FMClassifier, LRClassifier

PARAMS = {"lr": 0.02, "max_epochs": 40, "random_state": 0}


def parity(n_columns, n_rows=900, seed=0):
    """Click if the number of ones is even: an interaction of all columns, with no part of any fewer of them."""
    bits = np.random.default_rng(seed).integers(0, 2, (n_rows, n_columns))
    frame = pd.DataFrame(np.where(bits, "one", "zero"), columns=[f"c{i}" for i in range(n_columns)])
    return frame, bits.sum(1) % 2 == 0


@pytest.mark.parametrize("cls", [DeepFMClassifier, DNNClassifier, FMClassifier])
def test_learns_a_pure_pair_that_a_linear_model_cannot(cls):
    frame, y = parity(2)
    assert cls(**PARAMS).fit(frame[:600], y[:600]).score(frame[600:], y[600:]) == 1
    assert LRClassifier(**PARAMS).fit(frame[:600], y[:600]).score(frame[600:], y[600:]) < 0.6


@pytest.mark.parametrize("cls", [DeepFMClassifier, DNNClassifier])
def test_learns_a_pure_triple_that_a_factorization_machine_cannot(cls):
    frame, y = parity(3)
    assert cls(**PARAMS).fit(frame[:600], y[:600]).score(frame[600:], y[600:]) == 1
    assert FMClassifier(**PARAMS).fit(frame[:600], y[:600]).score(frame[600:], y[600:]) < 0.8


def test_regressor_learns_a_table_of_values():
    rng = np.random.default_rng(0)
    values = {pair: rng.normal() for pair in itertools.product("abc", "xyz")}
    frame = pd.DataFrame({"l": rng.choice(list("abc"), 600), "r": rng.choice(list("xyz"), 600)})
    y = np.array([values[pair] for pair in zip(frame["l"], frame["r"], strict=True)])
    estimator = DeepFMRegressor(**PARAMS).fit(frame, y)
    for (left, right), value in values.items():
        assert estimator.predict(pd.DataFrame({"l": [left], "r": [right]}))[0] == pytest.approx(value, abs=0.1)


def test_options_of_the_mlp_reach_it():
    frame, y = parity(2, n_rows=129)  # one row is left over from batches of 64
    estimator = DeepFMClassifier(hidden_layer_sizes=[7, 5], dropout=0.5, batch_norm=True, embedding_dim=3, max_epochs=1)
    layers = [type(layer).__name__ for layer in estimator.fit(frame, y).net_.module_.mlp]
    assert layers == [*["Linear", "BatchNorm", "ReLU", "Dropout"] * 2, "Linear"]
    widths = [parameter.shape for parameter in estimator.net_.module_.mlp.parameters() if parameter.ndim == 2]
    assert widths == [(7, 6), (5, 7), (1, 5)]


@pytest.mark.parametrize("sizes", [(), [0], (8, -1), (8.0,), ("8",), [[8]], (None,)])
def test_sizes_that_are_none(sizes):
    frame, y = parity(2, n_rows=60)
    message = "The 'hidden_layer_sizes' parameter of DeepFMClassifier must be one or more positive integers"
    with pytest.raises(ValueError, match=message):
        DeepFMClassifier(hidden_layer_sizes=sizes).fit(frame, y)


def test_dropout_is_of_training_alone():
    frame, y = parity(2, n_rows=200)
    estimator = DeepFMClassifier(dropout=0.5, **PARAMS).fit(frame, y)
    np.testing.assert_array_equal(estimator.predict_proba(frame), estimator.predict_proba(frame))
    again = DeepFMClassifier(dropout=0.5, **PARAMS).fit(frame, y)
    np.testing.assert_array_equal(estimator.predict_proba(frame), again.predict_proba(frame))
    without = DeepFMClassifier(**PARAMS).fit(frame, y)
    assert not np.allclose(estimator.decision_function(frame), without.decision_function(frame), atol=1e-2)


def test_batch_norm_predicts_a_row_alone_as_in_its_batch():
    frame, y = parity(3, n_rows=960)
    estimator = DeepFMClassifier(batch_norm=True, **PARAMS).fit(frame, y)
    assert estimator.score(frame, y) == 1
    alone = np.concatenate([estimator.decision_function(frame[i : i + 1]) for i in range(20)])
    np.testing.assert_allclose(alone, estimator.decision_function(frame)[:20], atol=1e-5)


def test_weight_decay_shrinks_the_matrices_and_not_the_tables():
    frame, y = parity(2, n_rows=200)
    norms = {}
    for decay in (0.0, 5.0):
        module = DeepFMClassifier(weight_decay=decay, **PARAMS).fit(frame, y).net_.module_
        norms[decay] = [float(torch.linalg.norm(p.detach())) for p in (module.mlp[0].weight, module.embedding.table)]
    assert norms[5.0][0] < 0.5 * norms[0.0][0]
    assert norms[5.0][1] > 0.5 * norms[0.0][1]
