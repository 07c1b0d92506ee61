"""Every estimator in a pickle."""

import pickle
import subprocess
import sys

import joblib
import numpy as np
import pytest
from sklearn.base import clone, is_classifier

from tests.contract.cases import ESTIMATORS, every, every_time
from tests.samples import fitted, mixed, outputs, target


@pytest.fixture(scope="module")
def reloaded(tmp_path_factory):
    """Predictions of a fresh process for every estimator, from its pickle and from its joblib file."""
    folder = tmp_path_factory.mktemp("pickles")
    frame = mixed()
    frame.to_pickle(folder / "frame.pkl")
    for cls in ESTIMATORS:
        estimator, _ = fitted(cls)
        with open(folder / f"{cls.__name__}.pickle", "wb") as file:
            pickle.dump(estimator, file)
        joblib.dump(estimator, folder / f"{cls.__name__}.joblib")
    code = (
        "import joblib, pathlib, pandas, pickle, sys\n"
        "folder = pathlib.Path(sys.argv[1])\n"
        "frame = pandas.read_pickle(folder / 'frame.pkl')\n"
        "found = {p.name: pickle.loads(p.read_bytes()) for p in folder.glob('*.pickle')}\n"
        "found |= {p.name: joblib.load(p) for p in folder.glob('*.joblib')}\n"
        "outputs = {k: getattr(e, 'decision_function', e.predict)(frame) for k, e in found.items()}\n"
        "joblib.dump(outputs, folder / 'outputs')\n"
    )
    subprocess.run([sys.executable, "-W", "error::UserWarning", "-c", code, str(folder)], check=True)
    return joblib.load(folder / "outputs")


@every_time
@pytest.mark.parametrize("format", ["pickle", "joblib"])
def test_a_fresh_process_predicts_the_same(cls, format, reloaded):
    estimator, frame = fitted(cls)
    np.testing.assert_array_equal(reloaded[f"{cls.__name__}.{format}"], outputs(estimator, frame))


@every
def test_a_pickle_is_the_size_of_the_weights(cls):
    estimator, frame = fitted(cls, early_stopping=True, scoring="neg_log_loss" if is_classifier(cls()) else "r2")
    weights = sum(p.numel() * p.element_size() for p in estimator.net_.module_.parameters())
    frame = mixed(3000)  # had the estimator kept its rows, they would show
    many = clone(estimator).set_params(max_epochs=1).fit(frame, target(estimator, frame))
    assert len(pickle.dumps(many)) < weights + 20_000
    np.testing.assert_array_equal(outputs(pickle.loads(pickle.dumps(many)), frame[:9]), outputs(many, frame[:9]))
