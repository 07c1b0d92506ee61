"""What cannot be exported is refused before anything is written."""

import sys

import numpy as np
import pandas as pd
import pytest
from category_encoders import CountEncoder, HashingEncoder
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, PowerTransformer, TargetEncoder

import skrec
from skrec.export import to_onnx, to_torch
from skrec.preprocessing import HashEncoder, TableEncoder
from tests.samples import fitted, small

pytestmark = pytest.mark.fast


def test_what_is_refused(tmp_path):
    path = tmp_path / "net.pt2"
    estimator, frame = fitted(skrec.FMClassifier)
    with pytest.raises(TypeError, match=r"Expected a fitted estimator of skrec, got Pipeline; of a Pipeline its last"):
        to_torch(make_pipeline(estimator), path)
    with pytest.raises(ValueError, match=r"Expected a model whose users have vectors of their own .* FMClassifier"):
        to_torch(estimator, path, part="users")
    with pytest.raises(ValueError, match=r"Expected part='users', part='items' or None, got 'user'"):
        to_torch(estimator, path, part="user")
    three = small(skrec.MFClassifier).fit(frame, np.arange(100) % 3)
    with pytest.raises(ValueError, match=r"Expected two classes for part='items', got 3"):
        to_torch(three, path, part="items")
    assert not list(tmp_path.iterdir())


def pipeline_of(*steps, **columns):
    """Return a fitted pipeline of steps, the first a TableEncoder of the columns if any are given."""
    frame = pd.DataFrame({"user": ["ann", "bob"] * 20, "item": ["tea"] * 20 + ["rum"] * 20, "age": np.arange(40.0)})
    steps = [TableEncoder(["user", "item"], ["age"], **columns)] * bool(columns) + list(steps)
    return make_pipeline(*steps, small(skrec.LRClassifier, sequence_features=None)).fit(frame, [0, 1, 1, 0] * 10)


WORDS = HashEncoder(9)


@pytest.mark.parametrize(
    ("pipeline", "message"),
    [
        (
            lambda: pipeline_of(FunctionTransformer(pd.DataFrame.copy)),
            r"got the step 'functiontransformer', Fun.*; run it",
        ),
        (lambda: pipeline_of(WORDS), r"got HashEncoder of 'user', whose values are no whole numbers .*; use CategoryE"),
        (
            lambda: pipeline_of(categorical_encoder=WORDS),
            r"got HashEncoder of 'user', .*; no operator of ONNX has",
        ),
        (
            lambda: pipeline_of(statistics=HashingEncoder(max_process=1)),
            r"got statistics=HashingEncoder; leave them",
        ),
        (lambda: pipeline_of(statistics=make_pipeline(TargetEncoder())), r"got statistics=Pipeline; leave them out"),
        (
            lambda: pipeline_of(numeric_transformer=PowerTransformer()),
            r"got the step 'numeric_transformer', PowerTransformer; run it before",
        ),
        (
            lambda: pipeline_of(CountEncoder(cols=["item"]), TableEncoder(["user"], ["item", "age"])),
            r"got the step 'countencoder', CountEncoder; run it before",
        ),
    ],
)
@pytest.mark.filterwarnings("ignore:Column", "ignore:.*no_silent_downcasting")
def test_steps_that_no_graph_holds(pipeline, message, tmp_path):
    with pytest.raises(ValueError, match="Expected steps that can be written into a graph, " + message):
        to_onnx(pipeline(), tmp_path / "pipeline.onnx")
    assert not list(tmp_path.iterdir())


def test_what_is_no_estimator_of_skrec(tmp_path):
    model = make_pipeline(LogisticRegression()).fit([[0.0], [1.0]], [0, 1])
    with pytest.raises(TypeError, match=r"Expected a fitted estimator of skrec, got LogisticRegression"):
        to_onnx(model, tmp_path / "model.onnx")


def test_values_and_names_that_no_graph_holds(tmp_path):
    frame = pd.DataFrame({"user": np.array([2**63, 1] * 20, np.uint64), "item": ["tea"] * 20 + ["rum"] * 20})
    model = small(skrec.MFClassifier).fit(frame, [0, 1, 1, 0] * 10)
    with pytest.raises(ValueError, match=r"Column 'user': expected text, floats or integers of 64 bits with sign, got"):
        to_onnx(model, tmp_path / "model.onnx")
    model.schema_.vocabularies[0].values = pd.Index([7, "ann"], dtype=object)  # fit refuses them, a file may have them
    with pytest.raises(ValueError, match=r"Column 'user': expected text, floats or .*, got mixed-integer values; make"):
        to_onnx(model, tmp_path / "model.onnx")
    named = pd.DataFrame({"user": ["ann", "bob"] * 20, "probabilities": frame["item"]})
    model = small(skrec.MFClassifier, item="probabilities").fit(named, [0, 1, 1, 0] * 10)
    with pytest.raises(ValueError, match=r"Expected columns of other names than the output, got 'probabilities'"):
        to_onnx(model, tmp_path / "model.onnx")
    assert not list(tmp_path.iterdir())


def test_without_the_extra(tmp_path, monkeypatch):
    estimator, _ = fitted(skrec.MFRegressor)
    monkeypatch.setitem(sys.modules, "onnxscript", None)
    with pytest.raises(ImportError, match=r"to_onnx needs onnxscript: pip install 'skrec-torch\[onnx\]'"):
        to_onnx(estimator, tmp_path / "model.onnx")


def test_a_net_that_no_file_holds(tmp_path, monkeypatch):
    estimator, _ = fitted(skrec.MFRegressor)
    monkeypatch.setattr("skrec.export._onnx.LARGEST", 100)
    with pytest.raises(ValueError, match=r"Expected weights of less than 2 GB, .*, got 0.0 GB; lower embedding_dim"):
        to_onnx(estimator, tmp_path / "model.onnx")
