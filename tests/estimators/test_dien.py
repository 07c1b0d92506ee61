"""Where histories lead: what was last tells, and the auxiliary loss helps to see it."""

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import log_loss

from skrec import DIENClassifier, DIENRegressor

ITEMS = list("uvwxyz")


def frame(n_rows=300, seed=0):
    """Return rows whose label is whether the candidate is what follows the last step on a ring of items."""
    rng = np.random.default_rng(seed)
    starts, lengths = rng.integers(0, 6, n_rows), rng.integers(1, 6, n_rows)
    histories = [[ITEMS[(s + t) % 6] for t in range(n)] for s, n in zip(starts, lengths, strict=True)]
    follows = rng.random(n_rows) < 0.5
    place = np.where(follows, starts + lengths, starts + lengths + rng.integers(1, 6, n_rows)) % 6
    return pd.DataFrame({"hist": histories, "item": np.array(ITEMS)[place]}), follows


def small(cls, **params):
    params = {
        "embedding_dim": 8,
        "hidden_layer_sizes": (16,),
        "lr": 0.02,
        "max_epochs": 20,
        "random_state": 0,
        **params,
    }
    return cls(sequence_features={"hist": "item"}, **params)


def test_order_tells():
    X, y = frame()
    other, expected = frame(seed=1)
    assert small(DIENClassifier, max_epochs=40).fit(X, y).score(other, expected) > 0.95
    assert small(DIENRegressor, max_epochs=40).fit(X, 3.0 * y).score(other, 3.0 * expected) > 0.8


def test_the_auxiliary_loss_is_of_training_alone():
    X, y = frame()
    both = small(DIENClassifier, max_epochs=3).fit(X, y, X_val=X, y_val=y)
    alone = small(DIENClassifier, max_epochs=3, auxiliary_weight=0.0).fit(X, y, X_val=X, y_val=y)
    assert (both.history_["train_loss"] > both.history_["valid_loss"] + 0.3).all()
    assert (alone.history_["train_loss"] < alone.history_["valid_loss"] + 0.3).all()

    assert both.history_["valid_loss"].min() == pytest.approx(log_loss(y, both.predict_proba(X)), rel=1e-4)


@pytest.mark.parametrize("y", ["many", "numbers"])
def test_other_targets_have_it_too(y):
    X, follows = frame()
    classes = np.array(ITEMS)[:3][np.arange(300) % 3]
    model = small(DIENRegressor if y == "numbers" else DIENClassifier, max_epochs=2)
    model.fit(X, follows * 1.0 if y == "numbers" else classes)
    assert np.isfinite(model.history_["train_loss"]).all()


def test_weights_say_what_counts():
    X, y = frame(50)
    model = small(DIENClassifier, max_epochs=1).fit(X, y)
    weights = model.attention_weights(X)["hist"]
    assert [len(cell) for cell in weights] == X["hist"].map(len).tolist()
    np.testing.assert_allclose([sum(cell) for cell in weights], 1, rtol=1e-5)


def test_a_long_history_is_cut_at_its_old_end_and_that_is_said():
    X, y = frame(50)
    with pytest.warns(UserWarning, match="'hist': .* of 50 histories have more than max_length=2 values, up to 5"):
        model = small(DIENClassifier, max_epochs=1, max_length=2).fit(X, y)
    cut = X.assign(hist=[cell[-2:] for cell in X["hist"]])
    np.testing.assert_array_equal(model.predict_proba(X), model.predict_proba(cut))
