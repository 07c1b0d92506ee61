"""early_stopping="refit": the number of epochs is found on a part of the rows, and all of them are learnt from."""

import numpy as np
import pandas as pd
import pytest
from skorch.callbacks import Callback

from skrec import DeepFMClassifier, DeepFMRegressor, NeuMFClassifier


def pairs(n_rows, signal):
    """Return users and items, and a label that depends on the user as much as `signal` says."""
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        {"user": rng.integers(0, 50, n_rows).astype(str), "item": rng.integers(0, 50, n_rows).astype(str)}
    )
    return frame, rng.random(n_rows) < np.where(frame["user"] < "3", 0.5 + signal, 0.5 - signal)


def test_where_there_is_nothing_to_learn_it_stops_at_once():
    X, y = pairs(1000, 0)
    assert DeepFMClassifier(early_stopping="refit", lr=0.002, random_state=0).fit(X, y).n_iter_ < 5
    assert DeepFMClassifier(early_stopping=False, random_state=0).fit(X, y).n_iter_ == 20


@pytest.mark.parametrize("cls", [DeepFMClassifier, DeepFMRegressor])
def test_it_is_a_fit_of_so_many_epochs_on_all_rows(cls):
    X, y = pairs(1000, 0.3)
    found = cls(early_stopping="refit", random_state=0).fit(X, y.astype(float))
    by_hand = cls(random_state=0, max_epochs=found.n_iter_, early_stopping=False).fit(X, y.astype(float))
    np.testing.assert_array_equal(found.predict(X), by_hand.predict(X))
    assert found.best_epoch_ == found.n_iter_ == len(found.history_)
    assert "valid_loss" not in found.history_


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"lr_schedule": "cosine"}, "got lr_schedule='cosine'"),
        ({"n_negatives": 2}, "got n_negatives=2; set early_stop"),
    ],
)
def test_what_does_not_go_with_it_is_refused(options, message):
    X, y = pairs(100, 0)
    with pytest.raises(ValueError, match="early_stopping='refit' of NeuMFClassifier trains twice .*" + message):
        NeuMFClassifier(early_stopping="refit", **options).fit(X, y)


def test_rows_to_validate_on_are_stopped_on():
    X, y = pairs(400, 0)
    model = DeepFMClassifier(early_stopping="refit", random_state=0).fit(X, y, X_val=X[:100], y_val=y[:100])
    other = DeepFMClassifier(random_state=0).fit(X, y, X_val=X[:100], y_val=y[:100])
    assert model.history_["valid_loss"].tolist() == other.history_["valid_loss"].tolist()
    assert len(model.partial_fit(X, y).history_) == len(other.history_) + 1


class Counts(Callback):
    epochs = 0

    def on_epoch_end(self, net, **kwargs):
        self.epochs += 1


def test_callbacks_see_the_fit_alone():
    counts = Counts()
    model = DeepFMClassifier(early_stopping="refit", random_state=0, callbacks=[counts]).fit(*pairs(1000, 0.3))
    assert counts.epochs == model.n_iter_


def test_many_classes_of_few_rows():
    X, _ = pairs(600, 0)
    model = DeepFMClassifier(early_stopping="refit", random_state=0, max_epochs=2).fit(X, np.arange(600) % 290)
    assert model.n_iter_ <= 2
