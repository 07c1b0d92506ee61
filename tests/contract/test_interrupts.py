"""Ctrl-C in a fit, of every estimator and through every way to train."""

import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from sklearn.base import clone, is_classifier
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from skorch.callbacks import Callback, EarlyStopping

from skrec import DeepFMClassifier
from tests.contract.cases import every
from tests.samples import fitted, labels, learnt, mixed, outputs, small, target, unchanged

HOOKS = ("train_begin", "epoch_begin", "batch_begin", "grad_computed", "batch_end", "epoch_end", "train_end")


class Interrupt(Callback):
    """Interrupts in the second epoch of a run, where `hook` has one, once."""

    def __init__(self, hook, interrupt=None):
        self.hook, self.interrupt = hook, interrupt

    def on_train_begin(self, net, **kwargs):
        self.begun_, self.done_ = len(net.history), False
        self._at("train_begin", net)

    def _at(self, hook, net):
        late = "train" in hook or len(net.history) == self.begun_ + 2
        if hook == self.hook and late and not self.done_:
            self.done_ = True
            if self.interrupt is not None:
                self.interrupt()
            else:
                raise KeyboardInterrupt


for _hook in HOOKS[1:]:
    setattr(Interrupt, f"on_{_hook}", lambda self, net, *args, hook=_hook, **kwargs: self._at(hook, net))


def press():
    signal.raise_signal(signal.SIGINT)


@every
def test_ctrl_c_leaves_a_fresh_estimator_unfitted(cls):
    frame = mixed()
    for hook in HOOKS:
        estimator = small(cls, callbacks=[Interrupt(hook)])
        with unchanged(estimator), pytest.raises(KeyboardInterrupt):
            estimator.fit(frame, target(estimator, frame))
        with pytest.raises(NotFittedError):
            estimator.predict(frame)


@every
def test_ctrl_c_leaves_what_goes_on_as_it_was_to_the_bit(cls):
    """What follows, moments of the optimizer included, is what would have come without it."""
    undisturbed, frame = fitted(cls, warm_start=True)
    y = target(undisturbed, frame)
    estimator, _ = fitted(cls, warm_start=True)
    for hook in HOOKS:
        estimator.set_params(callbacks=[Interrupt(hook, press)])
        with unchanged(estimator, frame), pytest.raises(KeyboardInterrupt):
            estimator.fit(frame, y)
    estimator.set_params(callbacks=None).fit(frame, y)
    np.testing.assert_array_equal(outputs(estimator, frame), outputs(undisturbed.fit(frame, y), frame))


@every
def test_ctrl_c_in_partial_fit(cls):
    frame, estimator, undisturbed = mixed(), small(cls), small(cls)
    y = target(estimator, frame)
    first = {"classes": ["no", "yes"]} if is_classifier(estimator) else {}
    hooks = [hook for hook in HOOKS if "epoch" not in hook and "batch" not in hook and "grad" not in hook]
    for hook in hooks:
        estimator.set_params(callbacks=[Interrupt(hook)])
        with unchanged(estimator), pytest.raises(KeyboardInterrupt):
            estimator.partial_fit(frame, y, **first)
    for model in (estimator, undisturbed):
        model.set_params(callbacks=None).partial_fit(frame, y, **first)
    for hook in hooks:
        estimator.set_params(callbacks=[Interrupt(hook)])
        with unchanged(estimator, frame), pytest.raises(KeyboardInterrupt):
            estimator.partial_fit(frame, y)
    estimator.set_params(callbacks=None).partial_fit(frame, y)
    np.testing.assert_array_equal(outputs(estimator, frame), outputs(undisturbed.partial_fit(frame, y), frame))


@every
def test_early_stopping_of_skorch_goes_on_ending_a_run(cls):
    """Ours too, and the model of the epochs until then is kept."""
    frame = mixed(200)
    stopping = EarlyStopping("train_loss", patience=2, threshold=1e3, threshold_mode="abs", sink=lambda text: None)
    estimator = small(cls, max_epochs=9, callbacks=[stopping]).fit(frame, target(cls(), frame))
    expected = small(cls, max_epochs=3).fit(frame, target(cls(), frame))
    assert estimator.n_iter_ == 3
    np.testing.assert_array_equal(outputs(estimator, frame), outputs(expected, frame))
    held = {"X_val": frame, "y_val": target(cls(), frame), "n_iter_no_change": 1, "tol": 1e3, "max_epochs": 9}
    estimator = small(cls, **{name: held.pop(name) for name in ("n_iter_no_change", "tol", "max_epochs")})
    assert estimator.fit(frame, target(cls(), frame), **held).n_iter_ == 2


def test_ctrl_c_reaches_who_called_a_search_or_a_pipeline():
    frame = mixed()
    model = small(DeepFMClassifier, callbacks=[Interrupt("batch_end", press)])
    search = GridSearchCV(model, {"lr": [0.1, 0.2]}, cv=2)
    with pytest.raises(KeyboardInterrupt):
        search.fit(frame, labels(frame))
    assert not hasattr(search, "best_params_")
    pipeline = make_pipeline("passthrough", clone(model))
    with pytest.raises(KeyboardInterrupt):
        pipeline.fit(frame, labels(frame))
    assert not [name for name in learnt(pipeline[-1]) if name.endswith("_")]


SCRIPT = """
import numpy, pandas
from sklearn.model_selection import GridSearchCV
from skorch.callbacks import Callback
from skrec import DeepFMClassifier
class Go(Callback):
    def on_epoch_end(self, net, **kwargs):
        if len(net.history) == 3:  # all that is imported late has been
            print("go", flush=True)
random = numpy.random.default_rng(0)
frame = pandas.DataFrame({"user": random.integers(0, 9, 5000).astype(str), "x": random.normal(size=5000)})
model = DeepFMClassifier(max_epochs=100_000, early_stopping=False, random_state=0, callbacks=[Go()])
before = vars(model).copy()
try:
    SEARCH.fit(frame, frame["x"] > 0)
except KeyboardInterrupt:
    print("interrupted", vars(model) == before, flush=True)
"""


@pytest.mark.parametrize("search", ["model", "GridSearchCV(model, {'lr': [0.1, 0.2]}, cv=2)"], ids=["alone", "search"])
def test_a_signal_from_outside_ends_a_script(search):
    command = [sys.executable, "-c", SCRIPT.replace("SEARCH", search)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "go\n"
        time.sleep(1)
        process.send_signal(signal.SIGINT)
        assert process.communicate(timeout=60)[0] == "interrupted True\n"
        assert process.returncode == 0
