"""Who reads an estimator while it is fitted anew gets what the old model says, or what the new one says."""

import inspect
import sys
import threading
from copy import deepcopy
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.base import is_classifier, is_regressor

import skrec
from skrec import DeepFMClassifier, MFRegressor, TwoTowerClassifier
from skrec.preprocessing import TableEncoder
from tests.discovery import cases, public_estimators
from tests.samples import learnt, mixed, outputs, small, target

SOURCES = str(Path(skrec.__file__).parent)
CHANGING = {"fit", "fit_transform", "partial_fit", "set_params", "set_output"}
every = pytest.mark.parametrize("cls", cases(public_estimators()))


def old_and_new():
    """Return two frames that share no value of an id, the second with more values, and longer."""
    old, new = mixed(60), mixed(90, seed=1)
    new["user"] = "other " + new["user"] + [*map(str, range(9))] * 10
    new["item"] = ("other " + new["item"].astype(str)).astype("category")
    new["history"] = [[f"other {value}" for value in cell] for cell in new["history"]]
    new["history"] = new["history"].astype(old["history"].dtype)
    return old, new


def predicts(cls):
    return is_classifier(cls()) or is_regressor(cls())


def aim(cls, frame, *, new):
    """The target of one of the frames; of the new one with other labels, on another scale."""
    if not is_classifier(cls()):
        return np.arange(len(frame)) * (10.0 if new else 1.0) + 100 * new
    return np.where(np.arange(len(frame)) % 3 == 0, *(("ja", "nein") if new else ("no", "yes")))


def make(cls, frame, *, new):
    """Return an estimator of one of the frames."""
    if predicts(cls):
        return small(cls, max_epochs=1).fit(frame, aim(cls, frame, new=new))
    return given(cls).fit(of(cls, frame))


def given(cls):
    """Return a transformer whose parameters fit the frames."""
    if cls.__name__ == "HistoryEncoder":
        return cls(user="user", item="item", time="age")
    return cls(user="user", item="item") if "item" in cls().get_params() else cls()  # a baseline


def of(cls, frame):
    """Return the columns that a transformer takes."""
    columns = {"CategoryEncoder": ["user", "item"], "HashEncoder": ["user", "item"], "SequenceEncoder": ["history"]}
    return frame[columns.get(cls.__name__, list(frame))]


def same(left, right):
    """Whether two answers agree to the last bit."""
    if isinstance(left, pd.DataFrame):
        return left.equals(right)
    return np.shape(left) == np.shape(right) and np.array_equal(left, right)


def readers(cls):
    """Return the names of the public methods that our classes have of their own and that change nothing."""
    found = set()
    for parent in cls.__mro__:
        if parent.__module__.startswith("skrec"):
            found |= {name for name, value in vars(parent).items() if inspect.isfunction(value) and name[0] != "_"}
    return sorted(found - CHANGING - {name for name in found if name.startswith("set_")})


def call(cls, estimator, name, frame):
    """Return what a method says of a frame, or the text of its error."""
    stored = estimator.represent_items(frame) if name == "score_items" else None
    have = {"X": of(cls, frame), "column": "user", "items": stored, "input_features": None}
    if name == "inverse_transform":
        have["X"] = estimator.transform(have["X"])
    arguments = [have[parameter] for parameter in inspect.signature(getattr(estimator, name)).parameters]

    def answer():
        try:
            return getattr(estimator, name)(*arguments)
        except ValueError as error:
            return str(error)

    return answer


def at_call(number, do, function):
    """Run a function and, as it begins the call of that number of one of ours, `do` something; return what it gave."""
    seen = [0]

    def profile(frame, event, argument):
        if event == "call" and frame.f_code.co_filename.startswith(SOURCES):
            seen[0] += 1
            if seen[0] == number:
                sys.setprofile(None)
                do()
                sys.setprofile(profile)

    before = sys.getprofile()
    sys.setprofile(profile)
    try:
        return function(), seen[0]
    finally:
        sys.setprofile(before)


@every
def test_a_method_reads_one_moment(cls):
    """The estimator becomes another one in the middle of the call, at up to sixteen places of it."""
    frames = old_and_new()
    estimators = [make(cls, frame, new=bool(i)) for i, frame in enumerate(frames)]
    states = [vars(estimator) for estimator in estimators]
    estimator = make(cls, frames[0], new=False)
    for name in readers(cls):
        for frame in frames[: 2 if predicts(cls) else 1]:
            estimator.__dict__ = states[0].copy()
            function = call(cls, estimator, name, frame)
            answers = []
            for state in states:
                estimator.__dict__ = state.copy()
                answers.append(function())
            estimator.__dict__ = states[0].copy()
            number, n_calls = 1, 1
            while number <= n_calls:
                estimator.__dict__ = states[0].copy()

                def become_the_other():
                    estimator.__dict__ = states[1].copy()

                found, n_calls = at_call(number, become_the_other, function)
                assert any(same(found, answer) for answer in answers), (name, number)
                number += -(-n_calls // 16)


@every
@pytest.mark.parametrize("way", ["fit", "fit_transform", "warm start", "partial_fit"])
def test_what_was_learnt_changes_at_once(cls, way):
    """At every call within a fit the estimator has all of the old or all of the new, and predicts as before."""
    old, new = old_and_new()
    if way == "fit_transform" if predicts(cls) else way not in ("fit", "fit_transform"):
        return
    if way in ("partial_fit", "fit_transform") and not hasattr(cls, way):
        return
    goes_on = way in ("warm start", "partial_fit")
    estimator = make(cls, old, new=False)
    X = old if goes_on else new
    y = aim(cls, X, new=not goes_on) if predicts(cls) else None
    if goes_on:
        estimator = small(cls, max_epochs=1, warm_start=True).fit(X, y)
    method, names = "fit" if way == "warm start" else way, list(learnt(estimator))
    states, before = [], None if not predicts(cls) else outputs(estimator, old)

    def look(frame, event, argument):
        if event == "call" and frame.f_code.co_filename.startswith(SOURCES):
            now = [id(vars(estimator).get(name)) for name in names]
            if not states or states[-1] != now:
                states.append(now)
            if before is not None and len(states) == 1 and frame.f_code.co_name in ("train_step_single", "release"):
                sys.setprofile(None)
                np.testing.assert_array_equal(outputs(estimator, old), before)
                sys.setprofile(look)

    sys.setprofile(look)
    try:
        getattr(estimator, method)(of(cls, X) if y is None else X, *([] if y is None else [y]))
    finally:
        sys.setprofile(None)
    states.append([id(vars(estimator).get(name)) for name in names])
    assert len(set(map(tuple, states))) == 2
    if before is not None:
        assert not np.array_equal(outputs(estimator, old), before)


@pytest.mark.parametrize("cls", [DeepFMClassifier, MFRegressor, TwoTowerClassifier, TableEncoder])
def test_threads_that_ask_during_fits(cls):
    frames = old_and_new()
    aims = [aim(cls, frame, new=bool(i)) if predicts(cls) else None for i, frame in enumerate(frames)]
    estimator = small(cls, max_epochs=1) if predicts(cls) else cls()
    question = pd.concat(frames, ignore_index=True).astype({"item": "category"})
    names = ("predict_proba", "predict", "transform")
    name = next(name for name in names if hasattr(estimator, name))
    answers = []
    for X, y in zip(frames, aims, strict=True):
        estimator.fit(X, y)
        answers.append(getattr(estimator, name)(question))
    asked, wrong, done = [], [], threading.Event()

    def ask():
        while not done.is_set():
            try:
                found = getattr(estimator, name)(question)
            except Exception as error:
                wrong.append(error)
                return
            asked.append(1)
            if not any(same(found, answer) for answer in answers):
                wrong.append(found)

    before = sys.getswitchinterval()
    threads = [threading.Thread(target=ask) for _ in range(3)]
    try:
        sys.setswitchinterval(1e-5)
        for thread in threads:
            thread.start()
        for turn in range(25):
            estimator.fit(frames[turn % 2], aims[turn % 2])
    finally:
        done.set()
        sys.setswitchinterval(before)
        for thread in threads:
            thread.join()
    assert not wrong
    assert asked


def test_a_copy_goes_on_apart_from_its_original():
    """Weights, moments and history of a copied net are its own, and agree until either is trained."""
    frame = mixed()
    y = target(DeepFMClassifier(), frame)
    model = small(DeepFMClassifier, warm_start=True).fit(frame, y)
    copied = deepcopy(model)
    expected = outputs(model, frame)
    copied.fit(frame, y)
    np.testing.assert_array_equal(outputs(model, frame), expected)
    assert len(model.net_.history) == 3
    np.testing.assert_array_equal(outputs(model.fit(frame, y), frame), outputs(copied, frame))
