"""Checkpoints of skorch: parts of one moment, of one run, of the same columns, or a word about it."""

import io
import json
import re
import shutil
import sys
from types import ModuleType

import numpy as np
import pandas as pd
import pytest
import torch
from skorch.callbacks import Callback, Checkpoint, LoadInitState, TrainEndCheckpoint

from skrec import DeepFMClassifier, DeepFMRegressor, FMClassifier
from tests.contract.cases import every
from tests.samples import fitted, labels, mixed, outputs, small, target, unchanged

PARTS = ("f_criterion", "f_optimizer", "f_module", "f_history")
FILES = ("criterion.pt", "optimizer.pt", "params.pt", "history.json")


class Killed(Checkpoint):
    """Dies before it saves `part` in an epoch, and does not come to `on_train_end`."""

    def __init__(self, part, epoch, **kwargs):
        super().__init__(monitor=None, **kwargs)
        self.part, self.epoch = part, epoch

    def _save_params(self, f, net, f_name, log_name):
        if f_name == self.part and len(net.history) == self.epoch:
            raise SystemExit
        super()._save_params(f, net, f_name, log_name)


def checkpoint(folder):
    return Checkpoint(monitor=None, dirname=str(folder))


def resume(folder, frame, y, cls=DeepFMClassifier, **params):
    return small(cls, callbacks=[LoadInitState(checkpoint(folder))], **params).fit(frame, y)


def saved(folder, *, cls=DeepFMClassifier, epochs=3, frame=None, **params):
    """Let a run save a checkpoint an epoch; return its frame and target."""
    frame = mixed() if frame is None else frame
    y = target(cls(), frame)
    small(cls, max_epochs=epochs, callbacks=[checkpoint(folder)], **params).fit(frame, y)
    return frame, y


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("epoch", [1, 3])
def test_killed_between_two_files_a_run_is_resumed_to_the_bit_or_refused(part, epoch, tmp_path):
    frame, y = mixed(200), labels(mixed(200))
    whole = small(DeepFMClassifier, max_epochs=5).fit(frame, y)
    with pytest.raises(SystemExit):
        small(DeepFMClassifier, max_epochs=5, callbacks=[Killed(part, epoch, dirname=str(tmp_path))]).fit(frame, y)
    before = epoch - 1
    if part == "f_criterion" or epoch == 1:  # all of the epoch before, or nothing that is whole
        resumed = resume(tmp_path, frame, y, max_epochs=5 - before)
        assert list(resumed.history_["epoch"]) == [1, 2, 3, 4, 5]
        np.testing.assert_array_equal(outputs(resumed, frame), outputs(whole, frame))
        return
    estimator, _ = fitted(DeepFMClassifier)
    estimator.set_params(callbacks=[LoadInitState(checkpoint(tmp_path))])
    message = "files of one moment, got criterion after epoch 3, .*after epoch 2.*; a run that was killed between two"
    with unchanged(estimator, frame), pytest.raises(ValueError, match=message):
        estimator.fit(frame, y)


@pytest.mark.parametrize("file", FILES)
def test_one_file_of_another_moment_is_noticed(file, tmp_path):
    """An older one, and one of another run with as many epochs."""
    for other, epochs, seed in (("older", 2, 0), ("another", 3, 1)):
        frame, y = saved(tmp_path, random_state=0)
        saved(tmp_path / other, epochs=epochs, random_state=seed)
        shutil.copy(tmp_path / other / file, tmp_path / file)
        part = {"params.pt": "module"}.get(file, file.split(".")[0])
        message = rf"{part} after epoch 2\b" if other == "older" else rf"{part} after epoch 3 \(in state "
        with pytest.raises(ValueError, match=message):
            resume(tmp_path, frame, y)


def test_parts_saved_within_an_epoch_are_of_different_moments(tmp_path):
    class Save(Callback):
        n_batches = 0

        def on_batch_end(self, net, training=False, **kwargs):
            self.n_batches += 1
            if self.n_batches in (3, 4):
                net.save_params(**{("f_params", "f_optimizer")[self.n_batches - 3]: tmp_path / f"{self.n_batches}"})

    frame = mixed(300)
    model = small(FMClassifier, max_epochs=1, callbacks=[Save()]).fit(frame, labels(frame))
    with pytest.raises(
        ValueError, match=r"module after epoch 1 \(in state 1\), optimizer after epoch 1 \(in state 2\)"
    ):
        model.net_.load_params(f_params=tmp_path / "3", f_optimizer=tmp_path / "4")


OTHERS = {
    "with other values": lambda frame: frame.assign(user=frame["user"] + "!"),
    "as categorical, here numeric": lambda frame: frame.assign(age=frame["age"].round(-1).astype(str)),
    "other columns, 'extra' for one": lambda frame: frame.assign(extra=1.5),
    "the columns in another order": lambda frame: frame[["age", *frame.columns[:-1]]],
}


@pytest.mark.parametrize("words", OTHERS)
def test_a_checkpoint_of_other_columns_is_refused(words, tmp_path):
    frame, y = mixed(), labels(mixed())
    small(DeepFMClassifier, callbacks=[checkpoint(tmp_path)]).fit(OTHERS[words](frame), y)
    with pytest.raises(ValueError, match=f"columns and the target of this fit.*{words}.*fit on the same data"):
        resume(tmp_path, frame, y)


def test_a_checkpoint_of_integers_is_not_one_of_text(tmp_path):
    frame, y = mixed(), labels(mixed())
    codes = pd.Series(pd.factorize(frame["user"], sort=True)[0])
    small(DeepFMClassifier, callbacks=[checkpoint(tmp_path)]).fit(frame.assign(user=codes.astype("category")), y)
    with pytest.raises(ValueError, match="column 'user' with other values"):
        resume(tmp_path, frame.assign(user=codes.astype(str)), y)


def test_a_checkpoint_of_another_target_is_refused(tmp_path):
    frame, y = saved(tmp_path)
    with pytest.raises(ValueError, match="has another target"):
        resume(tmp_path, frame, np.where(y == "no", "nein", "ja"))
    with pytest.raises(ValueError, match="has another target"):
        resume(tmp_path, frame, target(DeepFMRegressor(), frame), cls=DeepFMRegressor)


def test_a_checkpoint_of_another_structure_is_refused(tmp_path):
    frame, y = saved(tmp_path)
    with pytest.raises(ValueError, match=r"same structure, got module with 'embedding.table' of shape \(14, 5\), here"):
        resume(tmp_path, frame, y, embedding_dim=7)


@every
def test_every_model_is_resumed_from_its_last_checkpoint(cls, tmp_path):
    frame, y = saved(tmp_path, cls=cls, epochs=2)
    whole = small(cls, max_epochs=4).fit(frame, y)
    resumed = resume(tmp_path, frame, y, cls, max_epochs=2)
    np.testing.assert_array_equal(outputs(resumed, frame), outputs(whole, frame))


def test_the_checkpoint_at_the_end_and_the_best_one(tmp_path):
    frame, y = mixed(200), labels(mixed(200))
    last = TrainEndCheckpoint(dirname=str(tmp_path / "last"))
    small(DeepFMClassifier, max_epochs=2, callbacks=[last]).fit(frame, y)
    again = TrainEndCheckpoint(dirname=str(tmp_path / "last"))
    resumed = small(DeepFMClassifier, max_epochs=2, callbacks=[again, LoadInitState(again)]).fit(frame, y)
    whole = small(DeepFMClassifier, max_epochs=4).fit(frame, y)
    np.testing.assert_array_equal(outputs(resumed, frame), outputs(whole, frame))
    best = Checkpoint("valid_loss_best", dirname=str(tmp_path / "best"), load_best=True)
    model = small(DeepFMClassifier, max_epochs=9, lr=0.5, early_stopping=False, callbacks=[best])
    model.fit(frame, y, X_val=mixed(60, seed=3), y_val=labels(mixed(60, seed=3)))
    assert model.history_["valid_loss"].idxmin() == len(model.history_) - 1  # cut after the best, as skorch does


def test_by_hand_all_parts_are_taken_over_or_none(tmp_path):
    saved(tmp_path)
    saved(tmp_path / "older", epochs=2)
    model, frame = fitted(DeepFMClassifier, warm_start=True)
    paths = {
        f"f_{name}": tmp_path / file for name, file in zip(("criterion", "optimizer", "params"), FILES, strict=False)
    }
    history = tmp_path / "history.json"
    for wrong in ({"f_history": tmp_path / "older" / "history.json"}, {"f_params": tmp_path / "none"}):
        moments = [state["step"] for state in model.net_.optimizer_.state.values() if "step" in state]
        with unchanged(model, frame), pytest.raises((ValueError, FileNotFoundError)):
            model.net_.load_params(**{**paths, "f_history": history, **wrong})
        assert moments == [state["step"] for state in model.net_.optimizer_.state.values() if "step" in state]
    model.net_.load_params(**paths, f_history=history)
    with pytest.raises(TypeError, match="both f_params and f_module"):
        model.net_.load_params(f_params="a", f_module="b")
    with pytest.raises(TypeError, match="did you mean 'f_param'"):
        model.net_.save_params(param="a")


def test_file_objects_and_torch_itself_read_what_is_saved(tmp_path):
    model, frame = fitted(DeepFMClassifier, warm_start=True)
    expected, files = outputs(model, frame), {"f_params": io.BytesIO(), "f_optimizer": io.BytesIO()}
    model.net_.save_params(**files, f_history=str(tmp_path / "history.json"))
    assert json.loads((tmp_path / "history.json").read_text())[-1]["epoch"] == 3
    for file in files.values():
        file.seek(0)
    other, _ = fitted(DeepFMClassifier, warm_start=True, max_epochs=1)
    other.net_.load_params(**files, f_history=tmp_path / "history.json")
    np.testing.assert_array_equal(outputs(other, frame), expected)
    assert len(other.net_.history) == 3
    for file in files.values():
        file.seek(0)
    model.net_.module_.load_state_dict(torch.load(files["f_params"]))
    model.net_.optimizer_.load_state_dict(torch.load(files["f_optimizer"]))


def test_files_without_a_mark_are_taken_with_a_warning_but_not_beside_others(tmp_path):
    model, frame = fitted(DeepFMClassifier, warm_start=True)
    expected = outputs(model, frame)
    torch.save(model.net_.module_.state_dict(), tmp_path / "plain.pt")
    torch.save(model.net_.optimizer_.state_dict(), tmp_path / "plain_optimizer.pt")
    model.net_.save_params(f_optimizer=tmp_path / "optimizer.pt")
    model.fit(frame, labels(frame))
    with pytest.warns(UserWarning, match="The files of module, optimizer have no mark of skrec"):
        model.net_.load_params(f_params=tmp_path / "plain.pt", f_optimizer=tmp_path / "plain_optimizer.pt")
    np.testing.assert_array_equal(outputs(model, frame), expected)
    with pytest.raises(ValueError, match="one moment, got module without a mark of skrec beside others with one"):
        model.net_.load_params(f_params=tmp_path / "plain.pt", f_optimizer=tmp_path / "optimizer.pt")


@pytest.mark.parametrize("file", FILES)
def test_a_damaged_file_is_named(file, tmp_path):
    frame, y = saved(tmp_path)
    data = (tmp_path / file).read_bytes()
    part = {"params.pt": "module"}.get(file, file.split(".")[0])
    for damaged in (b"", data[: len(data) // 2], b"\xff" + data[1:] if file.endswith("json") else b"[]"):
        (tmp_path / file).write_bytes(damaged)
        with pytest.raises(ValueError, match=f"The file of {part} is damaged"):
            resume(tmp_path, frame, y)


def test_a_file_is_written_whole_or_not_at_all(tmp_path, monkeypatch):
    model, _ = fitted(DeepFMClassifier)
    model.net_.save_params(f_params=tmp_path / "params.pt")
    before = (tmp_path / "params.pt").read_bytes()

    def fails(state, file):
        file.write(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(torch, "save", fails)
    with pytest.raises(OSError, match="No space left on device"):
        model.net_.save_params(f_params=tmp_path / "params.pt")
    assert (tmp_path / "params.pt").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["params.pt"]


def test_safetensors_carry_the_mark_as_a_tensor(monkeypatch):
    """With a stand-in for the package, which is not needed otherwise."""

    def save(state):
        assert all(torch.is_tensor(value) for value in state.values())
        torch.save(dict(state), buffer := io.BytesIO())
        return buffer.getvalue()

    stand_in = ModuleType("safetensors.torch")
    stand_in.save, stand_in.save_file = save, None
    stand_in.load = lambda data: torch.load(io.BytesIO(data))
    package = ModuleType("safetensors")
    package.safe_open, package.torch = None, stand_in
    monkeypatch.setitem(sys.modules, "safetensors", package)
    monkeypatch.setitem(sys.modules, "safetensors.torch", stand_in)
    model, frame = fitted(DeepFMClassifier)
    other = small(DeepFMClassifier).fit(frame.assign(user=frame["user"] + "!"), labels(frame))
    model.net_.save_params(f_params=(file := io.BytesIO()), use_safetensors=True)
    file.seek(0)
    with pytest.raises(ValueError, match="module has column 'user' with other values"):
        other.net_.load_params(f_params=file, use_safetensors=True)
    file.seek(0)
    again, _ = fitted(DeepFMClassifier, random_state=1)
    again.net_.load_params(f_params=file, use_safetensors=True)
    np.testing.assert_array_equal(outputs(again, frame), outputs(model, frame))


def test_marks_are_short_and_the_same_in_every_process():
    model, _ = fitted(DeepFMClassifier)
    marks = model.schema_.marks
    assert list(marks) == ["'user'", "'item'", "'history'", "'age'"]
    assert marks["'history'"][1] == marks["'item'"][1] != marks["'user'"][1]
    assert marks["'user'"] == ["categorical", "8ad58d6262d3c79b"]
    assert all(re.fullmatch("[0-9a-f]{0,16}", values) for _, values in marks.values())
