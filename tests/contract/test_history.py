"""Units of the losses of every estimator."""

import numpy as np
import pytest
from sklearn.base import is_classifier
from sklearn.metrics import log_loss, mean_squared_error

from tests.contract.cases import every, every_regressor
from tests.samples import mixed, outputs, small, target


def noisy(cls, scale=1.0, **params):
    """Return an estimator fitted until it stops on a target that is half noise, and its validation rows."""
    train, valid, rng = mixed(200, 0), mixed(100, 1), np.random.default_rng(0)
    y, y_valid = (scale * (target(cls(), frame) + rng.normal(size=len(frame))) for frame in (train, valid))
    estimator = small(cls, **{"lr": 0.1, "max_epochs": 20, "n_iter_no_change": 2, **params})
    return estimator.fit(train, y, X_val=valid, y_val=y_valid), valid, y_valid


@every
def test_the_validation_loss_is_that_of_the_target(cls):
    if is_classifier(cls()):
        train, valid = mixed(200, 0), mixed(100, 1)
        y, y_valid = target(cls(), train), target(cls(), valid)
        estimator = small(cls).fit(train, y, X_val=valid, y_val=y_valid)
        recomputed = log_loss(y_valid, estimator.predict_proba(valid))
    else:
        estimator, valid, y_valid = noisy(cls, scale=40.0)
        recomputed = mean_squared_error(y_valid, estimator.predict(valid))
    recorded = estimator.history_["valid_loss"][estimator.best_epoch_ - 1]
    if "Tower" not in cls.__name__:  # whose loss has terms beside
        assert recorded == pytest.approx(recomputed, rel=1e-4)


@every_regressor
@pytest.mark.parametrize("tol", [1e-5, 0.02])
def test_the_unit_of_the_target_changes_losses_and_nothing_else(cls, tol):
    """A power of two, so that the standardised target is the same to the bit."""
    small_unit, valid, _ = noisy(cls, tol=tol)
    large_unit, *_ = noisy(cls, 1024.0, tol=tol)
    assert (small_unit.n_iter_, small_unit.best_epoch_) == (large_unit.n_iter_, large_unit.best_epoch_)
    np.testing.assert_array_equal(1024 * outputs(small_unit, valid), outputs(large_unit, valid))
    for name in ("train_loss", "valid_loss"):
        np.testing.assert_array_equal(1024**2 * small_unit.history_[name], large_unit.history_[name])


@every_regressor
def test_losses_keep_their_unit_where_training_goes_on(cls):
    frame = mixed()
    y = 40 * target(cls(), frame)
    whole = small(cls, max_epochs=4).fit(frame, y)
    parts, warm = small(cls), small(cls, warm_start=True, max_epochs=2).fit(frame, y)
    for _ in range(4):
        parts.partial_fit(frame, y)
    losses = warm.fit(frame, y).history_["train_loss"]
    np.testing.assert_array_equal(losses, whole.history_["train_loss"])
    np.testing.assert_allclose(parts.history_["train_loss"], losses, rtol=1e-5)
