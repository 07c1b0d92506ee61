"""A fit that goes on says what it does not know, and learns nothing of it from positives alone."""

import numpy as np
import pandas as pd
import pyarrow.dataset as ds
import pytest

from skrec import FMClassifier, MFClassifier
from tests.contract.cases import ESTIMATORS, every
from tests.discovery import case
from tests.samples import ITEMS, USERS, fitted, mixed, outputs, small, target


def with_new(frame, column, n_rows):
    """The first rows of a frame with a value of their own in a column."""
    if column == "history":
        cells = [["new"]] * n_rows + [list(cell) for cell in frame["history"][n_rows:]]
        return frame.assign(history=pd.Series(cells, dtype=frame["history"].dtype))
    values = frame[column].astype(object).copy()
    values[:n_rows] = "new"
    return frame.assign(**{column: values})


def going_on(estimator, how):
    """The method that goes on."""
    estimator.set_params(warm_start=how == "fit")
    return getattr(estimator, how)


@every
@pytest.mark.parametrize("how", ["fit", "partial_fit"])
@pytest.mark.parametrize("column", ["user", "item", "history"])
def test_many_new_values_are_said(cls, column, how):
    estimator, frame = fitted(cls)
    if column not in {field.name for field in estimator.schema_.fields}:
        return
    rows, y = with_new(frame, column, 40), target(estimator, frame)
    message = rf"{cls.__name__} goes on with the values of its first fit, got others in '{column}' \(40% of the rows, "
    with pytest.warns(UserWarning, match=message + ".* share the vector of unknown values; .*'grow'") as seen:
        going_on(estimator, how)(rows, y)
    assert len(seen) == 1
    assert seen[0].filename == __file__


@every
@pytest.mark.parametrize("how", ["fit", "partial_fit"])
def test_a_quarter_and_missing_values_are_not_worth_a_word(cls, how):
    estimator, frame = fitted(cls)
    y = target(estimator, frame)
    going_on(estimator, how)(with_new(frame, "item", 25), y)
    going_on(estimator, how)(frame.assign(user=frame["user"].where(np.arange(100) > 50)), y)


def test_a_handful_of_a_small_part_is_not_worth_a_word():
    estimator, frame = fitted(FMClassifier)
    y = target(estimator, frame)
    estimator.partial_fit(with_new(frame[:5], "item", 5), y[:5])
    with pytest.warns(UserWarning, match="got others in 'item' .60% of the rows"):
        estimator.partial_fit(with_new(frame[:10], "item", 6), y[:10])


def test_rows_of_no_weight_do_not_count():
    estimator, frame = fitted(FMClassifier, warm_start=True)
    estimator.fit(with_new(frame, "item", 40), target(estimator, frame), sample_weight=np.arange(100) >= 40)


def test_a_dataset_that_goes_on(tmp_path):
    frame = mixed(100).drop(columns="history").assign(label=np.arange(100) % 2)
    for name, rows in (("old", frame), ("new", with_new(frame, "item", 40))):
        (tmp_path / name).mkdir()
        rows.astype({"item": str}).to_parquet(tmp_path / name / "rows.parquet")
    model = FMClassifier(max_epochs=1, warm_start=True).fit(ds.dataset(tmp_path / "old"), "label")
    with pytest.warns(UserWarning, match="got others in 'item' .40% of the rows"):
        model.fit(ds.dataset(tmp_path / "new"), "label")


def positives_alone():
    """Return every model with every option by which it learns from positives alone."""
    found = []
    for cls in ESTIMATORS:
        names = cls().get_params()
        options = [{"loss": loss} for loss in ("softmax", "bpr", "ccl") if "loss" in names]
        options += (
            [{"n_negatives": 2}] if "n_negatives" in names and not {"loss", "user_features"} <= names.keys() else []
        )
        found += [case(cls, option, id=f"{cls.__name__}-{option}") for option in options]
    return found


every_positive = pytest.mark.parametrize(("cls", "options"), positives_alone())


def fitted_on_positives(cls, options):
    """An estimator fitted on positives, and their frame, in which each user lacks an item."""
    frame = mixed(60)
    lacking = frame["user"].map(dict(zip(USERS, ITEMS, strict=True)))
    frame = frame[frame["item"].astype(str) != lacking].reset_index(drop=True)
    return small(cls, **options).fit(frame, np.ones(len(frame))), frame


@pytest.mark.parametrize("how", ["fit", "partial_fit"])
@every_positive
def test_what_is_unknown_learns_nothing_from_positives_alone(cls, options, how):
    estimator, frame = fitted_on_positives(cls, options)
    unknown, half = estimator.embedding("item").iloc[-1], len(frame) // 2
    new = with_new(frame, "item", half)
    with pytest.warns(UserWarning, match=rf": {half} of {len(frame)} rows were left out, as their user or item is unk"):
        going_on(estimator, how)(new, np.ones(len(frame)))
    np.testing.assert_array_equal(estimator.embedding("item").iloc[-1], unknown)
    other, _ = fitted_on_positives(cls, options)
    going_on(other, how)(frame[half:], np.ones(len(frame) - half))
    np.testing.assert_allclose(outputs(other, frame), outputs(estimator, frame), atol=1e-6)
    # an encoder that does not know the item makes it a missing one
    missing = frame.assign(item=frame["item"].where(np.arange(len(frame)) >= half))
    with pytest.warns(UserWarning, match=rf"first fit, got others: {half} of {len(frame)} rows were left out"):
        going_on(other, how)(missing, np.ones(len(frame)))
    np.testing.assert_array_equal(other.embedding("item").iloc[-1], unknown)


@pytest.mark.parametrize("how", ["fit", "partial_fit"])
@every_positive
def test_of_nothing_but_unknown_items_nothing_is_learnt(cls, options, how):
    estimator, frame = fitted_on_positives(cls, options)
    before, n_epochs = outputs(estimator, frame), estimator.n_iter_
    with pytest.warns(
        UserWarning, match=r"'item' \(100% .*: no row is left whose user and item are known, and nothing"
    ):
        going_on(estimator, how)(with_new(frame, "item", len(frame)), np.ones(len(frame)))
    np.testing.assert_array_equal(outputs(estimator, frame), before)
    assert estimator.n_iter_ == n_epochs


def test_a_new_item_is_not_the_best_of_all():
    rng = np.random.default_rng(0)
    log = pd.DataFrame({"user": rng.integers(1, 21, 600).astype(str), "item": rng.integers(100, 130, 600).astype(str)})
    model = MFClassifier(n_negatives=3, warm_start=True, max_epochs=10, random_state=0)
    model.fit(log[log["item"] < "115"], np.ones(sum(log["item"] < "115")))
    with pytest.warns(UserWarning, match="rows were left out"):
        model.fit(log, np.ones(600))
    known, never = log[log["item"] < "115"], log.assign(item="never seen anywhere")
    assert model.decision_function(never).max() < model.decision_function(known).mean()
