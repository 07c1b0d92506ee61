"""Pickles say with which versions they were made, and who loads them under others is told."""

import copy
import io
import pickle
import sys
import warnings

import joblib
import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.exceptions import InconsistentVersionWarning
from sklearn.pipeline import make_pipeline

from skrec import MFClassifier
from skrec._versions import VersionedPickle, versions
from skrec.estimators._base import NetEstimator
from skrec.preprocessing import TableEncoder
from skrec.retrieval import ApproximateIndex, ExactIndex, Recommender
from tests.contract.test_at_one_moment import given, of, predicts
from tests.discovery import cases, public_estimators
from tests.samples import fitted, mixed


def estimator(cls):
    return fitted(cls, max_epochs=1)[0] if predicts(cls) else given(cls).fit(of(cls, mixed()))


def recommender():
    log = pd.DataFrame({"user_id": list("aabbccdd"), "item_id": list("uvuvuwvw")})
    model = MFClassifier(n_negatives=1, max_epochs=1, random_state=0).fit(log, [1] * 8)
    return Recommender(model, pd.DataFrame({"item_id": list("uvw")}))


def index(cls):
    return cls().build(np.arange(50), np.random.default_rng(0).normal(size=(50, 4)))


INDEXES = {cls.__name__: (index, cls) for cls in (ExactIndex, ApproximateIndex)} | {"Recommender": (recommender,)}
KINDS = {cls.__name__: (estimator, cls) for cls in public_estimators()} | INDEXES
ESTIMATORS = [pytest.param(one.id, marks=one.marks) for one in cases(public_estimators())]
every_kind = pytest.mark.parametrize("kind", [*ESTIMATORS, *INDEXES])
PACKAGES = {"skrec": "skrec", "torch": "torch", "scikit-learn": "sklearn"}


def make(kind):
    function, *arguments = KINDS[kind]
    return function(*arguments)


def told(load):
    """Return the warnings of a load."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        load()
    return [warning for warning in caught if issubclass(warning.category, InconsistentVersionWarning)]


@every_kind
@pytest.mark.parametrize("package", PACKAGES)
def test_another_version_warns_once(kind, package, monkeypatch, tmp_path):
    made = make(kind)
    now = versions()[package]
    with monkeypatch.context() as patch:
        patch.setattr(sys.modules[PACKAGES[package]], "__version__", "0.0.7")
        data = pickle.dumps(made)
        joblib.dump(made, tmp_path / "file")
    inside = {"Recommender": {"MFClassifier", "ExactIndex"}, "TableEncoder": {"CategoryEncoder"}}.get(kind, set())
    for load in (lambda: pickle.loads(data), lambda: joblib.load(tmp_path / "file")):
        ours = [w for w in told(load) if "skrec" in type(w.message).__module__]
        assert sorted(w.message.estimator_name for w in ours) == sorted({kind, *inside})
        expected = f"Trying to unpickle {kind} of {package} 0.0.7 under {package} {now}: it may fail"
        assert next(str(w.message) for w in ours if w.message.estimator_name == kind).startswith(expected)


@every_kind
def test_a_pickle_that_says_nothing_warns(kind):
    made = make(kind)

    class Older(pickle.Pickler):
        def reducer_override(self, value):
            if not isinstance(value, (VersionedPickle, NetEstimator)):
                return NotImplemented
            function, arguments, state, *_ = value.__reduce_ex__(4)
            return function, arguments, {name: part for name, part in state.items() if name != "_versions"}

    buffer = io.BytesIO()
    Older(buffer).dump(made)
    ours = [w for w in told(lambda: pickle.loads(buffer.getvalue())) if w.message.estimator_name == kind]
    assert len(ours) == 1
    assert "of skrec unknown, torch unknown, scikit-learn unknown under skrec" in str(ours[0].message)


@every_kind
def test_the_same_versions_do_not_warn(kind):
    made = make(kind)
    for again in (pickle.loads(pickle.dumps(made)), copy.deepcopy(made), copy.copy(made)):
        assert type(again) is type(made)
        assert vars(again).keys() == vars(made).keys()
    if kind in {cls.__name__ for cls in public_estimators()}:
        clone(made)


def test_neither_a_pipeline_nor_another_build_of_torch_warns(monkeypatch):
    frame = mixed()
    model = make_pipeline(TableEncoder(), fitted(MFClassifier, max_epochs=1)[0]).fit(frame, np.arange(100) % 2)
    data = pickle.dumps(model)
    monkeypatch.setattr(sys.modules["torch"], "__version__", versions()["torch"] + "+cu999")
    np.testing.assert_array_equal(pickle.loads(data).predict(frame), model.predict(frame))


def test_what_was_loaded_with_a_warning_predicts(monkeypatch):
    model, frame = fitted(MFClassifier)
    with monkeypatch.context() as patch:
        patch.setattr(sys.modules["skrec"], "__version__", "0.0.7")
        data = pickle.dumps(model)
    with pytest.warns(InconsistentVersionWarning, match=r"MFClassifier of skrec 0\.0\.7 under skrec .*; load it with"):
        again = pickle.loads(data)
    np.testing.assert_array_equal(again.predict(frame), model.predict(frame))
    assert not told(lambda: pickle.loads(pickle.dumps(again)))
