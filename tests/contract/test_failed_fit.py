"""A fit that fails, of every estimator."""

import numpy as np
import pandas as pd
import pytest
from sklearn.base import is_classifier
from sklearn.exceptions import NotFittedError
from skorch.callbacks import Callback

from tests.contract.cases import every
from tests.samples import fitted, mixed, outputs, small, target, unchanged


class Interrupt(Callback):
    """Fails in the second epoch of a run."""

    def on_train_begin(self, net, **kwargs):
        self.epochs_ = 0

    def on_epoch_begin(self, net, **kwargs):
        self.epochs_ += 1

    def on_batch_end(self, net, training=False, **kwargs):
        if self.epochs_ == 2:
            raise ArithmeticError("stopped by the test")


def _constant(y):
    return np.array(["yes"] * len(y)) if y.dtype.kind == "U" else np.full(len(y), "text")


FAILURES = {
    "parameter": lambda frame, y: ({"max_epochs": 0}, frame, y, {}),
    "later parameter": lambda frame, y: ({"scoring": "accuracy_typo"}, frame, y, {}),
    "device": lambda frame, y: ({"device": "cuda:99"}, frame, y, {}),
    "missing target": lambda frame, y: ({}, frame, pd.Series(y).where(np.arange(len(y)) > 0), {}),
    "useless target": lambda frame, y: ({}, frame, _constant(y), {}),
    "lengths": lambda frame, y: ({}, frame, y[:-1], {}),
    "date": lambda frame, y: ({}, frame.assign(user=pd.Timestamp("2020-01-01")), y, {}),
    "list": lambda frame, y: ({}, frame.assign(item=frame["history"]), y, {}),
    "no rows": lambda frame, y: ({}, frame[:0], y[:0], {}),
    "negative weight": lambda frame, y: ({}, frame, y, {"sample_weight": np.arange(len(y)) - 1.0}),
    "zero weight": lambda frame, y: ({}, frame, y, {"sample_weight": np.zeros(len(y))}),
    "validation columns": lambda frame, y: ({}, frame, y, {"X_val": frame[["user"]], "y_val": y}),
    "validation target": lambda frame, y: ({}, frame, y, {"X_val": frame}),
    "callback": lambda frame, y: ({"callbacks": [Interrupt()]}, frame, y, {}),
    "divergence": lambda frame, y: ({"lr": 1e37, "optimizer": "sgd", "max_epochs": 9}, frame, y, {}),
}


@every
@pytest.mark.parametrize("cause", FAILURES)
def test_a_failed_fit_changes_nothing(cls, cause):
    estimator, frame = fitted(cls)
    params, X, y, options = FAILURES[cause](frame, target(estimator, frame))
    fresh = small(cls).set_params(**params)
    with unchanged(fresh), pytest.raises((ValueError, TypeError, ArithmeticError)):
        fresh.fit(X, y, **options)
    with pytest.raises(NotFittedError):
        fresh.predict(frame)
    estimator.set_params(**params)
    with unchanged(estimator, frame), pytest.raises((ValueError, TypeError, ArithmeticError)):
        estimator.fit(X, y, **options)


@every
@pytest.mark.parametrize("cause", ["callback", "missing target", "lengths", "no rows", "negative weight"])
def test_a_failed_warm_start_changes_nothing_not_even_what_follows(cls, cause):
    estimator, frame = fitted(cls, warm_start=True)
    y = target(estimator, frame)
    undisturbed, _ = fitted(cls, warm_start=True)
    params, X, wrong, options = FAILURES[cause](frame, y)
    estimator.set_params(**params)
    with unchanged(estimator, frame), pytest.raises((ValueError, ArithmeticError)):
        estimator.fit(X, wrong, **options)
    estimator.set_params(callbacks=None).fit(frame, y)
    undisturbed.fit(frame, y)
    np.testing.assert_array_equal(outputs(estimator, frame), outputs(undisturbed, frame))


@every
def test_a_failed_partial_fit_changes_nothing(cls):
    frame = mixed()
    estimator = small(cls)
    y = target(estimator, frame)
    first = {"classes": ["no", "yes"]} if is_classifier(estimator) else {}
    with unchanged(estimator), pytest.raises(ValueError, match="inconsistent"):
        estimator.partial_fit(frame, y[1:], **first)
    estimator.partial_fit(frame, y, **first)
    with unchanged(estimator, frame), pytest.raises(ValueError, match="inconsistent"):
        estimator.partial_fit(frame, y[1:])
