"""Memory that may not be written, as of a mapped file: everything works without a warning and leaves it alone."""

import joblib
import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.base import clone

from skrec._readonly import unlocked
from skrec.estimators._base import HistoryParameters
from skrec.retrieval import ApproximateIndex, ExactIndex, Recommender
from tests.contract.cases import ESTIMATORS, categorical_columns, every
from tests.discovery import cases
from tests.samples import ITEMS, USERS, fitted, outputs, target


@pytest.fixture(autouse=True)
def _warn_always():
    """Let torch warn of each array that may not be written, not of the first alone; warnings are errors here."""
    torch.set_warn_always(True)
    yield
    torch.set_warn_always(False)


def mapped(value, folder):
    """Return a value as joblib gives it to another process, its arrays those of a file that may not be written."""
    joblib.dump(value, folder / "value")
    return joblib.load(folder / "value", mmap_mode="r")


def locked(values):
    """Return an array, or the columns of a frame, in memory that may not be written."""
    if isinstance(values, pd.DataFrame):
        return pd.DataFrame({name: locked(column) for name, column in values.items()}, copy=False)
    values = values.array.copy() if isinstance(values, pd.Series) else values.copy()
    if isinstance(values, pd.arrays.NumpyExtensionArray):
        values = values.to_numpy()
    for part in (values, getattr(values, "codes", None)):
        if isinstance(part, np.ndarray):
            part.flags.writeable = False
    return values


def parts_of(estimator, frame):
    """Return everything that an estimator says of rows and columns, as arrays."""
    found = [outputs(estimator, frame), outputs(estimator, frame[:3]), estimator.predict(frame)]
    for name in ("predict_proba", "embed_users", "embed_items", "represent_items"):
        if hasattr(estimator, name):
            found.append(getattr(estimator, name)(frame))
    if hasattr(estimator, "attention_weights"):
        found += [np.concatenate(column.tolist()) for _, column in estimator.attention_weights(frame).items()]
    if hasattr(estimator, "score_items"):
        found.append(estimator.score_items(frame, locked(estimator.represent_items(frame))))
    return found + [estimator.embedding(name).to_numpy() for name in categorical_columns(estimator)]


@every
def test_a_mapped_estimator_is_what_it_was(cls, tmp_path):
    estimator, frame = fitted(cls)
    loaded = mapped(estimator, tmp_path)
    before = (tmp_path / "value").read_bytes()
    for one, other in zip(parts_of(loaded, frame), parts_of(estimator, frame), strict=True):
        np.testing.assert_array_equal(one, other)
    y = target(estimator, frame)
    if hasattr(cls, "partial_fit"):
        np.testing.assert_array_equal(
            outputs(loaded.partial_fit(frame, y), frame), outputs(estimator.partial_fit(frame, y), frame)
        )
    loaded.set_params(warm_start=True).fit(frame, y)
    assert (tmp_path / "value").read_bytes() == before


@every
def test_rows_that_may_not_be_written_are_learnt_from(cls):
    estimator, frame = fitted(cls)
    y, weight = locked(target(estimator, frame)), locked(np.ones(len(frame)))
    again = clone(estimator).fit(locked(frame), y, sample_weight=weight, X_val=locked(frame[:50]), y_val=y[:50])
    plain = clone(estimator).fit(frame, np.array(y), sample_weight=np.ones(len(frame)), X_val=frame[:50], y_val=y[:50])
    np.testing.assert_array_equal(outputs(again, locked(frame)), outputs(plain, frame))
    for one, other in zip(parts_of(again, locked(frame)), parts_of(plain, frame), strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("cls", cases(cls for cls in ESTIMATORS if not issubclass(cls, HistoryParameters)))
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_plain_arrays_that_may_not_be_written(cls, dtype, tmp_path):
    n_columns = 2 if "item" in cls().get_params() else 4
    X = np.random.default_rng(0).integers(0, 5, (60, n_columns)).astype(dtype)
    positions = {"user_features": [0, 2], "item_features": [1, 3]}
    given = {name: value for name, value in positions.items() if name in cls().get_params()}
    model = cls(max_epochs=1, random_state=0, **given).fit(X, [0, 1] * 30)
    again = clone(model).fit(mapped(X, tmp_path), [0, 1] * 30)
    np.testing.assert_array_equal(outputs(again, mapped(X, tmp_path)), outputs(model, X))


@every
def test_a_mapped_recommender_recommends(cls, tmp_path):
    estimator, _ = fitted(cls)
    users, items = pd.DataFrame({"user": USERS}), pd.DataFrame({"item": ITEMS})
    sides = estimator._columns_.sides
    for name, value in {"age": 40.0, "history": ["u"]}.items():
        if name in estimator.feature_names_in_:
            context = items if sides and name in sides[1] else users
            context[name] = [value] * len(context)
    recommender = Recommender(estimator, items, user="user", item="item")
    loaded = mapped(recommender, tmp_path)
    pd.testing.assert_frame_equal(loaded.recommend(users, 3), recommender.recommend(users, 3))
    if recommender.index_ is not None:
        pd.testing.assert_frame_equal(loaded.similar_items(ITEMS, 3), recommender.similar_items(ITEMS, 3))


@pytest.mark.parametrize("cls", [ExactIndex, ApproximateIndex])
def test_a_mapped_index_finds_the_same(cls, tmp_path):
    rng = np.random.default_rng(0)
    index = cls().build(range(20_000), rng.normal(size=(20_000, 8)))
    queries = rng.normal(size=(5, 8)).astype(np.float32)
    loaded = mapped(index, tmp_path)
    for allowed in (None, rng.random(20_000) < 0.5):
        found = loaded.search(locked(queries), 9, filter=None if allowed is None else locked(allowed))
        for one, other in zip(found, index.search(queries, 9, filter=allowed), strict=True):
            np.testing.assert_array_equal(one, other)
    loaded.save(tmp_path / "saved")
    assert cls.load(tmp_path / "saved").fingerprint == index.fingerprint
    assert cls().build(loaded.ids, loaded.vectors).fingerprint == index.fingerprint


def test_several_processes_share_an_index():
    index = ExactIndex().build(range(50_000), np.random.default_rng(0).normal(size=(50_000, 16)))
    queries = np.ones((1, 16), np.float32)
    calls = (joblib.delayed(_search)(index, queries) for _ in range(2))
    for rows in joblib.Parallel(2, max_nbytes="1M")(calls):
        np.testing.assert_array_equal(rows, index.search(queries, 5).rows)


def _search(index, queries):
    import warnings

    assert not index.vectors.flags.writeable
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return index.search(queries, 5).rows


@pytest.mark.parametrize("shape", [(4,), (3, 4), (0, 4), (3, 0)])
def test_unlocked_arrays_share_their_memory(shape):
    values = np.arange(np.prod(shape), dtype=np.float32).reshape(shape)
    assert unlocked(values) is values
    part = locked(values)
    for array in (part, part[..., ::2], part.T):
        view = unlocked(array)
        np.testing.assert_array_equal(view, array)
        assert torch.from_numpy(view).shape == array.shape
        assert not array.size or np.shares_memory(view, array)
