"""Every callback of skorch does on our estimators what it is for."""

import json
import sys
import warnings
from fnmatch import fnmatch
from itertools import pairwise
from unittest.mock import MagicMock

import numpy as np
import pytest
import torch
from sklearn.base import is_regressor
from sklearn.metrics import accuracy_score, log_loss, mean_squared_error, r2_score, roc_auc_score
from skorch import callbacks as skorch_callbacks
from skorch.callbacks import (
    BatchScoring,
    Callback,
    Checkpoint,
    EarlyStopping,
    EpochScoring,
    Freezer,
    GradientNormClipping,
    Initializer,
    InputShapeSetter,
    LoadInitState,
    LRScheduler,
    ParamMapper,
    PassthroughScoring,
    PrintLog,
    ProgressBar,
    TrainEndCheckpoint,
    Unfreezer,
)
from torch.optim import lr_scheduler

from skrec import DeepFMClassifier, FMClassifier, FMRegressor, MFClassifier, MFRegressor, TwoTowerClassifier
from tests.contract.cases import every
from tests.samples import labels, mixed, outputs, small, target, unchanged


def fit(cls, callbacks, n_rows=200, of=target, **params):
    """Return an estimator fitted with callbacks and validation rows, its rows and the validation rows."""
    frame, valid = mixed(n_rows), mixed(100, 1)
    estimator = small(cls, callbacks=callbacks, **{"early_stopping": False, **params})
    estimator.fit(frame, of(estimator, frame), X_val=valid, y_val=of(estimator, valid))
    return estimator, frame, valid


def likes(estimator, frame):
    """Return True and False, which say what is a positive."""
    return labels(frame) == "yes"


class Start(Callback):
    """Keep the parameters that a run begins with."""

    def on_train_begin(self, net, **kwargs):
        self.parameters = {name: p.detach().clone() for name, p in net.module_.named_parameters()}


# All of them


def make(cls, folder, monkeypatch):
    """Return a callback of each class; loggers of services that are not here log to a mock."""
    service = MagicMock()
    for module in ("neptune", "neptune.types", "neptune.handler"):
        monkeypatch.setitem(sys.modules, module, MagicMock(Handler=type("Handler", (), {})))
    service.dir = str(folder)
    checkpoint = Checkpoint(dirname=folder)
    arguments = {
        "BatchScoring": {"scoring": "accuracy"},
        "Checkpoint": {"dirname": folder, "f_pickle": "net.pickle"},
        "EpochScoring": {"scoring": "roc_auc", "lower_is_better": False},
        "Freezer": {"patterns": "*bias"},
        "GradientNormClipping": {"gradient_clip_value": 1.0},
        "Initializer": {"patterns": "*bias", "fn": torch.nn.init.zeros_},
        "LoadInitState": {"checkpoint": checkpoint},
        "MlflowLogger": {"run": service, "client": service, "log_on_batch_end": True},
        "NeptuneLogger": {"run": service, "log_on_batch_end": True},
        "ParamMapper": {"patterns": "*"},
        "PassthroughScoring": {"name": "train_loss", "on_train": True},
        "SacredLogger": {"experiment": service, "log_on_batch_end": True},
        "TensorBoard": {"writer": service},
        "TrainEndCheckpoint": {"dirname": folder},
        "Unfreezer": {"patterns": "*bias"},
        "WandbLogger": {"wandb_run": service},
    }
    return cls(**arguments.get(cls.__name__, {}))


REFUSED = {"InputShapeSetter"}  # there is no input size to set
NO_CALLBACKS = {"WarmRestartLR"}  # a policy for LRScheduler


@pytest.mark.parametrize("model", [FMClassifier, FMRegressor], ids=lambda cls: cls.__name__)
@pytest.mark.parametrize("name", sorted(set(skorch_callbacks.__all__) - REFUSED - NO_CALLBACKS))
def test_every_callback_of_skorch_goes_with_a_fit(name, model, tmp_path, monkeypatch):
    callback = make(getattr(skorch_callbacks, name), tmp_path, monkeypatch)
    if is_regressor(model()) and hasattr(callback, "scoring"):
        callback.scoring = "r2"
    estimator, frame, _ = fit(model, [callback], verbose=int(name == "PrintLog"))
    assert estimator.n_iter_ == 3
    if name not in {"Freezer", "GradientNormClipping", "Initializer", "LRScheduler"}:
        without, *_ = fit(model, [])
        np.testing.assert_array_equal(outputs(estimator, frame), outputs(without, frame))  # it only looks on


def test_a_callback_without_a_meaning_here_is_refused():
    with pytest.raises(ValueError, match=r"InputShapeSetter sets the input size of a module before it is made.*leave"):
        fit(FMClassifier, [InputShapeSetter()])


# Scores

SCORES = {"roc_auc": roc_auc_score, "neg_log_loss": lambda y, p: -log_loss(y, p), "accuracy": accuracy_score}


@pytest.mark.parametrize("use_caching", [True, False])
@pytest.mark.parametrize("cls", [DeepFMClassifier, FMClassifier, MFClassifier, TwoTowerClassifier])
def test_epoch_scoring_of_validation_rows_is_the_score_of_the_estimator(cls, use_caching):
    callbacks = [EpochScoring(name, lower_is_better=False, use_caching=use_caching) for name in SCORES]
    own = EpochScoring(lambda net, X, y: np.mean(net.predict(X) == y), name="mine", use_caching=use_caching)
    estimator, _, valid = fit(cls, [*callbacks, own, EpochScoring(None, use_caching=use_caching)])
    last, y = estimator.history_.iloc[-1], labels(valid)
    probability = estimator.predict_proba(valid)
    assert last["roc_auc"] == pytest.approx(roc_auc_score(y, probability[:, 1]))
    assert last["neg_log_loss"] == pytest.approx(-log_loss(y, probability), rel=1e-5)
    assert last["accuracy"] == last["mine"] == last["score"] == accuracy_score(y, estimator.predict(valid))


@pytest.mark.parametrize("use_caching", [True, False])
@pytest.mark.parametrize("cls", [FMRegressor, MFRegressor])
def test_epoch_scoring_of_numbers_is_in_units_of_the_target(cls, use_caching):
    callbacks = [EpochScoring(name, use_caching=use_caching) for name in ("neg_mean_squared_error", "r2")]
    estimator, _, valid = fit(cls, callbacks)
    last, y, predicted = estimator.history_.iloc[-1], target(estimator, valid), estimator.predict(valid)
    assert last["neg_mean_squared_error"] == pytest.approx(-mean_squared_error(y, predicted), rel=1e-5)
    assert last["neg_mean_squared_error"] == pytest.approx(-last["valid_loss"], rel=1e-5)
    assert last["r2"] == pytest.approx(r2_score(y, predicted), rel=1e-5)


def test_epoch_scoring_of_training_rows_is_of_the_batches_or_of_the_epochs_end():
    cached = EpochScoring("neg_log_loss", on_train=True, name="during")
    again = EpochScoring("neg_log_loss", on_train=True, name="end", use_caching=False)
    estimator, frame, _ = fit(FMClassifier, [cached, again])
    last = estimator.history_.iloc[-1]
    assert last["during"] == pytest.approx(-last["train_loss"], rel=1e-5)
    assert last["end"] == pytest.approx(-log_loss(labels(frame), estimator.predict_proba(frame)), rel=1e-5)
    assert last["end"] != last["during"]


@pytest.mark.parametrize("use_caching", [True, False])
@pytest.mark.parametrize("params", [{"loss": "bpr"}, {"loss": "softmax"}, {"loss": "ccl"}, {"n_negatives": 2}], ids=str)
def test_epoch_scoring_where_rows_are_drawn(params, use_caching):
    of_train = EpochScoring("accuracy", on_train=True, name="train", use_caching=use_caching)
    callbacks = [of_train, EpochScoring("accuracy", name="valid", use_caching=use_caching), BatchScoring("accuracy")]
    estimator, frame, _ = fit(MFClassifier, callbacks, max_epochs=2, of=likes, **params)
    assert estimator.history_[["train", "valid", "accuracy"]].stack().between(0, 1).all()
    without, *_ = fit(MFClassifier, [], max_epochs=2, of=likes, **params)
    np.testing.assert_array_equal(outputs(estimator, frame), outputs(without, frame))


def test_scoring_of_a_dataset(tmp_path):
    import pyarrow as pa
    import pyarrow.dataset as ds
    import pyarrow.parquet as pq

    frame = mixed(300).drop(columns="history").assign(y=labels(mixed(300)))
    pq.write_table(pa.Table.from_pandas(frame), tmp_path / "rows.parquet", row_group_size=50)
    callbacks = [
        EpochScoring("roc_auc", on_train=True, name=str(cached), use_caching=cached) for cached in (True, False)
    ]
    estimator = FMClassifier(callbacks=callbacks, max_epochs=2, random_state=0).fit(ds.dataset(tmp_path), "y")
    last = estimator.history_.iloc[-1]
    assert last["False"] == pytest.approx(roc_auc_score(frame.pop("y"), estimator.predict_proba(frame)[:, 1]))
    assert 0.4 < last["True"] < 1


def test_batch_scoring_is_the_mean_over_batches_by_their_rows():
    callbacks = [BatchScoring("accuracy", on_train=on_train, name=str(on_train)) for on_train in (True, False)]
    estimator, _, valid = fit(FMClassifier, callbacks)
    assert estimator.history_["False"].iloc[-1] == accuracy_score(labels(valid), estimator.predict(valid))
    assert 0.3 < estimator.history_["True"].iloc[-1] < 1


def test_losses_of_batches_are_in_units_of_the_target():
    seen = []

    class Note(Callback):
        def on_batch_end(self, net, batch, training, loss, **kwargs):
            _, y = batch
            seen.append((float(loss), net.history[-1, "batches", -1, "train_loss" if training else "valid_loss"], y))

    estimator, _, valid = fit(MFRegressor, [Note(), PassthroughScoring("train_loss", on_train=True)], max_epochs=1)
    assert all(loss == pytest.approx(recorded) for loss, recorded, _ in seen)
    assert seen[-1][0] == pytest.approx(estimator.history_["valid_loss"].iloc[-1])
    np.testing.assert_allclose(seen[-1][2], target(estimator, valid), rtol=1e-6)


# Gradients


class Norms(Callback):
    """Note the norm of all gradients of each step, tables' duplicates summed, dense or not."""

    def __init__(self):
        self.norms = []

    def on_grad_computed(self, net, named_parameters, **kwargs):
        gradients = [p.grad.to_dense() for p in net.module_.parameters() if p.grad is not None]
        self.norms.append(float(torch.stack([g.norm() for g in gradients]).norm()))


@every
def test_gradients_are_clipped_over_dense_and_sparse_parts(cls):
    class After(Norms):
        """skorch calls callbacks of one class one after the other."""

    before, after = Norms(), After()
    fit(cls, [before, GradientNormClipping(1e-3), after], max_epochs=1)
    assert min(before.norms) > 1e-3
    assert after.norms == pytest.approx([1e-3] * len(after.norms), rel=1e-2)


@pytest.mark.parametrize("optimizer", ["adam", "adagrad", "sgd"])
@pytest.mark.parametrize("norm_type", [2, "inf"])
def test_a_bound_that_is_not_reached_changes_nothing(optimizer, norm_type):
    clipped, frame, _ = fit(DeepFMClassifier, [GradientNormClipping(1e9, norm_type)], optimizer=optimizer)
    without, *_ = fit(DeepFMClassifier, [], optimizer=optimizer)
    np.testing.assert_allclose(outputs(clipped, frame), outputs(without, frame), rtol=1e-5, atol=1e-6)


@every
def test_what_is_frozen_does_not_move(cls):
    start = Start()
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "weight_decay=0.1 does nothing")  # in a model of embeddings alone
        estimator, *_ = fit(cls, [start, Freezer("*embedding*")], weight_decay=0.1)
    now = dict(estimator.net_.module_.named_parameters())
    frozen = {name for name in now if fnmatch(name, "*embedding*")}
    assert any(name.endswith("table") for name in frozen)
    still = {name for name in now if torch.equal(now[name], start.parameters[name])}
    assert frozen <= still < set(now)


def test_freezing_begins_and_ends_when_told():
    tables = []

    class Tables(Callback):
        def on_epoch_end(self, net, **kwargs):
            tables.append(net.module_.embedding.table.detach().clone())

    fit(FMClassifier, [Tables(), Freezer("*table", at=2), Unfreezer("*table", at=4)], max_epochs=4)
    moved = [not torch.equal(*pair) for pair in pairwise(tables)]
    assert moved == [False, False, True]


def test_parameters_are_set_and_mapped():
    ones = []
    callbacks = [
        Initializer("embedding.table", fn=torch.nn.init.ones_),
        ParamMapper("embedding.table", fn=lambda p: ones.append(bool((p == 1).all())), at=1),
    ]
    fit(FMClassifier, callbacks, max_epochs=1)
    assert ones == [True]


# Learning rates

POLICIES = {
    "StepLR": {"step_size": 1},
    "MultiStepLR": {"milestones": [1, 2, 4]},
    "ExponentialLR": {"gamma": 0.5},
    "CosineAnnealingLR": {"T_max": 8},
    "LambdaLR": {"lr_lambda": lambda epoch: 0.5**epoch},
    "MultiplicativeLR": {"lr_lambda": lambda epoch: 0.5},
    "ReduceLROnPlateau": {"patience": 0, "threshold": 9.0, "monitor": "valid_loss"},
    "CosineAnnealingWarmRestarts": {"T_0": 8},
    "PolynomialLR": {"total_iters": 8},
    "ConstantLR": {},
    "LinearLR": {},
    "OneCycleLR": {"max_lr": 0.1, "total_steps": 40, "step_every": "batch", "cycle_momentum": False},
    "CyclicLR": {"base_lr": 0.01, "max_lr": 0.1, "step_size_up": 2, "cycle_momentum": False},
    "WarmRestartLR": {},
}


def policy_of(name):
    cls = getattr(lr_scheduler, name, None) or getattr(skorch_callbacks, name)
    return LRScheduler(cls, **POLICIES[name])


@pytest.mark.parametrize("optimizer", ["adam", "adagrad", "sgd"])
@pytest.mark.parametrize("name", POLICIES)
def test_policies_set_the_rate(name, optimizer):
    estimator, *_ = fit(FMClassifier, [policy_of(name)], optimizer=optimizer, max_epochs=7, lr=0.02)
    rates = estimator.history_["lr"]
    assert len(set(rates)) > 1
    assert not (rates == 0.02).all()


@pytest.mark.parametrize("name", sorted(set(POLICIES) - {"OneCycleLR"}))  # whose cycle is over
def test_policies_go_on_in_a_second_fit(name):
    estimator, frame, valid = fit(FMClassifier, [], warm_start=True)
    estimator.set_params(callbacks=[policy_of(name)])
    estimator.fit(frame, labels(frame), X_val=valid, y_val=labels(valid))
    assert (estimator.history_["lr"][:3] == 0.02).all()
    assert estimator.history_["event_lr"][3:].notna().all() or "step_every" in POLICIES[name]


def test_two_who_set_the_rate_are_refused():
    with pytest.raises(ValueError, match="LRScheduler and lr_schedule='linear' would both set the learning rate; drop"):
        fit(FMClassifier, [LRScheduler("StepLR", step_size=1)], lr_schedule="linear")


# Checkpoints and stopping


@every
def test_checkpoint_keeps_the_best_epoch_by_default(cls, tmp_path):
    checkpoint = Checkpoint(dirname=tmp_path)
    estimator, *_ = fit(cls, [checkpoint], lr=0.3, max_epochs=6)
    best = estimator.history_["valid_loss"].cummin().diff().fillna(-1) < 0
    assert list(estimator.history_["event_cp"]) == best.tolist()
    saved = json.loads((tmp_path / "history.json").read_text())
    assert saved[-1]["valid_loss"] == estimator.history_["valid_loss"].min()


def test_checkpoint_monitors_a_score(tmp_path):
    checkpoint = Checkpoint(monitor="valid_roc_auc_best", dirname=tmp_path)
    estimator, *_ = fit(FMClassifier, [checkpoint], scoring="roc_auc", max_epochs=6)
    best = estimator.history_["valid_roc_auc"].cummax().diff().fillna(1) > 0
    assert list(estimator.history_["event_cp"]) == best.tolist()


def test_a_resumed_run_does_not_write_over_a_better_checkpoint(tmp_path):
    checkpoint = Checkpoint(dirname=tmp_path)
    estimator, frame, valid = fit(FMClassifier, [checkpoint], max_epochs=4, numeric_embedding=None)
    estimator.set_params(callbacks=[LoadInitState(checkpoint), checkpoint])
    estimator.fit(frame, labels(frame)[::-1], X_val=valid, y_val=labels(valid))  # what soon gets worse
    assert estimator.n_iter_ == 8
    best = estimator.history_["valid_loss"].cummin().diff().fillna(-1) < 0
    assert list(estimator.history_["event_cp"]) == best.tolist()
    assert not best.all()


def test_the_last_epoch_is_saved_and_loaded(tmp_path):
    last = TrainEndCheckpoint(dirname=tmp_path)
    _, frame, _ = fit(FMClassifier, [last])
    resumed, *_ = fit(FMClassifier, [LoadInitState(last)], max_epochs=2)
    whole, *_ = fit(FMClassifier, [], max_epochs=5)
    np.testing.assert_array_equal(outputs(resumed, frame), outputs(whole, frame))
    assert resumed.n_iter_ == 5


def test_early_stopping_of_the_users_stops_and_restores():
    stop = EarlyStopping(patience=2, load_best=True, sink=lambda _: None)
    estimator, *_ = fit(DeepFMClassifier, [stop], lr=0.3, max_epochs=60)
    losses = estimator.history_["valid_loss"]
    assert estimator.n_iter_ < 60
    assert estimator.best_epoch_ == losses.idxmin() + 1 == estimator.n_iter_ - 2


@pytest.mark.parametrize(
    ("callback", "message"),
    [
        (Checkpoint(), r"Checkpoint\(monitor='valid_loss_best'\) watches.*or monitor='train_loss_best'"),
        (EarlyStopping(), r"EarlyStopping\(monitor='valid_loss'\) watches.*set early_stopping=True"),
        (LRScheduler("ReduceLROnPlateau", monitor="valid_loss"), r"LRScheduler\(monitor='valid_loss'\) watches"),
    ],
)
def test_what_watches_validation_rows_needs_some(callback, message):
    frame = mixed()
    estimator = small(FMClassifier, callbacks=[callback])
    with unchanged(estimator), pytest.raises(ValueError, match=message):
        estimator.fit(frame, labels(frame))


# Printing


def test_a_table_of_the_users_is_the_only_one_and_has_the_last_epoch(capsys):
    stop = EarlyStopping(patience=1, sink=lambda _: None)
    estimator, *_ = fit(DeepFMClassifier, [stop, PrintLog()], lr=0.5, max_epochs=60, verbose=1)
    rows = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert [row[0] for row in rows[2:]] == [str(epoch) for epoch in range(1, estimator.n_iter_ + 1)]


def test_a_progress_bar_counts_the_batches_of_the_epoch():
    bars = []

    class Bars(ProgressBar):
        def on_epoch_end(self, net, **kwargs):
            bars.append((self.pbar_.n, self.pbar_.total))
            assert "valid_loss=" in self.pbar_.postfix
            super().on_epoch_end(net, **kwargs)

    for params in ({}, {"loss": "bpr"}):
        fit(MFClassifier, [Bars(detect_notebook=False)], n_rows=300, of=likes, **params)
    assert bars[0] == (6, 6)  # five batches of 64 rows, one of validation rows
    assert all(done == total for done, total in bars)
