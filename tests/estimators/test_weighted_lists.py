"""Lists with weights, {value: weight}: a weight of two is the value twice, in everything that pools."""

import pickle

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from sklearn.pipeline import make_pipeline

from skrec import DeepFMClassifier, DINClassifier, FFMClassifier, FMRegressor, TwoTowerClassifier, WideDeepClassifier
from skrec.export import to_onnx, to_torch
from skrec.inspection import EffectDisplay
from skrec.preprocessing import TableEncoder
from skrec.retrieval import Recommender


def made(n_rows=160, seed=0):
    """Return rows with weights, the same with values repeated so often, and targets."""
    random = np.random.default_rng(seed)
    cells = [
        {tag: int(random.integers(4)) for tag in random.permutation(list("abcdef"))[: random.integers(5)]}
        for _ in range(n_rows)
    ]
    frame = pd.DataFrame({"user": pd.Categorical(random.choice(list("xyz"), n_rows)), "tags": cells})
    repeated = [[tag for tag, times in cell.items() for _ in range(times)] for cell in cells]
    y = np.array([cell.get("a", 0) > cell.get("b", 0) for cell in cells]).astype(int)
    return frame, frame.assign(tags=repeated), y


@pytest.mark.parametrize("pooling", ["mean", "sum", "root"])
@pytest.mark.parametrize("cls", [DeepFMClassifier, FFMClassifier, FMRegressor, WideDeepClassifier])
def test_a_weight_of_two_is_the_value_twice(cls, pooling):
    weighted, repeated, y = made()
    model = cls(pooling=pooling, embedding_l2=0.1, max_epochs=3, random_state=0)
    one, two = (model.fit(X, y).predict(X) for X in (weighted, repeated))
    np.testing.assert_allclose(one, two, atol=1e-5)
    one, two = (model.fit(X, y).embedding("tags") for X in (weighted, repeated))
    np.testing.assert_allclose(one, two, atol=1e-5)


def test_the_larger_weight_decides():
    frame, _, y = made(400)
    kept = [{tag: 1 + 3 * (tag == key) for tag in "ab"} for key in np.where(y, "a", "b")]
    model = DeepFMClassifier(lr=0.02, random_state=0).fit(frame.assign(tags=kept)[["tags"]], y)
    asked = pd.DataFrame({"tags": [{"a": 8.0, "b": 2.0}, {"a": 2.0, "b": 8.0}]})  # of means the scale says nothing
    assert model.predict_proba(asked)[:, 1].round().tolist() == [1, 0]
    assert model.score(frame.assign(tags=kept)[["tags"]], y) > 0.99


def test_maps_pipelines_and_pickles_give_the_same():
    frame, _, y = made()
    maps = pd.Series(
        [list(cell.items()) for cell in frame["tags"]], dtype=pd.ArrowDtype(pa.map_(pa.string(), pa.int64()))
    )
    pipe = make_pipeline(
        TableEncoder(categorical=["user"], sequence=["tags"]), DeepFMClassifier(max_epochs=2, random_state=0)
    ).fit(frame, y)
    expected = pipe.predict_proba(frame)
    assert str(pipe[0].transform(frame)["tags"].dtype) == "map<string, double>[pyarrow]"
    np.testing.assert_array_equal(pipe.predict_proba(frame.assign(tags=maps)), expected)
    np.testing.assert_array_equal(pipe.predict_proba(pa.Table.from_pandas(frame.assign(tags=maps))), expected)
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(pipe)).predict_proba(frame), expected)
    np.testing.assert_allclose(
        DeepFMClassifier(max_epochs=2, random_state=0).fit(frame, y).predict_proba(frame), expected
    )


def test_items_with_weights_have_vectors():
    frame, _, y = made()
    frame = frame.assign(item_id=pd.Categorical(["u", "v"] * 80))
    model = TwoTowerClassifier(user_features=["user"], item_features=["item_id", "tags"], max_epochs=1, random_state=0)
    items = pd.DataFrame({"item_id": ["u", "v"], "tags": [{"a": 1.0}, {"b": 2.0}]})
    lists = Recommender(model.fit(frame, y), items, user="user").recommend(["x"], 2)
    assert sorted(lists["item_id"]) == ["u", "v"]


def test_what_has_no_weights_says_so(tmp_path):
    frame, repeated, y = made()
    model = DeepFMClassifier(max_epochs=1, random_state=0).fit(frame, y)
    with pytest.raises(ValueError, match=r"pooling='max' of DeepFMClassifier .* got column 'tags' with weights"):
        DeepFMClassifier(pooling="max").fit(frame, y)
    history = DINClassifier(sequence_features={"tags": "tag"})
    with pytest.raises(TypeError, match="Column 'tags': expected a history, whose steps come in order, got weights"):
        history.fit(frame.assign(tag=pd.Categorical(["a", "b"] * 80)), y)
    for write in (to_onnx, to_torch):
        with pytest.raises(ValueError, match=r"lists without weights, got column 'tags' with .* which no file has"):
            write(model, tmp_path / "file")
    with pytest.raises(TypeError, match=r"Column 'tags': .* got lists with weights"):
        EffectDisplay.from_estimator(model, frame, "tags")
    before = model.predict_proba(frame)
    with pytest.raises(ValueError, match="Column 'tags': expected weights from 0 to"):
        model.fit(frame.assign(tags=[{"a": -1}] * len(y)), y)
    np.testing.assert_array_equal(model.predict_proba(frame), before)
    with pytest.raises(TypeError, match="Column 'tags': expected lists without weights, as in fit"):
        model.fit(repeated, y).predict(frame)
