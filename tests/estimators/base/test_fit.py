"""What is done before the first epoch, and what is held while epochs run."""

import gc

import numpy as np
import pytest
from skorch.callbacks import Callback

from skrec import DINClassifier, FMClassifier, MFClassifier, TwoTowerClassifier
from skrec.data import RowGroups
from skrec.data._frame_source import FrameSource
from tests.estimators.base.test_datasets import N_ROWS, with_cell, write
from tests.samples import labels, mixed, small


class Held(Callback):
    """Notes which frames' sources are alive in an epoch."""

    def on_epoch_begin(self, net, **kwargs):
        gc.collect()
        self.sources = [held for held in gc.get_objects() if type(held) is FrameSource]


class Never(Callback):
    """Fails if an epoch begins."""

    def on_epoch_begin(self, net, **kwargs):
        raise AssertionError("training has begun")


IMPLICIT = {
    "ids": (MFClassifier, {"n_negatives": 1}),
    "pairs": (MFClassifier, {"loss": "bpr"}),
    "sides": (TwoTowerClassifier, {"loss": "softmax"}),
    "candidates": (DINClassifier, {"n_negatives": 1}),
}


@pytest.mark.parametrize("case", ["labels", *IMPLICIT])
def test_training_holds_codes_and_no_frame(case, monkeypatch):
    monkeypatch.setattr("tests.samples.ITEMS", [f"i{item}" for item in range(60)])  # nobody has all
    cls, params = IMPLICIT.get(case, (FMClassifier, {}))
    frame, valid, held = mixed(60), mixed(20, 1), Held()
    small(cls, callbacks=[held], max_epochs=1, **params).fit(
        frame, np.arange(60) % 2, X_val=valid, y_val=np.arange(20) % 2
    )
    assert held.sources == []


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (with_cell("age", np.nan), "Column 'age': expected finite numbers, got NaN"),
        (with_cell("target", "maybe"), r"Expected labels among \['no', 'yes'\], got \['maybe'\] in y"),
        (with_cell("target", None), "y contains NaN"),
    ],
)
def test_what_is_wrong_with_validation_rows_of_a_dataset_is_said_before_training(change, message, tmp_path):
    frame = mixed(N_ROWS)
    valid = write(tmp_path, change(frame.assign(target=labels(frame))), 20)
    with pytest.raises(ValueError, match=message):
        small(FMClassifier, callbacks=[Never()]).fit(frame, labels(frame), X_val=valid, y_val="target")


@pytest.mark.parametrize("case", ["labels", "ids", "candidates"])
@pytest.mark.parametrize("part", ["train", "valid"])
def test_scores_that_need_all_rows_are_refused_before_rows_are_learnt_from(case, part, tmp_path, monkeypatch):
    cls, params = IMPLICIT.get(case, (FMClassifier, {}))
    frame = mixed(N_ROWS)
    y = (labels(frame) == "yes").astype(int)
    dataset = write(tmp_path, frame, 20, target=y)
    given = {"X_val": frame, "y_val": y} if part == "train" else {"X_val": dataset, "y_val": "target"}
    model = small(cls, scoring="roc_auc", train_scores=part == "train", **params)

    def never(*_):
        raise AssertionError("rows are read")

    monkeypatch.setattr(RowGroups, "parts", never)
    setting, kind = {"train": ("train_scores=True", "training"), "valid": ("scoring='roc_auc'", "validation")}[part]
    with pytest.raises(ValueError, match=f"{setting} needs all {kind} rows at once, got them in a Dataset; "):
        model.fit(dataset, "target", **given)


def test_columns_that_a_model_does_not_see_are_not_read_after_the_first_rows(tmp_path, monkeypatch):
    frame = mixed(N_ROWS)
    dataset, read = write(tmp_path, frame, 20, target=labels(frame)), []
    parts = RowGroups.parts

    def watched(self, order=None):
        read.append(self.columns)
        return parts(self, order)

    monkeypatch.setattr(RowGroups, "parts", watched)
    small(MFClassifier).fit(dataset, "target")
    assert read
    assert all(columns == ["user", "item"] for columns in read)
