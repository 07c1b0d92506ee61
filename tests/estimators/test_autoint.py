"""AutoInt: interactions of several columns by attention alone."""

import pytest

from skrec import AutoIntClassifier, AutoIntRegressor, FMClassifier, LRClassifier
from tests.estimators.test_dcn import three_classes
from tests.estimators.test_deepfm import parity
from tests.samples import fitted, mixed, scores, small

PARAMS = {
    "numeric_embedding": None,
    "n_attention_layers": 2,
    "attention_dim": 16,
    "lr": 0.02,
    "max_epochs": 30,
    "random_state": 0,
}


def test_learns_a_pure_triple_that_a_factorization_machine_cannot():
    frame, y = parity(3)
    estimator = AutoIntClassifier(**PARAMS).fit(frame[:600], y[:600])
    assert estimator.net_.module_.mlp is None
    assert estimator.score(frame[600:], y[600:]) == 1
    assert FMClassifier(lr=0.02, random_state=0).fit(frame[:600], y[:600]).score(frame[600:], y[600:]) < 0.8


def test_with_an_mlp_it_is_autoint_plus():
    frame, y = parity(3)
    estimator = AutoIntClassifier(hidden_layer_sizes=(7,), dropout=0.1, batch_norm=True, **PARAMS)
    estimator.fit(frame[:600], y[:600])
    layers = [type(layer).__name__ for layer in estimator.net_.module_.mlp]
    assert layers == ["Linear", "BatchNorm", "ReLU", "Dropout", "Linear"]
    assert estimator.score(frame[600:], y[600:]) == 1


def test_three_classes_of_columns_of_every_kind():
    train, test = mixed(900), mixed(300, seed=1)
    params = {"embedding_dim": 16, "hidden_layer_sizes": None, "n_attention_layers": 2, "lr": 0.01, "max_epochs": 30}
    estimator = small(AutoIntClassifier, **params).fit(train, three_classes(train))
    assert estimator.score(test, three_classes(test)) > 0.8
    linear = small(LRClassifier, max_epochs=30).fit(train, three_classes(train))
    assert linear.score(test, three_classes(test)) < 0.6


def test_regressor_learns_columns_of_every_kind():
    test = mixed(300, seed=1)
    estimator, _ = fitted(AutoIntRegressor, n_rows=600, hidden_layer_sizes=None, max_epochs=30)
    assert estimator.score(test, 3 + scores(test)) > 0.9


def test_options_reach_the_net():
    frame, y = parity(2, n_rows=64)
    params = {"n_attention_layers": 3, "n_heads": 3, "attention_dim": 12, "residual": False, "embedding_dim": 5}
    module = AutoIntClassifier(max_epochs=1, **params).fit(frame, y).net_.module_
    assert [layer.project.weight.shape for layer in module.attention] == [(36, 5), (36, 12), (36, 12)]
    assert {layer.n_heads for layer in module.attention} == {3}
    assert module.read_out.weight.shape == (1, 24)


NAME = "parameter of AutoIntClassifier must"


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"n_heads": 3}, f"The 'n_heads' {NAME} divide attention_dim=32, as each head .* Got 3 instead"),
        ({"attention_dim": 7}, f"The 'n_heads' {NAME} divide attention_dim=7"),
        ({"n_heads": 0}, f"The 'n_heads' {NAME} be an int in the range"),
        ({"n_attention_layers": 0}, f"The 'n_attention_layers' {NAME} be an int in the range"),
        (
            {"hidden_layer_sizes": ()},
            f"'hidden_layer_sizes' {NAME} be one or more positive integers, or None for no MLP",
        ),
    ],
)
def test_wrong_options_are_named(params, message):
    frame, y = parity(2, n_rows=60)
    with pytest.raises(ValueError, match=message):
        AutoIntClassifier(**params).fit(frame, y)


def test_a_single_column_has_nothing_to_attend_to():
    frame, y = parity(1, n_rows=60)
    with pytest.raises(ValueError, match=r"1 feature\(s\) .* while a minimum of 2 is required by AutoIntClassifier"):
        AutoIntClassifier().fit(frame, y)
