"""What goes wrong in one process is known in all of them, in words, and the next fit goes well."""

import os
import signal
import time

import numpy as np
import pytest
from skorch.callbacks import Callback, Checkpoint, LoadInitState

from skrec import (
    DeepFMClassifier,
    DIENClassifier,
    DINClassifier,
    FMClassifier,
    IntTowerClassifier,
    MFClassifier,
    SASRecClassifier,
    TwoTowerClassifier,
)
from skrec.engine._stop import StopTraining
from tests.group.cases import assert_equal, learnt
from tests.group.processes import Processes
from tests.samples import mixed, small, target

X = mixed(60)
Y = target(FMClassifier(), X)
HALVES = (X[:30].reset_index(drop=True), X[30:].reset_index(drop=True)), (Y[:30], Y[30:])


def fit(rank, estimators, frames=HALVES[0], ys=HALVES[1], options=({}, {})):
    """Fit, each process with arguments of its own; return what was learnt. A failed fit leaves nothing."""
    estimator = estimators[rank]
    before = sorted(vars(estimator))
    try:
        estimator.fit(frames[rank], ys[rank], **options[rank])
    except BaseException:
        assert sorted(vars(estimator)) == before
        raise
    return learnt(estimator, X)


def raised(group, *arguments, **options):
    """Return the errors of all processes, and see that they fit the next one well."""
    group.send(fit, *arguments, **options)
    outcomes = group.outcomes()
    assert all(isinstance(outcome, Exception) for outcome in outcomes.values()), outcomes
    group.run(fit, [small(FMClassifier, max_epochs=1)] * 2)
    return [outcomes[rank] for rank in range(group.size)]


def both(estimator):
    return [estimator, estimator]


DIFFERENCES = {
    "a parameter": ([small(FMClassifier), small(FMClassifier, embedding_dim=8)], {}, "the same embedding_dim in all 2"),
    "epochs": ([small(FMClassifier), small(FMClassifier, max_epochs=1)], {}, "got 3 in process 0 and 1 in process 1"),
    "the class": ([small(FMClassifier), small(DeepFMClassifier)], {}, "got FMClassifier in process 0 and DeepFM"),
    "a column": (
        both(small(FMClassifier)),
        {"frames": (HALVES[0][0], HALVES[0][1].drop(columns="age"))},
        "the same order of columns",
    ),
    "a dtype": (
        both(small(FMClassifier)),
        {"frames": (HALVES[0][0], HALVES[0][1].astype({"age": str}))},
        "same column 'age' in all 2 processes, got numeric in process 0 and categorical",
    ),
    "weights": (
        both(small(FMClassifier)),
        {"options": ({}, {"sample_weight": np.ones(30)})},
        "the same sample_weight in all 2 processes, got None in process 0 and given in process 1",
    ),
}


@pytest.mark.parametrize("what", DIFFERENCES)
def test_processes_that_differ_are_told_so_alike(two, what):
    estimators, options, message = DIFFERENCES[what]
    errors = raised(two, estimators, **options)
    assert all(type(error) is ValueError and message in str(error) for error in errors), errors
    assert str(errors[0]) == str(errors[1])


def test_the_same_frame_twice(two):
    errors = raised(two, both(small(FMClassifier)), frames=both(X), ys=both(Y))
    for error in errors:
        assert "got the same frame in processes 0 and 1; pass df[rank::2]" in str(error)


def test_targets_of_two_types(two):
    ys = HALVES[1][0], np.arange(30) % 2
    errors = raised(two, both(small(FMClassifier)), ys=ys)
    assert all("y of one type in all processes, got text in one and numbers in another" in str(e) for e in errors)


def test_bad_rows_of_one(two):
    frames = HALVES[0][0], HALVES[0][1].assign(age=np.nan)
    first, second = raised(two, both(small(FMClassifier)), frames=frames)
    assert type(second) is ValueError
    assert "has failed in process 1, ValueError: " + str(second) in str(first)


class FailAt(Callback):
    """Raises, or does something else, at the third batch of the second epoch."""

    def __init__(self, error):
        self.error = error

    def on_train_begin(self, net, **kwargs):
        self.n_batches = 0

    def on_batch_begin(self, net, training=False, **kwargs):
        self.n_batches += training
        if len(net.history) == 2 and self.n_batches > 2:
            self.act()

    def act(self):
        raise self.error


class Kill(FailAt):
    def __init__(self, number):
        self.number = number

    def act(self):
        os.kill(os.getpid(), self.number)


@pytest.mark.parametrize("error", [ArithmeticError("on purpose"), KeyboardInterrupt()], ids=["error", "interrupt"])
def test_an_exception_amid_an_epoch(two, error):
    estimators = [small(FMClassifier, batch_size=8, callbacks=[FailAt(error)] * rank) for rank in (0, 1)]
    first, second = raised(two, estimators)
    assert type(first) is RuntimeError
    assert f"of 2 processes has failed in process 1, {type(error).__name__}: {error}" in str(first)
    assert str(error) in str(second)


class StopAt(Callback):
    def on_epoch_end(self, net, **kwargs):
        if len(net.history) == 2:
            raise StopTraining


def test_all_stop_where_a_callback_of_one_does(two):
    estimators = [small(FMClassifier, max_epochs=9, callbacks=[StopAt()] * rank) for rank in (0, 1)]
    first, second = two.run(fit, estimators)
    assert len(first["history"]["epoch"]) == len(second["history"]["epoch"]) == 2
    assert_equal(first, second, 0)


@pytest.mark.parametrize(("number", "seconds"), [(signal.SIGKILL, 300), (signal.SIGSTOP, 5)], ids=["killed", "stopped"])
def test_a_process_that_is_gone(number, seconds):
    group = Processes(2, seconds)
    try:
        group.send(fit, [small(FMClassifier, batch_size=8, callbacks=[Kill(number)] * rank) for rank in (0, 1)])
        start = time.monotonic()
        error = group.outcomes(1)[0]
        assert "Process 0 of 2 hears no more of another one, which is gone or hangs" in str(error)
        assert "LoadInitState" in str(error)
        assert time.monotonic() - start < 120
    finally:
        group.stop()


REFUSED = {
    "softmax": (small(TwoTowerClassifier, loss="softmax"), "loss='softmax'"),
    "drawn": (small(MFClassifier, n_negatives=2), "n_negatives=2"),
    "candidates": (small(DINClassifier, n_negatives=2), "n_negatives=2"),
    "next item": (SASRecClassifier(sequence_features={"history": "item"}), "holds positives against items"),
    "batch norm": (small(DeepFMClassifier, batch_norm=True), "has BatchNorm, which looks at all rows of a batch"),
    "what follows": (small(DIENClassifier, auxiliary_weight=1.0), "a part of them; set auxiliary_weight=0, or"),
    "contrast": (small(IntTowerClassifier), "has ContrastiveRegularized, which looks at all rows"),
    "refit": (small(FMClassifier, early_stopping="refit"), "or of several processes"),
    "best": (small(FMClassifier, callbacks=[Checkpoint(load_best=True)], early_stopping=True), "load_best=True"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_is_refused(two, what):
    estimator, message = REFUSED[what]
    y = np.where(Y == "yes", 1, 0)
    for error in raised(two, both(estimator), ys=(y[:30], y[30:])):
        assert message in str(error), error


def partly(rank):
    with pytest.raises(ValueError, match="partial_fit of FMClassifier learns in one process, got a group of 2"):
        small(FMClassifier).partial_fit(X, Y, classes=["no", "yes"])
    return learnt(small(FMClassifier, data_parallel=False).fit(X, Y), X)


def test_a_fit_of_one_process_in_a_group(two):
    whole = learnt(small(FMClassifier).fit(X, Y), X)
    for alone in two.run(partly):
        assert_equal(alone, whole, 0)


def resumed(rank, directory):
    """Fit two epochs, saved by process 0, then go on for two more."""
    files = Checkpoint(dirname=directory, monitor=None)
    small(FMClassifier, batch_size=8, max_epochs=2, callbacks=[files]).fit(HALVES[0][rank], HALVES[1][rank])
    other = small(FMClassifier, batch_size=8, max_epochs=2, callbacks=[LoadInitState(files)])
    return learnt(other.fit(HALVES[0][rank], HALVES[1][rank]), X)


def test_a_run_goes_on_from_a_checkpoint_to_the_bit(two, tmp_path):
    whole = two.run(fit, both(small(FMClassifier, batch_size=8, max_epochs=4)))
    for found, expected in zip(two.run(resumed, str(tmp_path)), whole, strict=True):
        history = {name: found["history"][name] for name in expected["history"]}
        assert_equal({**found, "history": history}, expected, 0)
