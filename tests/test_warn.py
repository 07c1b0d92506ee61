"""Warnings point at the user's line, whatever calls this package."""

import pickle
import warnings

import joblib
import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.pipeline import make_pipeline

from skrec import MFClassifier
from skrec._versions import versions

pytestmark = pytest.mark.fast

X = pd.DataFrame({"user": list("abcd") * 5, "item": list("uvwxyz") * 3 + ["u", "v"]}, dtype="category")
Y = np.arange(20) % 2


def files_of(call, match):
    """Return where warnings of such a text point."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        call()
    return [warning.filename for warning in caught if match in str(warning.message)]


def model(**options):
    return MFClassifier(max_epochs=1, random_state=0, **options)


@pytest.mark.parametrize("wrap", [lambda model: model, make_pipeline])
def test_of_a_decay_that_does_nothing(wrap):
    estimator = wrap(model(weight_decay=0.1))
    assert files_of(lambda: estimator.fit(X, Y), "does nothing") == [__file__]


@pytest.mark.parametrize("library", [pickle, joblib])
def test_of_other_versions(library, monkeypatch, tmp_path):
    with monkeypatch.context() as patch, open(tmp_path / "model", "wb") as file:
        patch.setattr("skrec._versions.versions", lambda: {**versions(), "skrec": "0.0"})
        library.dump(model().fit(X, Y), file)
    with open(tmp_path / "model", "rb") as file:
        assert files_of(lambda: library.load(file), "Trying to unpickle") == [__file__]


def test_of_files_without_a_mark(tmp_path):
    net = model(warm_start=True).fit(X, Y).net_
    torch.save(net.module_.state_dict(), tmp_path / "plain.pt")
    assert files_of(lambda: net.load_params(f_params=tmp_path / "plain.pt"), "no mark of skrec") == [__file__]
