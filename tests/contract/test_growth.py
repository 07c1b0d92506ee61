"""A fit that goes on with new_values="grow" gives each new value a vector, and changes nothing else by that."""

import pickle

import numpy as np
import pytest

from skrec import DeepFMClassifier, FMClassifier, MFClassifier, WideDeepClassifier
from skrec.data import Chunk
from skrec.data._frame_source import FrameSource
from skrec.estimators._base._growth import grow
from tests.contract.cases import every
from tests.contract.test_new_values import going_on, with_new
from tests.samples import ITEMS, USERS, fitted, mixed, outputs, small, target


def grown(estimator, rows):
    """The estimator with vectors for the values of rows, and not trained on them."""
    work = estimator._working_copy(keep=True)
    grow(work, FrameSource(Chunk(rows, None, None)), 0)
    return work


@every
@pytest.mark.parametrize("column", ["user", "item", "history"])
def test_old_predictions_stay_to_the_bit(cls, column):
    estimator, frame = fitted(cls)
    if column not in {field.name for field in estimator.schema_.fields}:
        return
    work, before = grown(estimator, with_new(frame, column, 40)), outputs(estimator, frame)
    np.testing.assert_array_equal(outputs(work, frame), before)
    np.testing.assert_array_equal(outputs(estimator, frame), before)
    known, more = estimator.embedding(column), work.embedding(column)
    assert "new" in set(more.index) - set(known.index)
    np.testing.assert_array_equal(more.iloc[: len(known) - 1], known.iloc[:-1])
    np.testing.assert_array_equal(more.iloc[-1], known.iloc[-1])


@every
@pytest.mark.parametrize("how", ["fit", "partial_fit"])
def test_new_values_are_learnt_without_a_word(cls, how):
    estimator, frame = fitted(cls, new_values="grow")
    rows = with_new(frame, "item", 40)
    start = grown(estimator, rows).embedding("item").loc["new"]
    going_on(estimator, how)(rows, target(estimator, frame))
    assert not np.allclose(estimator.embedding("item").loc["new"], start)
    again = pickle.loads(pickle.dumps(estimator))
    np.testing.assert_array_equal(outputs(again, rows), outputs(estimator, rows))
    going_on(again, how)(rows, target(estimator, frame))


def test_moments_of_old_values_are_kept():
    estimator, frame = fitted(FMClassifier, warm_start=True)
    work = grown(estimator, with_new(frame, "user", 40))

    def moments(model):
        table = model.net_.module_.embedding.table
        return model.net_.optimizer_.state[table]["exp_avg"]

    old, new = moments(estimator), moments(work)
    assert new.shape == work.net_.module_.embedding.table.shape
    assert new.sum().item() == pytest.approx(old.sum().item(), rel=1e-5)
    assert (new.any(1).sum() == old.any(1).sum()).item()


def test_combinations_that_are_new_have_weights():
    estimator, frame = fitted(WideDeepClassifier, crossed_columns=[("user", "item")], new_values="grow")
    rows, before = with_new(frame, "item", 40), outputs(estimator, frame)
    work = grown(estimator, rows)
    np.testing.assert_array_equal(outputs(work, frame), before)
    n_known, n_grown = (len(model._columns_.crosses[0].vocabulary) for model in (estimator, work))
    assert n_grown > n_known
    estimator.partial_fit(rows, target(estimator, frame))
    assert estimator.net_.module_.crosses.table.shape[0] == n_grown


def test_a_new_value_starts_at_the_unknown_one():
    estimator, frame = fitted(DeepFMClassifier, unknown_rate=0.3, max_epochs=5)
    unknown = estimator.embedding("item").iloc[-1]
    assert unknown.abs().max() > 0
    new = grown(estimator, with_new(frame, "item", 40)).embedding("item").loc["new"]
    assert np.abs(new - unknown).max() < 0.1
    assert new["bias"] == unknown["bias"]


def test_positives_of_new_items_count():
    frame = mixed(60)
    frame = frame[frame["item"].astype(str) != frame["user"].map(dict(zip(USERS, ITEMS, strict=True)))]
    estimator = small(MFClassifier, n_negatives=1, new_values="grow").fit(frame, np.ones(len(frame)))
    estimator.partial_fit(with_new(frame, "item", 20), np.ones(len(frame)))
    assert "new" in estimator.embedding("item").index


def test_text_where_numbers_are_known_is_refused():
    frame = fitted(FMClassifier)[1][["user", "item"]].assign(item=range(100))
    y = np.arange(100) % 2
    model = FMClassifier(categorical_features=["item"], new_values="grow", max_epochs=1).fit(frame, y)
    with pytest.raises(TypeError, match="'item': expected integers such as 0, as in fit, got text"):
        model.partial_fit(frame.assign(item=frame["item"].astype(str)), y)
