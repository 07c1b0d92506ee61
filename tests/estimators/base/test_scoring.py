"""What an epoch is scored by: one scorer or several, on validation and on training rows."""

import warnings

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.metrics import (
    accuracy_score,
    average_precision_score,
    f1_score,
    get_scorer_names,
    make_scorer,
    mean_absolute_error,
    r2_score,
    roc_auc_score,
)
from sklearn.model_selection import GridSearchCV

from skrec import DeepFMClassifier, DINClassifier, FMClassifier, FMRegressor, MFClassifier, TwoTowerClassifier
from tests.contract.cases import every
from tests.samples import fitted, labels, mixed, outputs, small, target, unchanged


def fit(cls, **params):
    """Return an estimator fitted with validation rows, its rows and the validation rows."""
    frame, valid = mixed(200), mixed(100, 1)
    estimator = small(cls, **params)
    return estimator.fit(frame, target(estimator, frame), X_val=valid, y_val=target(estimator, valid)), frame, valid


def mean_error(estimator, X, y):
    return -np.abs(estimator.predict(X) - y).mean()


# Several


@pytest.mark.parametrize("kind", [list, tuple, lambda names: {name: name for name in names}])
def test_several_names_are_all_recorded(kind):
    estimator, frame, valid = fit(FMClassifier, scoring=kind(["roc_auc", "accuracy"]), train_scores=True)
    assert list(estimator.history_) == [
        *("epoch", "train_loss", "valid_loss", "train_roc_auc", "valid_roc_auc", "train_accuracy", "valid_accuracy"),
        *("lr", "seconds"),
    ]
    best = estimator.history_.iloc[estimator.best_epoch_ - 1]
    for part, rows in (("train", frame), ("valid", valid)):
        score = roc_auc_score(labels(rows), estimator.predict_proba(rows)[:, 1])
        assert best[f"{part}_roc_auc"] == pytest.approx(score)
        assert best[f"{part}_accuracy"] == accuracy_score(labels(rows), estimator.predict(rows))


@pytest.mark.parametrize("first", ["loss", "roc_auc", "accuracy"])
def test_the_first_is_watched(first):
    names = [first, *(name for name in ("roc_auc", "loss", "accuracy") if name != first)]
    stop = {"lr": 0.3, "max_epochs": 40, "n_iter_no_change": 3, "tol": 0}
    alone, *_ = fit(DeepFMClassifier, scoring=first, **stop)
    several, _, valid = fit(DeepFMClassifier, scoring=names, train_scores=True, **stop)
    assert (several.n_iter_, several.best_epoch_) == (alone.n_iter_, alone.best_epoch_)
    np.testing.assert_array_equal(outputs(several, valid), outputs(alone, valid))
    assert {"valid_loss", "valid_roc_auc", "valid_accuracy"} <= set(several.history_)


def test_scorers_of_numbers_by_a_name_of_ones_own():
    estimator, frame, valid = fit(FMRegressor, scoring={"mae": mean_error, "R2": "r2"}, train_scores=True)
    best = estimator.history_.iloc[estimator.best_epoch_ - 1]
    for part, rows in (("train", frame), ("valid", valid)):
        y, predicted = target(estimator, rows), estimator.predict(rows)
        assert best[f"{part}_mae"] == pytest.approx(-mean_absolute_error(y, predicted))
        assert best[f"{part}_R2"] == pytest.approx(r2_score(y, predicted))


def test_one_callable_is_called_score_wherever_it_is():
    for scoring in (mean_error, [mean_error], ["r2", mean_error]):
        assert "valid_score" in fit(FMRegressor, scoring=scoring)[0].history_


def test_a_score_that_is_not_watched_may_be_undefined():
    scoring = {"accuracy": "accuracy", "nothing": lambda estimator, X, y: float("nan")}
    estimator, *_ = fit(FMClassifier, scoring=scoring)
    assert estimator.history_["valid_nothing"].isna().all()


def test_rows_are_predicted_once_an_epoch(monkeypatch):
    from skrec.engine import Net

    calls = []
    outputs_of = Net.outputs
    monkeypatch.setattr(Net, "outputs", lambda net, rows, *method: calls.append(len(rows)) or outputs_of(net, rows))
    fit(FMClassifier, scoring=["accuracy", "roc_auc", "neg_log_loss"], train_scores=True, max_epochs=2)
    assert [n for n in calls if n in (100, 200)] == [200, 100] * 2


def test_parameters_and_search():
    estimator = small(FMClassifier, scoring=["roc_auc", "accuracy"], train_scores=True, early_stopping=True)
    assert clone(estimator).get_params() == estimator.get_params()
    frame = mixed(200)
    search = GridSearchCV(estimator, {"scoring": ["loss", ["accuracy", "loss"], {"mine": "roc_auc"}]}, cv=2)
    assert len(search.fit(frame, labels(frame)).cv_results_["params"]) == 3


# On the training rows


@every
def test_training_scores_move_nothing(cls):
    scoring = "accuracy" if hasattr(cls, "predict_proba") else "r2"
    with_scores, frame = fitted(cls, scoring=scoring, train_scores=True)
    without, _ = fitted(cls)
    np.testing.assert_array_equal(outputs(with_scores, frame), outputs(without, frame))
    score = with_scores.score(frame, target(with_scores, frame))
    assert with_scores.history_[f"train_{scoring}"].iloc[-1] == pytest.approx(score, rel=1e-5)


def test_training_scores_of_each_part_fit():
    frame = mixed(60)
    estimator = small(FMClassifier, scoring="accuracy", train_scores=True)
    for _ in range(2):
        estimator.partial_fit(frame, labels(frame), classes=["no", "yes"])
    assert estimator.history_["train_accuracy"].iloc[-1] == estimator.score(frame, labels(frame))


@pytest.mark.parametrize("cls", [MFClassifier, DINClassifier], ids=lambda cls: cls.__name__)
def test_training_scores_where_negatives_are_drawn(cls):
    seen = []

    def scorer(estimator, X, y):
        seen.append((X, y))
        return roc_auc_score(y, estimator.predict_proba(X)[:, 1])

    frame = mixed(200)
    estimator = small(cls, n_negatives=2, scoring=scorer, train_scores=True, max_epochs=20)
    estimator.fit(frame, labels(frame) == "yes")
    (first, y), (last, _) = seen[0], seen[-1]
    assert len(first) == 3 * (labels(frame) == "yes").sum() == 3 * y.sum()
    assert first is last  # drawn once
    score = roc_auc_score(y, estimator.predict_proba(first)[:, 1])
    assert estimator.history_["train_score"].iloc[-1] == pytest.approx(score)


def test_training_scores_of_positives_alone_are_refused():
    for cls in (MFClassifier, TwoTowerClassifier):
        frame = mixed()
        estimator = small(cls, loss="softmax", scoring="accuracy", train_scores=True)
        with unchanged(estimator), pytest.raises(ValueError, match="train_scores=True does not go with loss='softmax'"):
            estimator.fit(frame, labels(frame))


def test_scores_of_a_dataset_are_refused(tmp_path):
    import pyarrow as pa
    import pyarrow.dataset as ds
    import pyarrow.parquet as pq

    pq.write_table(pa.table({"x": np.arange(60.0), "y": np.arange(60) % 2}), tmp_path / "rows.parquet")
    estimator = FMClassifier(scoring="roc_auc", train_scores=True)
    message = "train_scores=True needs all training rows at once, got them in a Dataset; set it to False"
    with unchanged(estimator), pytest.raises(ValueError, match=message):
        estimator.fit(ds.dataset(tmp_path), "y")


# What is refused

ONE_OF = r'The \'scoring\' parameter of FMClassifier must be one of "loss", the name of a scorer.*'


@pytest.mark.parametrize(
    ("scoring", "message"),
    [
        ("f1_auc", r"Got 'f1_auc' instead; no scorer is called 'f1_auc', did you mean .*'roc_auc'\?$"),
        ("zzz", r"no scorer is called 'zzz', usual ones are 'roc_auc', 'neg_log_loss'"),
        (["roc_auc", "acuracy"], r"no scorer is called 'acuracy', did you mean 'accuracy'"),
        ([], "without any; name one at least"),
        ({}, "without any; name one at least"),
        (["accuracy", "accuracy"], r"with 'accuracy' twice; give each scorer a name"),
        ([mean_error, mean_error], r"with 'score' twice; give each scorer a name"),
        ({"a": 3}, "with int for a scorer; name it, or pass a callable"),
        ({"loss": "accuracy"}, "with the name 'loss'; name each by a text; \"loss\" is the name of the loss alone"),
        ({"mine": "loss"}, '"loss" is the name of the loss alone'),
        ({"auc_best": "roc_auc"}, 'no name ends in "_best"'),
        ({1: "roc_auc"}, "with the name 1; name each by a text"),
    ],
)
def test_scorers_that_are_none(scoring, message):
    frame = mixed()
    estimator = small(FMClassifier, scoring=scoring)
    for train in (
        lambda: estimator.fit(frame, labels(frame)),
        lambda: estimator.partial_fit(frame, labels(frame), [0]),
    ):
        with unchanged(estimator), pytest.raises(ValueError, match=ONE_OF + message) as caught:
            train()
        assert len(str(caught.value)) < 450  # not the whole list


def test_a_metric_is_no_scorer():
    frame = mixed()
    with pytest.raises(ValueError, match="use `make_scorer`"):
        small(FMClassifier, scoring=roc_auc_score).fit(frame, labels(frame))


def cannot(cls, y, scoring, validated):
    """Return what `fit` says, and check that no epoch was run."""
    from skorch.callbacks import Callback

    class Never(Callback):
        def on_epoch_begin(self, net, **kwargs):
            raise AssertionError("an epoch was run")

    frame = mixed(len(y))
    estimator = small(cls, scoring=scoring, callbacks=[Never()])
    options = {"X_val": frame, "y_val": y} if validated else {}
    with unchanged(estimator), pytest.raises(ValueError, match="cannot score this") as caught:
        estimator.fit(frame, y, **options)
    return str(caught.value)


@pytest.mark.parametrize("validated", [True, False])
@pytest.mark.parametrize("scoring", ["neg_log_loss", "roc_auc", "f1", "accuracy", ["r2", "average_precision"]])
def test_scorers_of_classes_in_a_regressor(scoring, validated):
    message = cannot(FMRegressor, target(FMRegressor(), mixed(60)), scoring, validated)
    assert message.endswith("choose a scorer of numbers, such as 'neg_mean_squared_error' or 'r2'")


@pytest.mark.parametrize("validated", [True, False])
@pytest.mark.parametrize("name", ["f1", "precision", "recall", "jaccard", "average_precision", "neg_brier_score"])
def test_scorers_that_want_to_know_the_positive_of_text_labels(name, validated):
    frame = mixed(60)
    message = cannot(FMClassifier, labels(frame), name, validated)
    remedy = message.rpartition("; pass ")[2].partition(" or '")[0].removeprefix("sklearn.metrics.")
    scorer = eval(remedy, vars(pytest.importorskip("sklearn.metrics")))
    assert "pos_label='yes'" in remedy
    assert f"valid_{name}" in fit(FMClassifier, scoring={name: scorer})[0].history_
    if name == "f1":
        assert message.endswith("or 'f1_macro'")


@pytest.mark.parametrize(
    ("name", "remedy"), [("f1", "f1_macro"), ("roc_auc", "roc_auc_ovr"), ("recall", "recall_macro")]
)
def test_scorers_of_two_classes_with_three(name, remedy):
    assert cannot(FMClassifier, np.tile(["a", "b", "c"], 20), name, True).endswith(f"pass '{remedy}'")


def test_scorers_of_numbers_in_a_classifier():
    message = cannot(FMClassifier, labels(mixed(60)), "r2", True)
    assert message.endswith("choose a scorer of classes, such as 'roc_auc' or 'neg_log_loss'")


def test_the_remedies_work():
    scoring = {
        "f1": make_scorer(f1_score, pos_label="yes"),
        "ap": make_scorer(average_precision_score, pos_label="yes", response_method="predict_proba"),
    }
    estimator, _, valid = fit(FMClassifier, scoring=scoring)
    best = estimator.history_["valid_f1"][estimator.best_epoch_ - 1]
    assert best == f1_score(labels(valid), estimator.predict(valid), pos_label="yes")


@pytest.mark.parametrize("cls", [FMClassifier, FMRegressor], ids=lambda cls: cls.__name__)
def test_every_scorer_of_scikit_learn_is_recorded_or_refused_with_a_remedy(cls):
    frame = mixed(60)
    y = target(cls(), frame)
    y = (y == "yes").astype(int) if cls is FMClassifier else y
    recorded = []
    for name in get_scorer_names():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of metrics that are not meant for such targets
            try:
                history = small(cls, scoring=["loss", name], max_epochs=1).fit(frame, y, X_val=frame, y_val=y).history_
                recorded.append(f"valid_{name}" in history)
            except ValueError as error:
                recorded.append("cannot score this" in str(error) and None)
    assert False not in recorded
    assert recorded.count(True) > 10


def test_a_scorer_that_gives_no_number():
    with pytest.raises(
        TypeError, match="Expected a number from the scorer 'score', got dict; give each of its numbers"
    ):
        fit(FMClassifier, scoring=lambda estimator, X, y: {"a": 1.0})


# Printing


def test_the_table_has_all_epochs_and_scores(capsys):
    params = {"lr": 0.3, "max_epochs": 40, "n_iter_no_change": 2}
    estimator, *_ = fit(DeepFMClassifier, scoring=["roc_auc", "loss"], train_scores=True, verbose=1, **params)
    head, dashes, *rows, last = capsys.readouterr().out.splitlines()
    assert head.split() == list(estimator.history_)
    assert {len(line) for line in (head, dashes, *rows)} == {len(head)}
    assert [int(row.split()[0]) for row in rows] == list(estimator.history_["epoch"])
    printed = pd.DataFrame([row.split() for row in rows], columns=head.split()).astype(float)
    np.testing.assert_allclose(printed, estimator.history_, atol=5e-3)
    assert last == f"Back to epoch {estimator.best_epoch_}, the best by valid_roc_auc."


@pytest.mark.parametrize("cls", [FMClassifier, FMRegressor], ids=lambda cls: cls.__name__)
def test_verbose_2_shows_a_progress_bar_as_well(cls, capsys):
    table, bar = {}, {}
    for verbose in (0, 1, 2):
        fit(cls, verbose=verbose, numeric_embedding=None)
        captured = capsys.readouterr()
        table[verbose], bar[verbose] = captured.out.count("\n"), captured.err
    assert table == {0: 0, 1: 5, 2: 5}
    assert bar[0] == bar[1] == ""
    assert "0/5" in bar[2]  # four batches of 64 rows, one of validation rows


def test_the_default_table_fits_a_narrow_terminal(capsys):
    fit(FMClassifier, verbose=1)
    assert max(map(len, capsys.readouterr().out.splitlines())) <= 72
