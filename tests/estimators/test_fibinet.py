"""FiBiNET: bilinear pairs into an MLP, and columns weighed by squeeze-excitation."""

import numpy as np
import pandas as pd
import pytest

from skrec import FiBiNETClassifier, FiBiNETRegressor, FMClassifier
from tests.estimators.test_deepfm import parity
from tests.estimators.test_ffm import field_aware
from tests.samples import fitted, mixed, small, target

PARAMS = {
    "embedding_dim": 8,
    "hidden_layer_sizes": (32,),
    "embedding_l2": 0,
    "lr": 0.02,
    "max_epochs": 30,
    "random_state": 0,
}


@pytest.mark.parametrize("bilinear_type", ["all", "each", "interaction"])
def test_learns_a_pure_triple_that_a_factorization_machine_cannot(bilinear_type):
    frame, y = parity(3)
    estimator = FiBiNETClassifier(bilinear_type=bilinear_type, **PARAMS).fit(frame[:600], y[:600])
    assert estimator.score(frame[600:], y[600:]) == 1
    assert FMClassifier(lr=0.02, random_state=0).fit(frame[:600], y[:600]).score(frame[600:], y[600:]) < 0.8


def test_learns_numbers_and_three_classes_of_a_field_aware_interaction():
    frame, y = field_aware()
    assert FiBiNETRegressor(**PARAMS).fit(frame[:600], y[:600]).score(frame[600:], y[600:]) > 0.98
    labels = np.digitize(y, [-0.5, 1.5])
    assert FiBiNETClassifier(**PARAMS).fit(frame[:600], labels[:600]).score(frame[600:], labels[600:]) > 0.97


@pytest.mark.parametrize("reduction_ratio", [1, 3])
def test_squeeze_excitation_turns_useless_columns_down(reduction_ratio):
    """The first two of six columns decide."""
    values = np.random.default_rng(0).integers(0, 4, (600, 6))
    frame, sign = pd.DataFrame(values, columns=list("abcdef")).astype(str), np.array([1.0, -1, 1, -1])
    y = sign[values[:, 0]] * sign[values[:, 1]]
    estimator = FiBiNETRegressor(reduction_ratio=reduction_ratio, **{**PARAMS, "embedding_l2": 1e-3, "lr": 0.01}).fit(
        frame, y
    )
    net = estimator.net_.module_
    weights = []
    hook = net.squeeze.register_forward_hook(lambda layer, args, _: weights.append(layer.weigh(*args).mean(0)))
    estimator.predict(frame)
    hook.remove()
    (weights,) = weights
    assert weights[:2].min() > 1.1 > weights[2:].max()


def test_options_reach_the_net():
    estimator, _ = fitted(
        FiBiNETClassifier, bilinear_type="each", reduction_ratio=2, dropout=0.5, batch_norm=True, embedding_dim=3
    )
    net = estimator.net_.module_
    assert net.original.weight.shape == net.weighed.weight.shape == (3, 3, 3)
    assert net.squeeze.squeeze.weight.shape == (2, 4)
    assert [type(layer).__name__ for layer in net.mlp] == ["Linear", "BatchNorm", "ReLU", "Dropout", "Linear"]
    assert net.mlp[0].in_features == 2 * 6 * 3


WRONG = {
    "hidden_layer_sizes": ((), "must be one or more positive integers"),
    "bilinear_type": ("pair", "must be a str among"),
    "reduction_ratio": (0, "must be an int in the range"),
    "embedding_dim": (0, "must be an int in the range"),
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_options_are_named(name):
    value, message = WRONG[name]
    frame = mixed()
    estimator = small(FiBiNETClassifier, **{name: value})
    with pytest.raises(ValueError, match=f"The '{name}' parameter of FiBiNETClassifier {message}"):
        estimator.fit(frame, target(estimator, frame))


def test_one_column_has_no_pair():
    frame = mixed()
    message = r"1 feature\(s\).*while a minimum of 2 is required by FiBiNETClassifier"
    with pytest.raises(ValueError, match=message):
        FiBiNETClassifier().fit(frame[["user"]], target(FiBiNETClassifier(), frame))
