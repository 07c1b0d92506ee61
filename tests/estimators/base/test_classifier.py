"""What classifiers add: labels of any kind, class weights, the prior they start from."""

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from scipy.special import expit
from sklearn.base import is_classifier
from sklearn.metrics import log_loss

from skrec import DeepFMClassifier, FMClassifier, LRClassifier, MFClassifier
from tests.discovery import cases, predictors
from tests.samples import fitted, labels, mixed, small

pytestmark = pytest.mark.fast

LABELS = {
    "list of int": (lambda yes: yes.astype(int).tolist(), [0, 1]),
    "other integers": (lambda yes: np.where(yes, 7, -3), [-3, 7]),
    "bool": (lambda yes: yes, [False, True]),
    "pandas str": (lambda yes: pd.Series(np.where(yes, "b", "a")), ["a", "b"]),
    "category": (lambda yes: pd.Series(np.where(yes, "b", "a"), dtype=pd.CategoricalDtype(["b", "a"])), ["a", "b"]),
    "object": (lambda yes: np.where(yes, "b", "a").astype(object), ["a", "b"]),
    "polars": (lambda yes: pl.Series(np.where(yes, "b", "a").tolist()), ["a", "b"]),
    "Arrow": (lambda yes: pd.Series(yes.astype(int), dtype=pd.ArrowDtype(pa.int64())), [0, 1]),
    "nullable": (lambda yes: pd.Series(yes.astype(int), dtype="Int64"), [0, 1]),
}


@pytest.mark.parametrize("kind", LABELS)
def test_labels_of_any_kind_come_back(kind):
    frame = mixed()
    make, classes = LABELS[kind]
    estimator = small(FMClassifier).fit(frame, make(labels(frame) == "yes"))
    assert estimator.classes_.tolist() == classes
    expected, _ = fitted(FMClassifier)
    np.testing.assert_array_equal(estimator.predict_proba(frame), expected.predict_proba(frame))
    assert set(estimator.predict(frame).tolist()) <= set(classes)


def test_column_vector_of_labels_warns_as_scikit_learn_does():
    frame = mixed()
    with pytest.warns(Warning, match="column-vector"):
        small(FMClassifier).fit(frame, labels(frame)[:, None])


def test_probability_is_the_sigmoid_of_the_logit():
    estimator, frame = fitted(DeepFMClassifier)
    np.testing.assert_allclose(estimator.predict_proba(frame)[:, 1], expit(estimator.decision_function(frame)))


def test_training_starts_from_the_share_of_clicks():
    """With a learning rate of nothing, the prediction is the weighted mean of the labels."""
    frame = mixed()
    weight = np.linspace(0.5, 2, len(frame))
    y = labels(frame) == "yes"
    estimator = small(LRClassifier, lr=1e-12, max_epochs=1).fit(frame, y, sample_weight=weight)
    share = np.average(y, weights=weight)
    np.testing.assert_allclose(estimator.predict_proba(frame)[:, 1], share, atol=1e-3)
    balanced = small(LRClassifier, lr=1e-12, max_epochs=1, class_weight="balanced").fit(frame, y, sample_weight=weight)
    np.testing.assert_allclose(balanced.predict_proba(frame)[:, 1], 0.5, atol=1e-6)


def test_three_classes_start_from_their_shares():
    frame = mixed()
    y = np.repeat([0, 1, 2], [50, 30, 20])
    estimator = small(MFClassifier, lr=1e-12, max_epochs=1, init_scale=1e-6).fit(frame, y)
    np.testing.assert_allclose(estimator.predict_proba(frame)[0], [0.5, 0.3, 0.2], atol=2e-3)


def test_class_weight_is_a_factor_on_row_weights():
    """But not in the mean and scale of a number, hence none here."""
    frame = mixed().drop(columns="age")
    y = labels(mixed())
    factors = {"no": 1.0, "yes": 3.0}
    by_class = small(FMClassifier, class_weight=factors).fit(frame, y)
    by_row = small(FMClassifier).fit(frame, y, sample_weight=np.array([factors[label] for label in y]))
    np.testing.assert_allclose(by_class.decision_function(frame), by_row.decision_function(frame), atol=1e-4)


def test_balanced_uses_the_weights_of_the_rows():
    frame = mixed()
    y = labels(frame)
    weight = np.where(y == "yes", 5.0, 1.0)
    total = {label: weight[y == label].sum() for label in ("no", "yes")}
    factors = {label: sum(total.values()) / 2 / value for label, value in total.items()}
    balanced = small(FMClassifier, class_weight="balanced").fit(frame, y, sample_weight=weight)
    by_hand = small(FMClassifier, class_weight=factors).fit(frame, y, sample_weight=weight)
    np.testing.assert_allclose(balanced.decision_function(frame), by_hand.decision_function(frame), atol=1e-5)


@pytest.mark.parametrize("factor", [0, -1, np.nan])
def test_class_weights_that_are_not_positive_are_refused(factor):
    frame = mixed()
    with pytest.raises(ValueError, match="'class_weight' parameter of FMClassifier must have positive factors"):
        small(FMClassifier, class_weight={"no": 1, "yes": factor}).fit(frame, labels(frame))


def test_class_weight_of_another_class_is_refused():
    frame = mixed()
    with pytest.raises(ValueError, match=r"\['yes'\], are not in class_weight"):
        small(FMClassifier, class_weight={"no": 1, "nope": 2}).fit(frame, labels(frame))


def test_a_class_that_no_training_row_has_keeps_a_small_probability():
    frame = mixed()
    estimator = small(FMClassifier).partial_fit(frame, labels(frame), classes=["maybe", "no", "yes"])
    probability = estimator.predict_proba(frame)
    assert np.isfinite(probability).all()
    assert 0 < probability[:, 0].max() < 0.05
    assert np.isfinite(log_loss(["maybe"] * len(frame), probability, labels=estimator.classes_))


def test_a_balanced_prior_is_even():
    frame = mixed()
    y = np.r_[["yes"] * 10, ["no"] * 90]
    estimator = small(LRClassifier, class_weight="balanced", lr=1e-12, max_epochs=1).fit(frame, y)
    np.testing.assert_allclose(estimator.decision_function(frame), 0, atol=1e-6)


def test_an_early_stopping_split_keeps_a_class_of_one_row_in_training():
    frame = mixed()
    y = labels(frame)
    y[50] = "one"
    estimator = small(FMClassifier, early_stopping=True).fit(frame, y)
    assert list(estimator.classes_) == ["no", "one", "yes"]


def many(n_rows, n_classes, cls=FMClassifier, **params):
    """Return a model of as many classes, one after the other, and those that its validation rows had."""
    seen = []

    def scorer(estimator, X, y):
        seen.append(y)
        return 0.0

    params = {"max_epochs": 1, "scoring": scorer, **params}
    frame, y = mixed(n_rows), np.arange(n_rows) % n_classes
    return small(cls, **params).fit(frame, y), np.concatenate([*seen, []])


multi_class = [c for c in predictors() if is_classifier(c()) and c().__sklearn_tags__().classifier_tags.multi_class]


@pytest.mark.parametrize("cls", cases(multi_class))
def test_many_classes_do_without_a_stratified_split(cls, monkeypatch):
    """Neither "auto" nor who asks for early stopping is refused where a class has no validation row."""
    monkeypatch.setattr("skrec.estimators._base._fit.AUTO_STOPPING_ROWS", 100 * cls._auto_stops)
    for setting in ("auto", True):
        model, held = many(120, 30, cls, early_stopping=setting)
        assert list(model.classes_) == list(range(30))
        assert len(held) == (12 if cls._auto_stops or setting is True else 0)


def test_every_class_keeps_a_row_in_training_where_the_split_is_not_stratified():
    for n_rows, n_classes, n_held in ((120, 13, 12), (120, 60, 12), (130, 31, 13), (90, 9, 9)):
        model, held = many(n_rows, n_classes, early_stopping=True)
        assert list(model.classes_) == list(range(n_classes))
        assert len(held) == n_held


@pytest.mark.filterwarnings("ignore:The number of unique classes is greater")  # of scikit-learn
def test_where_nothing_can_be_held_out_auto_is_off_and_who_asks_is_told(monkeypatch):
    monkeypatch.setattr("skrec.estimators._base._fit.AUTO_STOPPING_ROWS", 50)
    for n_classes, words in (
        (60, "60 classes.*0 rows are left, of which 0 "),
        (55, "55 classes.*5 rows are left.* 1 "),
    ):
        model, held = many(60, n_classes, early_stopping="auto")
        assert not len(held)
        assert "valid_loss" not in model.history_
        message = (
            f"cannot hold out validation_fraction=0.1 of 60 rows.*{words}.*pass X_val, or set early_stopping=False"
        )
        with pytest.raises(ValueError, match=message):
            many(60, n_classes, early_stopping=True)


def test_label_that_validation_rows_alone_have_is_named():
    frame = mixed()
    y = labels(frame)
    with pytest.raises(ValueError, match=r"among \['no', 'yes'\], got \['new'\]"):
        small(FMClassifier).fit(frame, y, X_val=frame[:3], y_val=["no", "yes", "new"])
