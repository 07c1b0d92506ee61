"""fit and predict over a pyarrow Dataset, held against the same rows in memory."""

import re
from functools import partial

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest
import torch
from sklearn.base import clone, is_classifier
from sklearn.metrics import roc_auc_score

from skrec import (
    DeepFMClassifier,
    DINClassifier,
    FMClassifier,
    FMRegressor,
    LRClassifier,
    LRRegressor,
    MFClassifier,
    MFRegressor,
    TwoTowerClassifier,
    WideDeepClassifier,
)
from skrec.data import _row_groups, _sample_survey
from skrec.engine import Rows, _streamed
from skrec.estimators._base import _fit
from tests.discovery import cases, predictors
from tests.engine.test_streamed import documented_order
from tests.samples import fitted, mixed, outputs, small, target, unchanged

N_ROWS = 120
FEATURES = ["user", "item", "history", "age"]


def write(path, frame, group=N_ROWS, **columns):
    """Write a frame and further columns to a Parquet file, return it as a Dataset."""
    table = pa.Table.from_pandas(frame.assign(**columns), preserve_index=False)
    pq.write_table(table, path / "rows.parquet", row_group_size=group)
    return ds.dataset(path / "rows.parquet")


def both(cls, tmp_path, group=N_ROWS, weight=None, **params):
    """Return an estimator, its frame, target and weight, and the Dataset of them."""
    estimator, frame = small(cls, **params), mixed(N_ROWS)
    y = target(estimator, frame)
    columns = {"target": y} if weight is None else {"target": y, "weight": weight}
    return estimator, frame, y, write(tmp_path, frame, group, **columns)


def weights_of(estimator):
    return estimator.net_.module_.state_dict()


def assert_same_weights(left, right, **tolerance):
    left, right = weights_of(left), weights_of(right)
    assert left.keys() == right.keys()
    for name, value in left.items():
        torch.testing.assert_close(value, right[name], msg=lambda text, name=name: f"{name}: {text}", **tolerance)


exactly = partial(assert_same_weights, rtol=0, atol=0)


@pytest.mark.parametrize("cls", cases(predictors()))
def test_one_row_group_is_learnt_as_in_memory(cls, tmp_path):
    estimator, frame, y, dataset = both(cls, tmp_path)
    streamed = small(cls).fit(dataset, "target")
    exactly(streamed, estimator.fit(frame, y))
    assert streamed.feature_names_in_.tolist() == FEATURES
    np.testing.assert_array_equal(outputs(streamed, dataset), outputs(estimator, frame))
    np.testing.assert_array_equal(outputs(streamed, frame), outputs(estimator, frame))


@pytest.mark.parametrize("window", [1, 50, 1000])
@pytest.mark.parametrize("cls", [DeepFMClassifier, FMRegressor, DINClassifier])
def test_many_row_groups_are_learnt_as_the_same_batches_in_memory(cls, window, tmp_path, monkeypatch):
    monkeypatch.setattr(_streamed, "WINDOW_ROWS", window)
    monkeypatch.setattr(_row_groups, "PART_ROWS", 7)
    estimator, frame, y, dataset = both(cls, tmp_path, group=16, batch_size=10)
    streamed = small(cls, batch_size=10).fit(dataset, "target")
    starts = [*range(0, N_ROWS, 16), N_ROWS]

    def batches(self, size, generator=None):
        order = torch.arange(N_ROWS)
        if generator is not None:
            order = documented_order(generator, -(-window // size) * size, starts)
        return (self[part] for part in order.split(size))

    monkeypatch.setattr(Rows, "batches", batches)
    assert_same_weights(streamed, estimator.fit(frame, y), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("cls", [DeepFMClassifier, LRRegressor])
@pytest.mark.parametrize("options", [{}, {"class_weight": "balanced"}, {"class_weight": {"yes": 3.0}}])
def test_weights_and_classes_count_as_in_memory(cls, options, tmp_path, monkeypatch):
    if options and not is_classifier(cls()):
        options = {"embedding_l2": 0.1}
    monkeypatch.setattr(_row_groups, "PART_ROWS", 50)
    weight = np.arange(N_ROWS) % 4
    estimator, frame, y, dataset = both(cls, tmp_path, weight=weight, **options)
    streamed = small(cls, **options).fit(dataset, "target", "weight")
    assert_same_weights(streamed, estimator.fit(frame, y, weight), rtol=1e-5, atol=1e-6)
    assert streamed.predict(dataset).shape == (N_ROWS,)


def test_quantiles_of_numbers_are_those_of_all_rows_or_of_an_even_share(tmp_path, monkeypatch):
    options = {"numeric_embedding": "piecewise", "n_bins": 4}
    estimator, frame, y, dataset = both(DeepFMClassifier, tmp_path, **options)
    exactly(small(DeepFMClassifier, **options).fit(dataset, "target"), estimator.fit(frame, y))
    monkeypatch.setattr(_sample_survey, "SAMPLE_ROWS", 40)
    monkeypatch.setattr(_row_groups, "PART_ROWS", 7)
    streamed = small(DeepFMClassifier, **options).fit(write(tmp_path, frame, 11, target=y), "target")
    third, every = frame["age"].iloc[::3], frame["age"]
    edges = (np.quantile(third, [0, 0.25, 0.5, 0.75, 1], method="inverted_cdf") - every.mean()) / every.std(ddof=0)
    left = streamed.net_.module_.embedding.numbers.left[0, 0]
    np.testing.assert_allclose(left, edges[:-1], rtol=1e-5)


def test_every_kind_of_column_comes_back_from_disk(tmp_path):
    frame = mixed(N_ROWS).assign(
        small=pd.array([1, None] * 60, dtype="Int8"),
        kind=pd.Categorical(["b", None, "a"] * 40),
        seen=[True, False] * 60,
    )
    frame["small"] = frame["small"].fillna(3)
    y = target(LRClassifier(), frame)
    dataset = write(tmp_path, frame, target=y)
    streamed = small(LRClassifier).fit(dataset, "target")
    exactly(streamed, small(LRClassifier).fit(frame, y))
    assert streamed.embedding("kind").index.tolist()[:2] == ["a", "b"]


def test_integers_are_categories_where_they_are_named(tmp_path):
    ids = 2**60 + np.arange(N_ROWS) // 2
    options = {"categorical_features": ["id"]}
    frame = mixed(N_ROWS).assign(id=ids)
    streamed = small(LRClassifier, **options).fit(write(tmp_path, frame, 13, y=target(LRClassifier(), frame)), "y")
    assert streamed.embedding("id").index[:-1].tolist() == np.unique(ids).tolist()


# Validation rows


def test_a_share_of_the_row_groups_is_held_out(tmp_path):
    options = {"early_stopping": True, "validation_fraction": 0.25}
    estimator, frame, y, _ = both(LRClassifier, tmp_path, **options)
    frame["user"] = [f"in group {row // 10}" for row in range(N_ROWS)]
    estimator.fit(write(tmp_path, frame, 10, target=y), "target")
    known = set(estimator.embedding("user").index[:-1])
    assert len(known) == 9
    held = ~frame["user"].isin(known)
    loss = -np.log(np.where(y == "yes", *estimator.predict_proba(frame).T[::-1]))[held].mean()
    best = estimator.history_["valid_loss"].min()
    assert loss == pytest.approx(best, rel=1e-5)


@pytest.mark.parametrize("group", [20, 8])
def test_auto_holds_out_where_there_are_row_groups_enough(group, tmp_path, monkeypatch):
    monkeypatch.setattr(_fit, "AUTO_STOPPING_ROWS", 100)
    estimator, _, _, dataset = both(LRClassifier, tmp_path, group=group)
    assert ("valid_loss" in estimator.fit(dataset, "target").history_) == (group == 8)


def test_too_few_row_groups_to_hold_any_out(tmp_path):
    estimator, _, _, dataset = both(LRClassifier, tmp_path, group=20, early_stopping=True)
    text = (
        r"validation_fraction=0.1 of 120 rows \(whole row groups are held out, and there are 6\); change the fraction"
    )
    with pytest.raises(ValueError, match=text):
        estimator.fit(dataset, "target")


@pytest.mark.parametrize(("of_train", "of_valid"), [(True, True), (True, False), (False, True)])
def test_validation_rows_of_either_kind(of_train, of_valid, tmp_path):
    estimator, frame, y, dataset = both(FMClassifier, tmp_path)
    train = (dataset, "target") if of_train else (frame, y)
    valid, y_valid = (dataset, "target") if of_valid else (frame, y)
    found = small(FMClassifier).fit(*train, X_val=valid, y_val=y_valid).history_
    estimator.fit(frame, y, X_val=frame, y_val=y)
    pd.testing.assert_frame_equal(found.drop(columns="seconds"), estimator.history_.drop(columns="seconds"))


def test_a_score_of_validation_rows_in_a_frame(tmp_path):
    estimator, frame, y, dataset = both(FMClassifier, tmp_path, scoring="roc_auc")
    estimator.fit(dataset, "target", X_val=frame, y_val=y)
    best = roc_auc_score(y == "yes", estimator.decision_function(dataset))
    assert estimator.history_["valid_roc_auc"].max() == pytest.approx(best)
    with pytest.raises(ValueError, match="scoring='roc_auc' needs all validation rows at once, got them in a Dataset"):
        estimator.fit(dataset, "target", X_val=dataset, y_val="target")


def test_warm_start_goes_on(tmp_path):
    estimator, frame, y, dataset = both(FMClassifier, tmp_path, warm_start=True)
    streamed = small(FMClassifier, warm_start=True)
    for _ in range(2):
        estimator.fit(frame, y)
        streamed.fit(dataset, "target")
    exactly(streamed, estimator)
    assert streamed.n_iter_ == 6


# Refused


def with_cell(name, value):
    def change(frame):
        column = frame[name].astype(object)
        column.iloc[77] = value
        return frame.assign(**{name: column})

    return change


AT_FIT = {
    "NaN in a number": (with_cell("age", np.nan), {}, ValueError, "Column 'age': expected finite numbers, got NaN"),
    "infinity": (with_cell("age", np.inf), {}, ValueError, "Column 'age': expected finite numbers, got infinity"),
    "no label": (with_cell("y", None), {}, ValueError, "y contains NaN; drop the rows without a label"),
    "one class": (lambda frame: frame.assign(y="yes"), {}, ValueError, "got only one class, 'yes'"),
    "a date": (lambda f: f.assign(day=pd.Timestamp("2020-02-02")), {}, TypeError, "Column 'day': expected categories"),
    "no rows": (lambda frame: frame[:0], {}, ValueError, "0 sample"),
    "no columns": (lambda frame: frame[["y"]], {}, ValueError, "0 feature"),
    "no such target": (
        lambda frame: frame,
        {"y": "Y"},
        ValueError,
        "y names the column 'Y', which the data does not have",
    ),
    "target as array": (
        lambda frame: frame,
        {"y": np.ones(N_ROWS)},
        TypeError,
        "With a Dataset, y is the name of one of its columns, got ndarray; expected one of ['user'",
    ),
    "weight as array": (
        lambda frame: frame,
        {"sample_weight": np.ones(N_ROWS)},
        TypeError,
        "With a Dataset, sample_weight is the name of one of its columns, got ndarray",
    ),
    "no target": (lambda frame: frame, {"y": None}, ValueError, "requires y to be passed, but the target y is None"),
    "weight NaN": (with_cell("w", np.nan), {"sample_weight": "w"}, ValueError, "sample_weight contains NaN"),
    "weight negative": (with_cell("w", -1.0), {"sample_weight": "w"}, ValueError, "Negative values in sample_weight"),
    "weights all zero": (
        lambda frame: frame.assign(w=0.0),
        {"sample_weight": "w"},
        ValueError,
        "Expected a positive value in 'w', got none: no row is left to learn from",
    ),
}


@pytest.mark.parametrize("case", AT_FIT)
def test_bad_input_is_refused_and_leaves_what_was(case, tmp_path, monkeypatch):
    monkeypatch.setattr(_row_groups, "PART_ROWS", 30)
    change, given, error, message = AT_FIT[case]
    frame = mixed(N_ROWS).assign(w=1.0, y=target(FMClassifier(), mixed(N_ROWS)))
    estimator, before = fitted(FMClassifier)
    dataset = write(tmp_path, change(frame), 40)
    with unchanged(estimator, before), pytest.raises(error, match=re.escape(message)):
        estimator.fit(dataset, **{"y": "y", **given})


OF_ALL_ROWS = {
    "crosses": (WideDeepClassifier, {"crossed_columns": [("user", "item")]}),
    "negatives of pairs": (MFClassifier, {"n_negatives": 2}),
    "negatives and weights of classes": (MFClassifier, {"n_negatives": 2, "class_weight": "balanced"}),
    "negatives of candidates": (DINClassifier, {"n_negatives": 2}),
    "negatives of a user's candidates": (DINClassifier, {"n_negatives": 2, "user": "user"}),
    "items of the batch": (TwoTowerClassifier, {"loss": "softmax"}),
    "items of the batch, of a user who is no feature": (
        TwoTowerClassifier,
        {"loss": "softmax", "user": "user", "user_features": ["age"], "item_features": ["item", "history"]},
    ),
    "drawn once a batch": (TwoTowerClassifier, {"loss": "softmax", "n_negatives": 5, "negatives": "popularity"}),
    "cosines": (TwoTowerClassifier, {"loss": "ccl", "n_negatives": 5}),
    "drawn for each row": (MFClassifier, {"loss": "bpr", "n_negatives": 2}),
}


def implicit(case, tmp_path, monkeypatch, group=N_ROWS, **options):
    """Return what `both` does for a case, of clicks and of a catalogue so large that nobody has all of it."""
    monkeypatch.setattr("tests.samples.ITEMS", [f"i{item}" for item in range(60)])
    cls, params = OF_ALL_ROWS[case]
    estimator, frame = small(cls, **options, **params), mixed(N_ROWS)
    y = (target(estimator, frame) == "yes").astype(int)
    return estimator, frame, y, write(tmp_path, frame, group, target=y)


@pytest.mark.parametrize("case", OF_ALL_ROWS)
def test_what_takes_all_rows_learns_the_same_weights_as_from_a_frame(case, tmp_path, monkeypatch):
    monkeypatch.setattr(_row_groups, "PART_ROWS", 50)
    estimator, frame, y, dataset = implicit(case, tmp_path, monkeypatch, embedding_l2=1e-3)
    X_val, y_val = frame[:40], y[:40]
    streamed = clone(estimator).fit(dataset, "target", X_val=X_val, y_val=y_val)
    in_memory = estimator.fit(frame, y, X_val=X_val, y_val=y_val)
    assert_same_weights(streamed, in_memory, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(streamed.history_["valid_loss"], in_memory.history_["valid_loss"], rtol=1e-5)


@pytest.mark.parametrize("case", OF_ALL_ROWS)
def test_what_takes_all_rows_is_drawn_a_window_at_a_time(case, tmp_path, monkeypatch):
    monkeypatch.setattr(_streamed, "WINDOW_ROWS", 32)
    monkeypatch.setattr(_row_groups, "PART_ROWS", 7)
    options = {"max_epochs": 3, "batch_size": 16, "early_stopping": True, "validation_fraction": 0.2}
    estimator, _, _, dataset = implicit(case, tmp_path, monkeypatch, group=20, **options)
    estimator.fit(dataset, "target")
    assert np.isfinite(estimator.history_[["train_loss", "valid_loss"]]).all(axis=None)
    again = clone(estimator).fit(dataset, "target")
    assert_same_weights(again, estimator, rtol=0, atol=0)


IMPLICIT = [case for case, (_, params) in OF_ALL_ROWS.items() if "crossed_columns" not in params]
LABELS = {
    "bool": lambda y: y == 1,
    "int8": lambda y: y.astype(np.int8),
    "text": lambda y: np.where(y == 1, "took", "left").astype(object),
    "positives alone": np.ones_like,
}


@pytest.mark.parametrize("kind", LABELS)
@pytest.mark.parametrize("case", IMPLICIT[:1] + IMPLICIT[2:4])
@pytest.mark.filterwarnings("ignore:.* learns from positives alone and takes 'took'")
def test_positives_are_told_by_labels_of_any_kind(case, kind, tmp_path, monkeypatch):
    estimator, frame, y, _ = implicit(case, tmp_path, monkeypatch, max_epochs=1)
    y = LABELS[kind](y)
    dataset = write(tmp_path, frame, 40, target=y)
    estimator.fit(dataset, "target")
    assert estimator.classes_.dtype == y.dtype
    assert estimator.classes_.tolist() == clone(estimator).fit(frame, y).classes_.tolist()
    missing = pd.Series(y, dtype=object)
    missing[77] = None
    for again in (clone(estimator), estimator.set_params(warm_start=True)):
        with unchanged(again), pytest.raises(ValueError, match="contains NaN"):
            again.fit(write(tmp_path, frame, 40, target=missing), "target")


@pytest.mark.parametrize("case", IMPLICIT)
@pytest.mark.filterwarnings("ignore:.* goes on with the values of its first fit")
def test_weights_validation_rows_and_a_fit_that_goes_on_are_as_in_memory(case, tmp_path, monkeypatch):
    estimator, frame, y, _ = implicit(case, tmp_path, monkeypatch, warm_start=True, max_epochs=2)
    weight, valid = np.arange(N_ROWS) % 3 * 1.0, mixed(40, 1)
    for folder in ("train", "valid", "later"):
        (tmp_path / folder).mkdir()
    dataset = write(tmp_path / "train", frame, target=y, weight=weight)
    X_val = write(tmp_path / "valid", valid, target=1)
    later = frame.assign(user=np.where(np.arange(N_ROWS) < 10, "new", frame["user"]))
    goes_on = write(tmp_path / "later", later, target=y)
    streamed, in_memory = clone(estimator), estimator
    streamed.fit(dataset, "target", "weight", X_val=X_val, y_val="target")
    in_memory.fit(frame, y, weight, X_val=valid, y_val=np.ones(40, int))
    assert_same_weights(streamed, in_memory, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(streamed.history_["valid_loss"], in_memory.history_["valid_loss"], rtol=1e-5)
    streamed.fit(goes_on, "target")
    in_memory.fit(later, y)
    assert_same_weights(streamed, in_memory, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("case", IMPLICIT)
def test_row_groups_may_have_no_positive(case, tmp_path, monkeypatch):
    options = {"early_stopping": True, "validation_fraction": 0.3, "max_epochs": 1}
    estimator, frame, y, _ = implicit(case, tmp_path, monkeypatch, **options)
    y[:20] = y[60:80] = 0
    dataset = write(tmp_path, frame, 20, target=y)
    for seed in range(3):
        assert "valid_loss" in clone(estimator).set_params(random_state=seed).fit(dataset, "target").history_


def test_negatives_over_a_dataset_find_what_users_take(tmp_path, monkeypatch):
    """Users take items of their own half of the catalogue; rows of the other class are ignored."""
    monkeypatch.setattr(_streamed, "WINDOW_ROWS", 64)
    rng = np.random.default_rng(0)
    pairs = pd.DataFrame({"user": np.repeat(np.arange(30), 20), "item": np.tile(np.arange(20), 30)}).astype("category")
    match = (pairs["user"].cat.codes % 2 == pairs["item"].cat.codes % 2).to_numpy()
    taken = match & (rng.random(len(pairs)) < 0.6)
    order = rng.permutation(np.flatnonzero(taken | ~match))
    log = pairs.iloc[order].astype(str).assign(taken=taken[order].astype(int))
    pq.write_table(pa.Table.from_pandas(log, preserve_index=False), tmp_path / "log.parquet", row_group_size=50)
    for params in ({"n_negatives": 3}, {"loss": "softmax"}, {"loss": "bpr"}):
        model = MFClassifier(embedding_dim=8, embedding_l2=1e-3, random_state=0, **params)
        model.fit(ds.dataset(tmp_path / "log.parquet"), "taken")
        assert roc_auc_score(match, model.decision_function(pairs.astype(str))) > 0.9


@pytest.mark.parametrize("cls", cases(predictors()))
def test_partial_fit_takes_rows_in_memory(cls, tmp_path):
    estimator, _, _, dataset = both(cls, tmp_path)
    options = {"classes": ["no", "yes"]} if is_classifier(estimator) else {}
    with pytest.raises(TypeError, match="partial_fit takes rows in memory, got a Dataset; use fit"):
        estimator.partial_fit(dataset, "target", **options)


def test_predict_refuses_what_fit_did_not_see(tmp_path):
    estimator, frame = fitted(FMClassifier)
    with pytest.raises(ValueError, match=r"columns of fit, got a frame without \['history'\]"):
        estimator.predict(write(tmp_path, frame.drop(columns="history")))
    with pytest.raises(TypeError, match="Column 'age': expected numbers, as in fit, got text"):
        estimator.predict(write(tmp_path, frame.assign(age="forty")))
    with pytest.raises(ValueError, match="0 sample"):
        estimator.predict(write(tmp_path, frame[:0]))
    array = LRRegressor().fit(np.eye(20), np.arange(20.0))
    with pytest.raises(TypeError, match="was fitted on columns without names, got a Dataset"):
        array.predict(write(tmp_path, frame))


def test_the_range_of_a_target_is_that_of_all_rows(tmp_path, monkeypatch):
    monkeypatch.setattr(_row_groups, "PART_ROWS", 10)
    frame = mixed(N_ROWS)[["user", "item"]]
    y = np.where(np.arange(N_ROWS) == 3, 5.0, 1.0)
    dataset = write(tmp_path, frame, 10, y=y)
    model = small(MFRegressor, y_range=(0.5, 5.5)).fit(dataset, "y")
    assert model.predict(frame).min() > 0.5
    with pytest.raises(ValueError, match=r"Expected targets within y_range=\(1.5, 5.5\), got 1 to 5"):
        small(MFRegressor, y_range=(1.5, 5.5)).fit(dataset, "y")


@pytest.mark.parametrize("setting", ["auto", True])
def test_a_class_that_one_row_group_alone_has_is_learnt(setting, tmp_path, monkeypatch):
    """Such a group is not held out; where each is such a one, "auto" is off and who asks is told."""
    monkeypatch.setattr("skrec.estimators._base._fit.AUTO_STOPPING_ROWS", 50)
    frame = mixed(N_ROWS)
    common = np.arange(N_ROWS) % 2
    for rare in range(6):
        y = np.where(np.arange(N_ROWS) // 20 == rare, 2 + common, common)
        params = {"early_stopping": setting, "validation_fraction": 0.5, "max_epochs": 1}
        model = small(LRClassifier, **params).fit(write(tmp_path, frame, 20, target=y), "target")
        assert list(model.classes_) == [0, 1, 2, 3]
        assert "valid_loss" in model.history_
    model = small(LRClassifier, **params)
    dataset = write(tmp_path, frame, 20, target=np.arange(N_ROWS) // 20)  # sorted by class
    if setting == "auto":
        assert "valid_loss" not in model.fit(dataset, "target").history_
        assert len(model.classes_) == 6
    else:
        with pytest.raises(ValueError, match="each of the row groups to hold out has a label that no other group has"):
            model.fit(dataset, "target")


DAMAGES = {
    "a page": lambda content: content[:200] + bytes(len(content) // 2) + content[200 + len(content) // 2 :],
    "the footer": lambda content: content[:-1000] + bytes(992) + content[-8:],
    "the end": lambda content: content[: len(content) // 2],
    "text": lambda content: b"user_id,item_id\n",
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_file_is_named(damage, tmp_path):
    """In fit, in the middle of a pass and in predict."""
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"u": rng.integers(0, 99, 4000).astype(str), "x": rng.normal(size=4000), "y": [0, 1] * 2000})
    for name in ("first", "second"):
        frame.to_parquet(tmp_path / f"{name}.parquet", row_group_size=1000)
    dataset = ds.dataset(sorted(tmp_path.glob("*.parquet")), schema=pa.Schema.from_pandas(frame))
    model = FMClassifier(max_epochs=1, random_state=0).fit(dataset, "y")
    path = tmp_path / "second.parquet"
    path.write_bytes(DAMAGES[damage](path.read_bytes()))
    dataset = ds.dataset(sorted(tmp_path.glob("*.parquet")), schema=dataset.schema)  # who holds one has read its footer
    before = model.predict(frame[:9])
    for call in (
        lambda: model.fit(dataset, "y"),
        lambda: model.predict(dataset),
        lambda: clone(model).fit(dataset, "y"),
    ):
        with pytest.raises((OSError, ValueError), match=r"second\.parquet"):
            call()
    np.testing.assert_array_equal(model.predict(frame[:9]), before)
