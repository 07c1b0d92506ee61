"""Every estimator as an ONNX file: as it answers, from raw columns, for any number of rows."""

import json

import numpy as np
import onnx
import onnxruntime
import pandas as pd
import pytest
from sklearn.base import is_classifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MaxAbsScaler, MinMaxScaler, RobustScaler, StandardScaler

import skrec
from skrec.export import onnx_inputs, to_onnx, to_torch
from skrec.preprocessing import CategoryEncoder, TableEncoder
from tests.discovery import case, cases, predictors
from tests.export.test_torch import OPTIONS, later
from tests.samples import fitted, small
from tests.several import fitted_on_two

ROWS = slice(1), slice(1, 3), slice(30)


def session_of(model, path, **options):
    to_onnx(model, path, **options)
    return onnxruntime.InferenceSession(path)


def assert_answers(model, session, frame):
    answer = model.predict_proba if is_classifier(model) else model.predict
    for rows in ROWS:
        [found] = session.run(None, onnx_inputs(frame[rows], session))
        np.testing.assert_allclose(found, answer(frame[rows]), atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("cls", cases(predictors()))
def test_a_file_answers_as_the_estimator(cls, tmp_path):
    estimator, _ = fitted(cls)
    assert_answers(estimator, session_of(estimator, tmp_path / "model.onnx"), later())


@pytest.mark.parametrize(("cls", "params"), [case(*of, id=f"{of[0].__name__}-{i}") for i, of in enumerate(OPTIONS)])
def test_options(cls, params, tmp_path):
    estimator, _ = fitted(cls, **params)
    assert_answers(estimator, session_of(estimator, tmp_path / "model.onnx"), later())


def raw(n_rows=200, seed=0):
    """Return raw rows: ids beyond what floats hold, missing text and numbers, lists of numbers."""
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "user": 2**60 + rng.integers(0, 20, n_rows),
            "item": rng.choice(list("uvwxyz"), n_rows),
            "kind": rng.choice(np.array(["a", "", None], object), n_rows),
            "new": rng.random(n_rows) < 0.5,
            "grade": rng.choice([1.5, 2.0, np.nan], n_rows),
            "age": np.where(rng.random(n_rows) < 0.2, np.nan, rng.normal(40, 10, n_rows)),
            "seconds": 1.7e9 + rng.integers(0, 1000, n_rows),
            "tags": [rng.integers(0, 9, rng.integers(0, 4)).tolist() for _ in range(n_rows)],
        }
    )


def unseen():
    """Return rows with values that are new, missing, empty."""
    frame = raw(60, seed=1)
    frame.loc[0, ["user", "item", "kind"]] = 5, "new", None
    frame.loc[1, ["age", "grade", "item"]] = np.nan, 7.5, None
    frame["tags"] = frame["tags"].where(frame.index != 2, None)
    frame["tags"] = frame["tags"].where(~frame.index.isin([1, 3]), frame["tags"].map(lambda _: []))
    return frame


def encoder(**params):
    categorical = ["user", "item", "kind", "new", "grade"]
    return TableEncoder(categorical=categorical, numeric=["age", "seconds"], sequence=["tags"], **params)


SCALERS = [
    None,
    StandardScaler(),
    StandardScaler(with_mean=False),
    RobustScaler(),
    MaxAbsScaler(),
    MinMaxScaler((-1, 2)),
]


@pytest.mark.parametrize("scaler", SCALERS, ids=repr)
def test_a_pipeline(scaler, tmp_path):
    frame = raw()
    table = encoder(numeric_transformer=scaler, categorical_encoder=CategoryEncoder(min_frequency=9))
    pipeline = make_pipeline(table, small(skrec.LRClassifier, sequence_features=None))
    pipeline.fit(frame, frame["user"] % 2 == (frame["item"] > "w"))
    assert_answers(pipeline, session_of(pipeline, tmp_path / "pipeline.onnx"), unseen())


@pytest.mark.parametrize("cls", [skrec.FMRegressor, skrec.DeepFMClassifier])
def test_numbers_and_three_classes(cls, tmp_path):
    frame = raw()
    y = np.arange(200) % 3
    pipeline = make_pipeline(encoder(), small(cls, sequence_features=None)).fit(frame, y)
    session = session_of(pipeline, tmp_path / "pipeline.onnx")
    assert_answers(pipeline, session, unseen())
    if is_classifier(pipeline):
        assert json.loads(session.get_modelmeta().custom_metadata_map["skrec"])["classes"] == [0, 1, 2]


def test_categories_alone(tmp_path):
    frame = raw()[["user", "item"]]
    pipeline = make_pipeline(CategoryEncoder(min_frequency=9), small(skrec.MFRegressor, y_range=(-1, 5)))
    pipeline.fit(frame, np.arange(200) % 4)
    assert_answers(pipeline, session_of(pipeline, tmp_path / "pipeline.onnx"), unseen())


def test_an_array(tmp_path):
    X = np.random.default_rng(0).normal(size=(50, 3))
    estimator = small(skrec.DNNRegressor, sequence_features=None).fit(X, X.sum(1))
    session = session_of(estimator, tmp_path / "model.onnx")
    assert [one.name for one in session.get_inputs()] == ["x0", "x1", "x2"]
    assert_answers(estimator, session, X)


@pytest.mark.parametrize("cls", [skrec.TwoTowerClassifier, skrec.MFClassifier])
def test_two_files_of_two_towers(cls, tmp_path):
    estimator, _ = fitted(cls)
    frame = later()[:30]
    for part, names in zip(("users", "items"), estimator._columns_.sides, strict=True):
        session = session_of(estimator, tmp_path / f"{part}.onnx", part=part)
        assert {one.name.partition(".")[0] for one in session.get_inputs()} == set(names)
        [found] = session.run(None, onnx_inputs(frame[names], session))
        np.testing.assert_allclose(found, getattr(estimator, f"embed_{part}")(frame), atol=1e-5)


def test_two_files_of_a_pipeline(tmp_path):
    frame = raw()
    towers = small(skrec.TwoTowerClassifier, sequence_features=None, item_features=["item", "kind", "new", "tags"])
    pipeline = make_pipeline(encoder(), towers).fit(frame, frame["user"] % 2 == (frame["item"] > "w"))
    typed = pipeline[:-1].transform(unseen())
    session = session_of(pipeline, tmp_path / "items.onnx", part="items")
    [found] = session.run(None, onnx_inputs(unseen()[["item", "kind", "new", "tags"]], session))
    np.testing.assert_allclose(found, pipeline[-1].embed_items(typed), atol=1e-5)


def test_what_the_file_is_given(tmp_path):
    frame = raw()
    pipeline = make_pipeline(encoder(), small(skrec.FMClassifier, sequence_features=None)).fit(frame, frame["new"])
    session = session_of(pipeline, tmp_path / "pipeline.onnx")
    types = {one.name: one.type for one in session.get_inputs()}
    assert types == {
        **dict.fromkeys(("user", "new", "tags.values", "tags.lengths"), "tensor(int64)"),
        **dict.fromkeys(("item", "kind"), "tensor(string)"),
        **dict.fromkeys(("grade", "age", "seconds"), "tensor(double)"),
    }
    inputs = onnx_inputs(unseen(), session)
    assert inputs["kind"][0] not in ("a", "")  # missing, and the empty text is known
    with pytest.raises(ValueError, match=r"Expected the columns of the file, got a frame without 'age'"):
        onnx_inputs(frame.drop(columns="age"), session)
    with pytest.raises(TypeError, match=r"Column 'user': expected whole numbers, as in fit, got '7'"):
        onnx_inputs(frame.assign(user="7"), session)
    model = onnx.load(tmp_path / "pipeline.onnx")
    assert sum(node.op_type == "LabelEncoder" for node in model.graph.node) == 6
    assert model.graph.output[0].type.tensor_type.shape.dim[0].dim_param == "rows"


@pytest.mark.parametrize("write", [to_torch, to_onnx])
def test_a_folder_that_is_not_there(write, tmp_path):
    estimator, _ = fitted(skrec.MFRegressor)
    with pytest.raises(FileNotFoundError, match="nowhere"):
        write(estimator, tmp_path / "nowhere" / "net")


@pytest.mark.parametrize("names", [True, False])
def test_several_targets_are_several_outputs(names, tmp_path):
    model, frame, y = fitted_on_two(skrec.MMoEClassifier, missing=True)
    if not names:
        model.fit(frame, y.to_numpy())
    session, rows = session_of(model, tmp_path / "model.onnx"), later()
    expected = [f"probabilities_{name}" for name in (y if names else range(2))]
    assert [output.name for output in session.get_outputs()] == expected
    for found, own in zip(session.run(None, onnx_inputs(rows, session)), model.predict_proba(rows), strict=True):
        np.testing.assert_allclose(found, own, atol=1e-5, rtol=1e-5)
