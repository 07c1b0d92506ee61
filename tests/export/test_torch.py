"""Every net as a program of torch: as the estimator answers, for any number of rows, in a process without skrec."""

import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.base import is_classifier

import skrec
from skrec.export import net_inputs, to_torch
from tests.discovery import case, cases, predictors
from tests.samples import LIST, fitted, mixed, small
from tests.several import fitted_on_two

OPTIONS = [
    (skrec.BSTClassifier, {"max_length": 2}),
    (skrec.DINClassifier, {"attention": "raw", "activation": "dice"}),
    (skrec.DINClassifier, {"attention": "mean", "history_product": False}),
    (skrec.DNNClassifier, {"numeric_embedding": "piecewise", "pooling": "max", "batch_norm": True}),
    (skrec.DeepFMClassifier, {"numeric_embedding": "periodic", "pooling": "sum"}),
    (skrec.MFRegressor, {"y_range": (-3, 9)}),
    (skrec.TwoTowerClassifier, {"hidden_layer_sizes": (), "learn_temperature": True}),
    (skrec.WideDeepClassifier, {"crossed_columns": [("user", "item")]}),
]
BATCHES = {"one row": slice(1), "rows without lists": slice(1, 3), "many rows": slice(None)}


def later():
    """Return 1,000 rows, with values that are new or missing, lists that are empty or missing."""
    frame = mixed(1000, seed=5).astype({"item": object})
    frame.loc[3, "user"], frame.loc[4, "item"], frame.loc[5, "user"], frame.loc[6, "item"] = "zoe", "new", None, None
    history = frame["history"].tolist()
    history[1], history[2], history[7] = [], None, ["u"] * 50
    return frame.assign(history=pd.Series(history, dtype=LIST))


def answers(estimator, frame):
    return estimator.predict_proba(frame) if is_classifier(estimator) else estimator.predict(frame)


def assert_answers(estimator, path, frame):
    program = torch.export.load(path).module()
    for rows in BATCHES.values():
        found = program(*net_inputs(estimator, frame[rows]))
        np.testing.assert_allclose(found.numpy(), answers(estimator, frame[rows]), atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("cls", cases(predictors()))
def test_a_net_answers_as_the_estimator(cls, tmp_path):
    estimator, _ = fitted(cls)
    to_torch(estimator, tmp_path / "net.pt2")
    assert_answers(estimator, tmp_path / "net.pt2", later())


@pytest.mark.parametrize(("cls", "params"), [case(*of, id=f"{of[0].__name__}-{i}") for i, of in enumerate(OPTIONS)])
def test_options(cls, params, tmp_path):
    estimator, _ = fitted(cls, **params)
    to_torch(estimator, tmp_path / "net.pt2")
    assert_answers(estimator, tmp_path / "net.pt2", later())


def test_three_classes(tmp_path):
    frame = mixed()
    estimator = small(skrec.DeepFMClassifier).fit(frame, np.arange(100) % 3)
    to_torch(estimator, tmp_path / "net.pt2")
    assert_answers(estimator, tmp_path / "net.pt2", later())


def test_an_array(tmp_path):
    X = np.random.default_rng(0).normal(size=(50, 3))
    estimator = small(skrec.DNNRegressor, sequence_features=None).fit(X, X.sum(1))
    to_torch(estimator, tmp_path / "net.pt2")
    assert_answers(estimator, tmp_path / "net.pt2", X)


@pytest.mark.parametrize("cls", [skrec.TwoTowerClassifier, skrec.IntTowerClassifier, skrec.MFClassifier])
@pytest.mark.parametrize("part", ["users", "items"])
def test_sides(cls, part, tmp_path):
    estimator, frame = fitted(cls)
    to_torch(estimator, tmp_path / "part.pt2", part=part)
    names = estimator._columns_.sides[part == "items"]
    codes, numeric, lists = net_inputs(estimator, frame)
    schema = estimator.schema_
    kept = [[f.name in names for f in schema.of_role(role)] for role in ("categorical", "numeric", "sequence")]
    own = codes[:, kept[0]], numeric[:, kept[1]], [one for one, here in zip(lists, kept[2], strict=True) if here]
    method = f"embed_{part}" if hasattr(estimator, f"embed_{part}") else None
    expected = getattr(estimator, method)(frame) if method else None
    found = torch.export.load(tmp_path / "part.pt2").module()(*own).numpy()
    if expected is None:
        with torch.no_grad():
            expected = getattr(estimator.net_.module_, f"embed_{part}")(_inputs(own)).numpy()
    np.testing.assert_allclose(found, expected, atol=1e-5)


def _inputs(own):
    from skrec._inputs import Inputs, Jagged

    codes, numeric, lists = own
    jagged = (Jagged(tokens, torch.nn.functional.pad(lengths.cumsum(0), (1, 0))) for tokens, lengths in lists)
    return Inputs(codes, numeric, tuple(jagged))


FRESH = """
import sys, numpy as np, torch
for path in sys.argv[1:]:
    program, cases = torch.export.load(path).module(), torch.load(path + ".cases", weights_only=True)
    for inputs, expected in cases:
        assert np.allclose(program(*inputs).numpy(), expected.numpy(), atol=1e-5, rtol=1e-5), path
assert not any(name.startswith("skrec") for name in sys.modules)
"""


@pytest.mark.parametrize(
    "classes",
    [
        pytest.param([skrec.DINClassifier, skrec.TwoTowerClassifier, skrec.MFRegressor], id="some"),
        pytest.param(predictors(), marks=pytest.mark.slow, id="all"),
    ],
)
def test_a_fresh_process_without_skrec(classes, tmp_path):
    frame, paths = later(), []
    for cls in classes:
        estimator, _ = fitted(cls)
        paths.append(str(tmp_path / f"{cls.__name__}.pt2"))
        to_torch(estimator, paths[-1])
        pairs = [(net_inputs(estimator, frame[rows]), answers(estimator, frame[rows])) for rows in BATCHES.values()]
        torch.save([(inputs, torch.from_numpy(expected)) for inputs, expected in pairs], paths[-1] + ".cases")
    subprocess.run([sys.executable, "-c", FRESH, *paths], check=True, cwd=tmp_path)


@pytest.mark.parametrize("cls", [skrec.MMoEClassifier, skrec.PLERegressor, skrec.ESMMClassifier])
def test_several_targets_are_several_tensors(cls, tmp_path):
    model, _, _ = fitted_on_two(cls, missing=True)
    to_torch(model, tmp_path / "net.pt2")
    program, frame = torch.export.load(tmp_path / "net.pt2").module(), later()
    expected = model.predict_proba(frame) if is_classifier(model) else model.predict(frame).to_numpy().T
    for found, own in zip(program(*net_inputs(model, frame)), expected, strict=True):
        np.testing.assert_allclose(found.numpy(), own, atol=1e-5, rtol=1e-5)
