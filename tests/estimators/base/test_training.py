"""The training loop as a user meets it: stopping, restoring, resuming, watching."""

import warnings

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.metrics import log_loss, make_scorer, mean_squared_error, roc_auc_score
from skorch.callbacks import Callback

from skrec import (
    DeepFMClassifier,
    DeepFMRegressor,
    FMClassifier,
    FMRegressor,
    LRClassifier,
    MFClassifier,
    MFRegressor,
    NeuMFClassifier,
)
from skrec.estimators._base import _training
from skrec.preprocessing import HashEncoder
from tests.samples import fitted, labels, mixed, outputs, small, target, unchanged

OVERFITS = {"lr": 0.1, "max_epochs": 60, "n_iter_no_change": 4, "tol": 0, "embedding_dim": 16, "embedding_l2": 0}


def noise(n_rows, seed):
    """Labels that are half noise, so that a model overfits within a few epochs."""
    frame = mixed(n_rows, seed)
    flip = np.random.default_rng(seed).random(n_rows) < 0.3
    return frame, np.where(flip, "no", labels(frame))


def overfitted(cls=DeepFMClassifier, **params):
    (train, y), (valid, y_valid) = noise(200, 0), noise(100, 1)
    estimator = small(cls, **{**OVERFITS, **params})
    return estimator.fit(train, y, X_val=valid, y_val=y_valid), valid, y_valid


# Early stopping


def test_stops_and_restores_the_best_epoch():
    estimator, valid, y_valid = overfitted()
    history = estimator.history_
    assert estimator.n_iter_ == len(history) == estimator.best_epoch_ + 4 < 60
    assert history["valid_loss"].idxmin() == estimator.best_epoch_ - 1
    recomputed = log_loss(y_valid, estimator.predict_proba(valid))
    assert recomputed == pytest.approx(history["valid_loss"].min(), rel=1e-5)
    assert recomputed < history["valid_loss"].iloc[-1] - 0.01


def test_restores_the_best_epoch_where_the_epochs_run_out_first():
    estimator, valid, y_valid = overfitted(max_epochs=12, n_iter_no_change=50)
    history = estimator.history_
    assert estimator.n_iter_ == 12
    assert estimator.best_epoch_ == history["valid_loss"].idxmin() + 1 < 12
    assert log_loss(y_valid, estimator.predict_proba(valid)) == pytest.approx(history["valid_loss"].min(), rel=1e-5)


def test_restores_the_best_epoch_of_a_regressor():
    train, valid = mixed(200, 0), mixed(100, 1)
    rng = np.random.default_rng(0)
    y, y_valid = (target(DeepFMRegressor(), frame) + rng.normal(size=len(frame)) for frame in (train, valid))
    estimator = small(DeepFMRegressor, **OVERFITS).fit(train, y, X_val=valid, y_val=y_valid)
    assert estimator.best_epoch_ < estimator.n_iter_
    recomputed = mean_squared_error(y_valid, estimator.predict(valid))
    assert recomputed == pytest.approx(estimator.history_["valid_loss"].min(), rel=1e-4)


def test_the_validation_loss_is_weighted():
    (train, y), (valid, y_valid) = noise(200, 0), noise(100, 1)
    weight = np.where(np.arange(100) < 30, 3.0, 0.0)
    estimator = small(DeepFMClassifier, **OVERFITS)
    estimator.fit(train, y, X_val=valid, y_val=y_valid, sample_weight_val=weight)
    recomputed = log_loss(y_valid, estimator.predict_proba(valid), sample_weight=weight)
    assert recomputed == pytest.approx(estimator.history_["valid_loss"].min(), rel=1e-5)


def test_tol_is_an_improvement_that_counts():
    patient, *_ = overfitted(tol=0, lr=0.003)
    hasty, *_ = overfitted(tol=10, lr=0.003)
    assert hasty.n_iter_ == 5 < patient.n_iter_
    assert hasty.best_epoch_ == 1


def test_x_val_turns_early_stopping_on_for_few_rows():
    estimator, *_ = overfitted()
    assert estimator.early_stopping == "auto"
    assert "valid_loss" in estimator.history_
    train, y = noise(200, 0)
    without = small(DeepFMClassifier, **{**OVERFITS, "max_epochs": 10}).fit(train, y)
    assert "valid_loss" not in without.history_
    assert without.n_iter_ == without.best_epoch_ == 10


def test_x_val_turns_it_on_in_id_models_too():
    estimator, *_ = overfitted(MFClassifier)
    assert estimator.n_iter_ < 60


def test_early_stopping_off_only_records():
    estimator, valid, y_valid = overfitted(early_stopping=False, max_epochs=15, numeric_embedding=None)
    assert estimator.n_iter_ == estimator.best_epoch_ == 15
    last = estimator.history_["valid_loss"].iloc[-1]
    assert log_loss(y_valid, estimator.predict_proba(valid)) == pytest.approx(last, rel=1e-5)
    assert last > estimator.history_["valid_loss"].min() + 0.01


def test_recording_moves_nothing():
    train, y = noise(200, 0)
    valid, y_valid = noise(100, 1)
    params = {"early_stopping": False, "dropout": 0.2}
    with_rows = small(DeepFMClassifier, **params).fit(train, y, X_val=valid, y_val=y_valid)
    without = small(DeepFMClassifier, **params).fit(train, y)
    np.testing.assert_array_equal(outputs(with_rows, train), outputs(without, train))


@pytest.mark.parametrize(("n_rows", "on"), [(1000, False), (1001, True)])
def test_auto_is_on_above_a_thousand_rows(n_rows, on):
    X = np.random.default_rng(0).normal(size=(n_rows, 1))
    history = LRClassifier(max_epochs=1).fit(X, X[:, 0] > 0).history_
    assert ("valid_loss" in history) == on


@pytest.mark.parametrize(("cls", "on"), [(MFClassifier, False), (NeuMFClassifier, True)])
def test_auto_holds_out_nothing_where_a_row_is_all_that_a_user_has_but_from_an_mlp(cls, on):
    frame = mixed(1001)
    assert ("valid_loss" in small(cls, max_epochs=1).fit(frame, labels(frame)).history_) == on


@pytest.mark.parametrize(("n_rows", "on"), [(10_000, False), (10_001, True)])
def test_auto_is_on_above_ten_thousand_rows_where_negatives_are_drawn(n_rows, on):
    row = np.arange(n_rows)
    frame = pd.DataFrame({"user": row % 50, "item": row % 5 + row // 50 % 3})  # of seven items a user has three
    model = small(NeuMFClassifier, max_epochs=1, n_negatives=1).fit(frame, np.ones(n_rows))
    assert ("valid_loss" in model.history_) == on


def test_holds_out_the_fraction_stratified_and_by_seed():
    seen = {}

    class Watch(Callback):
        def on_batch_begin(self, net, batch=None, training=False, **kwargs):
            seen.setdefault(training, []).append(batch.target[0].numpy())

    frame = mixed(100)
    y = np.r_[np.ones(20, int), np.zeros(80, int)]
    params = {"early_stopping": True, "validation_fraction": 0.25, "callbacks": [Watch()], "max_epochs": 1}
    estimator = small(FMClassifier, **params).fit(frame, y)
    train, valid = np.concatenate(seen[True]), np.concatenate(seen[False])
    assert (len(train), len(valid)) == (75, 25)
    assert (train.sum(), valid.sum()) == (15, 5)
    other = small(FMClassifier, **{**params, "random_state": 1, "callbacks": None}).fit(frame, y)
    assert estimator.history_["valid_loss"].iloc[0] != other.history_["valid_loss"].iloc[0]


def test_the_vocabulary_comes_from_the_training_part_alone():
    frame = mixed(100).assign(user=[f"u{i}" for i in range(100)])
    estimator = small(FMClassifier, early_stopping=True).fit(frame, labels(mixed(100)))
    assert len(estimator.embedding("user")) == 91


# What is watched


def test_watches_a_scorer_by_name():
    estimator, valid, y_valid = overfitted(scoring="roc_auc")
    history = estimator.history_
    assert estimator.best_epoch_ == history["valid_roc_auc"].idxmax() + 1
    assert estimator.n_iter_ == estimator.best_epoch_ + 4
    score = roc_auc_score(y_valid, estimator.predict_proba(valid)[:, 1])
    assert score == pytest.approx(history["valid_roc_auc"].max())
    assert estimator.best_epoch_ != history["valid_loss"].idxmin() + 1  # or the test would show nothing


def test_watches_a_scorer_that_is_called():
    calls = []

    def scorer(estimator, X, y):
        calls.append((len(X), list(estimator.classes_), sorted(set(y))))
        return -len(calls)  # the first epoch is the best

    estimator, valid, _ = overfitted(scoring=scorer)
    assert estimator.best_epoch_ == 1
    assert estimator.n_iter_ == len(calls) == 5
    assert calls[0] == (len(valid), ["no", "yes"], ["no", "yes"])
    assert list(estimator.history_["valid_score"]) == [-1, -2, -3, -4, -5]


def test_watches_a_scorer_made_from_a_metric():
    scorer = make_scorer(mean_squared_error, greater_is_better=False)
    frame = mixed()
    y = target(MFRegressor(), frame)
    estimator = small(MFRegressor, scoring=scorer, early_stopping=True).fit(frame, y, X_val=frame, y_val=y)
    assert -estimator.history_["valid_score"].max() == pytest.approx(mean_squared_error(y, estimator.predict(frame)))


@pytest.mark.filterwarnings("ignore:Only one class")
def test_a_score_of_nan_is_refused():
    frame = mixed()
    message = r"scoring='roc_auc' gave nan on the 5 validation rows"
    with pytest.raises(ValueError, match=message):
        small(FMClassifier, scoring="roc_auc").fit(frame, labels(frame), X_val=frame[:5], y_val=["no"] * 5)


def test_a_share_that_cannot_be_held_out_says_what_to_change():
    frame = mixed()
    for cls in (FMClassifier, FMRegressor):
        fits = [
            small(cls, early_stopping=True, validation_fraction=share).fit(frame, target(cls(), frame))
            for share in (np.float64(np.float32(0.1)), np.float32(0.1))
        ]
        assert fits[0].history_["valid_loss"].equals(fits[1].history_["valid_loss"])
    message = r"cannot hold out validation_fraction=0.001 of 100 rows.*pass X_val, or set early_stopping=False"
    with pytest.raises(ValueError, match=message):
        small(FMClassifier, early_stopping=True, validation_fraction=0.001).fit(frame, labels(frame))


@pytest.mark.parametrize("only", [{"X_val": mixed()}, {"y_val": [1]}, {"sample_weight_val": [1]}])
def test_half_of_the_validation_rows_is_refused(only):
    frame = mixed()
    with pytest.raises(ValueError, match="Expected X_val and y_val together"):
        small(FMClassifier).fit(frame, labels(frame), **only)


# The learning rate


@pytest.mark.parametrize("schedule", ["onecycle", "cosine", "linear"])
def test_schedules_end_near_zero(schedule):
    estimator, frame = fitted(FMClassifier, lr_schedule=schedule, max_epochs=20, lr=0.1, n_rows=200)
    rates = estimator.history_["lr"]
    assert rates.max() <= 0.1
    assert rates.iloc[-1] < 0.1 * rates.max()
    assert rates.idxmax() == {"onecycle": 4, "cosine": 0, "linear": 0}[schedule]
    constant, _ = fitted(FMClassifier, max_epochs=20, lr=0.1, n_rows=200)
    assert not np.allclose(outputs(constant, frame), outputs(estimator, frame), atol=1e-2)


# Going on


def test_warm_start_goes_on_as_if_never_interrupted():
    whole, frame = fitted(DeepFMClassifier, max_epochs=6, dropout=0.3)
    half, _ = fitted(DeepFMClassifier, max_epochs=3, dropout=0.3, warm_start=True)
    first = outputs(half, frame)
    half.fit(frame, labels(frame))
    assert not np.allclose(outputs(half, frame), first, atol=1e-3)
    np.testing.assert_array_equal(outputs(half, frame), outputs(whole, frame))
    assert list(half.history_["epoch"]) == [1, 2, 3, 4, 5, 6]
    assert half.n_iter_ == half.best_epoch_ == 6


def test_warm_start_keeps_the_vocabulary():
    estimator, frame = fitted(FMClassifier, warm_start=True)
    index = estimator.embedding("user").index
    with pytest.warns(UserWarning, match=r"got others in 'user' \(100% of the rows"):
        estimator.fit(frame.assign(user="new"), labels(frame))
    assert list(estimator.embedding("user").index[:-1]) == list(index[:-1])
    assert estimator.embedding("user").iloc[-1].abs().max() > 0


def test_warm_start_obeys_the_parameters_it_has_now():
    estimator, frame = fitted(FMClassifier, warm_start=True, lr_schedule="linear")
    y = labels(frame)
    estimator.set_params(lr=0.5, lr_schedule=None, weight_decay=0.1, embedding_l2=0.2, max_epochs=1).fit(frame, y)
    assert estimator.history_["lr"].iloc[-1] == 0.5
    assert estimator.net_.embedding_l2 == 0.2
    assert estimator.net_.optimizer_.param_groups[0]["weight_decay"] == 0.1
    with unchanged(estimator, frame), pytest.raises(ValueError, match="optimizer='sgd' cannot go on"):
        estimator.set_params(optimizer="sgd").fit(frame, y)


def test_partial_fit_in_parts_is_fit_in_batches():
    """One epoch each: with one batch a call and the same rows, it is `fit` with as many epochs."""
    frame = mixed(60)
    y = labels(frame)
    whole = small(FMClassifier, max_epochs=4).fit(frame, y)
    parts = small(FMClassifier)
    for _ in range(4):
        parts.partial_fit(frame, y, classes=["no", "yes"])
    np.testing.assert_allclose(outputs(parts, frame), outputs(whole, frame), rtol=1e-5)
    assert parts.n_iter_ == 4


def test_partial_fit_fixes_the_vocabulary_in_its_first_call():
    frame = mixed(60)
    y = labels(frame)
    few = frame[frame["user"] != "a"]
    estimator = small(FMClassifier).partial_fit(few, y[(frame["user"] != "a").to_numpy()], classes=["no", "yes"])
    estimator.partial_fit(frame, y)
    assert "a" not in estimator.embedding("user").index
    a, unknown = (outputs(estimator, frame[:3].assign(user=user)) for user in ("a", None))
    np.testing.assert_array_equal(a, unknown)
    assert estimator.embedding("user").iloc[-1].abs().max() > 0


def test_partial_fit_knows_declared_categories_before_they_come():
    frame = mixed(60)
    y = labels(frame)
    frame["user"] = pd.Categorical(frame["user"], categories=[*"abcdef", "later"])
    estimator = small(FMClassifier).partial_fit(frame, y, classes=["no", "yes"])
    before = estimator.embedding("user").loc["later"].copy()
    estimator.partial_fit(frame.assign(user=pd.Categorical(["later"] * 60)), y)
    after = estimator.embedding("user")
    assert not np.allclose(after.loc["later"], before)
    assert (after.iloc[-1] == 0).all()


def test_partial_fit_with_hashed_ids_learns_those_that_keep_coming():
    rng = np.random.default_rng(0)
    estimator = FMClassifier(embedding_dim=4, lr=0.05, random_state=0)
    encoder = HashEncoder(n_buckets=512) if "n_buckets" in HashEncoder().get_params() else HashEncoder()
    for start in (0, 20):  # users 20 to 39 come in the second half only
        for _ in range(60):
            ids = pd.DataFrame({"user": [f"user {i}" for i in rng.integers(start, start + 20, 64)]})
            y = ids["user"].str[-1].astype(int) % 2
            estimator.partial_fit(encoder.fit_transform(ids), y, classes=[0, 1])
    ids = pd.DataFrame({"user": [f"user {i}" for i in range(20, 40)]})
    assert estimator.score(encoder.transform(ids), ids["user"].str[-1].astype(int) % 2) > 0.9


def test_partial_fit_after_fit_goes_on():
    estimator, frame = fitted(FMClassifier)
    estimator.partial_fit(frame, labels(frame))
    assert estimator.n_iter_ == 4
    estimator.fit(frame, labels(frame))
    assert estimator.n_iter_ == 3


def test_partial_fit_refuses_what_it_cannot_do():
    frame = mixed()
    y = labels(frame)
    estimator = small(FMClassifier)
    with unchanged(estimator):
        with pytest.raises(ValueError, match="classes must be passed on the first call"):
            estimator.partial_fit(frame, y)
        with pytest.raises(ValueError, match="early_stopping=True; use fit"):
            small(FMClassifier, early_stopping=True).partial_fit(frame, y, classes=["no", "yes"])
        with pytest.raises(ValueError, match="class_weight='balanced' needs all rows at once"):
            small(FMClassifier, class_weight="balanced").partial_fit(frame, y, classes=["no", "yes"])
        with pytest.raises(ValueError, match=r"Expected labels among \['no', 'nope'\], got \['yes'\] in y"):
            estimator.partial_fit(frame, y, classes=["no", "nope"])
    estimator.partial_fit(frame, y, classes=["no", "yes"])
    with unchanged(estimator, frame), pytest.raises(ValueError, match="not the same as on last call to partial_fit"):
        estimator.partial_fit(frame, y, classes=["no", "yes", "more"])


# Watching


def test_verbose_prints_a_line_an_epoch_and_silence_is_the_default(capsys):
    fitted(FMClassifier, early_stopping=True)
    assert capsys.readouterr().out == ""
    fitted(FMClassifier, early_stopping=True, verbose=1)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["epoch", "train_loss", "valid_loss", "lr", "seconds"]
    assert [line.split()[0] for line in lines[2:5]] == ["1", "2", "3"]


# Divergence


@pytest.mark.parametrize("epochs", [1, 9])
def test_a_run_that_diverges_stops_with_the_remedy(epochs):
    """With one epoch of one batch, only what the last step did shows it."""
    frame = mixed(60)
    y = target(DeepFMRegressor(), frame)
    estimator = small(DeepFMRegressor, lr=1e30, optimizer="sgd", max_epochs=epochs)
    with unchanged(estimator), pytest.raises(ValueError, match=r"lower lr=1e\+30, or scale a target"):
        estimator.fit(frame, y)


def test_a_warm_started_net_that_diverges_gets_its_weights_back():
    estimator, frame = fitted(DeepFMRegressor, warm_start=True)
    y = target(estimator, frame)
    with unchanged(estimator, frame), pytest.raises(ValueError, match="lower lr"):
        estimator.set_params(lr=1e37).fit(frame, y)
    other, _ = fitted(DeepFMRegressor, warm_start=True)
    np.testing.assert_array_equal(
        outputs(estimator.set_params(lr=0.02).fit(frame, y), frame), outputs(other.fit(frame, y), frame)
    )


# Where and how it runs


@pytest.mark.parametrize("faster", [True, False])
def test_auto_is_the_faster_precision_of_the_machine(faster, monkeypatch):
    monkeypatch.setattr(_training, "multiplies_bfloat16_faster", lambda device: faster)
    small_fit, _ = fitted(DeepFMClassifier, max_epochs=1)
    assert small_fit.precision_ == "float32"  # casting costs what is saved
    monkeypatch.setattr(_training, "AUTOCAST_WEIGHTS", 0)
    monkeypatch.setattr(_training, "AUTOCAST_ROWS", 0)
    assert fitted(DeepFMClassifier, max_epochs=1)[0].precision_ == ("bfloat16" if faster else "float32")
    plain64 = DeepFMClassifier(max_epochs=1).fit(np.eye(20), np.arange(20) % 2)
    assert plain64.precision_ == "float64"


def test_precision_is_of_training_alone():
    full, frame = fitted(DeepFMClassifier, precision="float32", max_epochs=10)
    half, _ = fitted(DeepFMClassifier, precision="bfloat16", max_epochs=10)
    auto, _ = fitted(DeepFMClassifier, precision="auto", max_epochs=10)
    np.testing.assert_array_equal(outputs(auto, frame), outputs(full, frame))  # too small to gain by less
    assert not np.array_equal(outputs(half, frame), outputs(full, frame))
    np.testing.assert_allclose(outputs(half, frame), outputs(full, frame), atol=0.5)
    assert outputs(half, frame).dtype == np.float32
    assert {p.dtype for p in half.net_.module_.parameters()} == {torch.float32}
    alone = np.concatenate([outputs(half, frame[i : i + 1]) for i in range(9)])
    np.testing.assert_allclose(alone, outputs(half, frame)[:9], atol=1e-6)


def test_bfloat16_refuses_a_float64_array():
    X = np.random.default_rng(0).normal(size=(60, 2))
    with pytest.raises(
        ValueError, match=r"precision='bfloat16' does not go with a float64 array.*X.astype\('float32'\)"
    ):
        DeepFMClassifier(precision="bfloat16").fit(X, X[:, 0] > 0)
    DeepFMClassifier(precision="bfloat16", max_epochs=1).fit(X.astype(np.float32), X[:, 0] > 0)


def test_n_threads_is_given_back():
    seen = []

    class Threads(Callback):
        def on_epoch_begin(self, net, **kwargs):
            seen.append(torch.get_num_threads())

    before = torch.get_num_threads()
    wanted = before + 1
    estimator, frame = fitted(FMClassifier, n_threads=wanted, callbacks=[Threads()], max_epochs=1)
    assert seen == [wanted]
    assert torch.get_num_threads() == before
    with pytest.raises(ValueError, match="inconsistent"):
        estimator.fit(frame, [1])
    assert torch.get_num_threads() == before
    estimator.predict(frame)
    assert torch.get_num_threads() == before


@pytest.mark.parametrize("device", ["cuda:99", "nonsense", "meta"])
def test_a_device_that_is_not_there(device):
    frame = mixed()
    estimator = small(FMClassifier, device=device)
    with unchanged(estimator), pytest.raises(ValueError, match=f"device='{device}' is not there"):
        estimator.fit(frame, labels(frame))


def test_batch_size_auto_is_a_fiftieth_of_the_rows():
    sizes = set()

    class Sizes(Callback):
        def on_batch_begin(self, net, batch=None, **kwargs):
            sizes.add(len(batch.target[0]))

    for n_rows, size in ((100, 64), (5000, 100)):
        sizes.clear()
        X = np.zeros((n_rows, 1))
        LRClassifier(max_epochs=1, early_stopping=False, callbacks=[Sizes()]).fit(X, np.arange(n_rows) % 2)
        assert max(sizes) == size


def test_optimizers_all_learn():
    for optimizer, lr in (("adam", 0.05), ("adagrad", 0.3), ("sgd", 2.0)):
        estimator, frame = fitted(MFClassifier, optimizer=optimizer, lr=lr, max_epochs=40, n_rows=300)
        assert estimator.score(frame, labels(frame)) > 0.9, optimizer


def test_fit_neither_warns_nor_prints(capsys):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fitted(DeepFMClassifier, early_stopping=True, scoring="roc_auc", lr_schedule="onecycle")
    captured = capsys.readouterr()
    assert captured.out == captured.err == ""


@pytest.mark.parametrize("changed", [{"embedding_dim": 8}, {"class_weight": "balanced"}, {"pooling": "sum"}])
def test_training_goes_on_only_with_the_same_structure(changed):
    frame = mixed()
    estimator = small(FMClassifier, embedding_dim=4, warm_start=True).fit(frame, labels(frame))
    (name,) = changed
    estimator.set_params(**changed)
    with unchanged(estimator, frame), pytest.raises(ValueError, match=f"another structure: the first fit had {name}="):
        estimator.fit(frame, labels(frame))
