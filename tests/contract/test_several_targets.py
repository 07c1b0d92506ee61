"""Several targets, in every estimator that learns them."""

import copy
import pickle
import re

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.dataset as ds
import pytest
import skops.io
import torch
from sklearn.base import clone, is_classifier, is_regressor
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import GridSearchCV, KFold, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.utils import estimator_checks

from skrec import DeepFMClassifier, ESMMClassifier, MMoEClassifier, MMoERegressor, SharedBottomRegressor
from skrec.metrics import target_scorer
from skrec.persistence import TRUSTED_TYPES
from skrec.preprocessing import TableEncoder
from tests.samples import mixed, outputs, small, target, unchanged
from tests.several import SEVERAL, answers, fitted_on_two, targets

every = pytest.mark.parametrize("cls", SEVERAL, ids=lambda cls: cls.__name__)
classifiers = pytest.mark.parametrize("cls", [cls for cls in SEVERAL if is_classifier(cls())])
regressors = pytest.mark.parametrize("cls", [cls for cls in SEVERAL if is_regressor(cls())])
DESCENT = {"optimizer": "sgd", "lr": 0.3}


@classifiers
@pytest.mark.filterwarnings("ignore:ESMMClassifier. .* rows have a target without the one before:UserWarning")
def test_scikit_learns_checks_of_many_labels(cls):
    """Those that ask for no `decision_function`, which is of one target."""
    kinds = ("representation_invariance", "output_format_predict", "output_format_predict_proba")
    for kind in kinds:
        getattr(estimator_checks, f"check_classifiers_multilabel_{kind}")(cls.__name__, cls(max_epochs=2))


@every
def test_one_column_is_one_target(cls):
    frame = mixed(60)
    y = target(cls(), frame)
    expected = small(cls).fit(frame, y)
    for same in (y[:, None], pd.DataFrame({"y": y}), pl.DataFrame({"y": y})):
        model = small(cls).fit(frame, same)
        np.testing.assert_array_equal(outputs(model, frame), outputs(expected, frame))
        assert model.n_outputs_ == 1
        assert not hasattr(model, "target_names_in_")


@classifiers
def test_lists_of_classes_and_probabilities(cls):
    model, frame, _ = fitted_on_two(cls)
    assert [classes.tolist() for classes in model.classes_] == [[0, 1], [0, 1]]
    probability = model.predict_proba(frame)
    assert [part.shape for part in probability] == [(100, 2), (100, 2)]
    predicted = model.predict(frame)
    np.testing.assert_array_equal(predicted, np.column_stack([part.argmax(1) for part in probability]))
    assert (model.n_outputs_, model.intercept_.shape) == (2, (2,))
    assert not hasattr(model, "decision_function")


@every
def test_names_come_in_and_go_out(cls):
    model, frame, y = fitted_on_two(cls)
    assert model.target_names_in_.tolist() == list(y)
    predicted = model.predict(frame.set_axis(range(7, 107)))
    assert list(predicted) == list(y)
    assert predicted.index[0] == 7
    assert (predicted.dtypes == y.dtypes).all()
    plain = small(cls).fit(frame, y.to_numpy())
    assert isinstance(plain.predict(frame), np.ndarray)
    np.testing.assert_array_equal(plain.predict(frame), predicted)
    assert not hasattr(plain, "target_names_in_")
    polars = small(cls).fit(frame, pl.from_pandas(y))
    np.testing.assert_array_equal(answers(polars, frame), answers(model, frame))


@every
def test_named_targets_of_later_rows_in_another_order(cls):
    frame = mixed(60)
    y = targets(cls, frame)
    expected = small(cls, warm_start=True, max_epochs=1).fit(frame, y)
    again = copy.deepcopy(expected)
    expected.fit(frame, y, X_val=frame, y_val=y)
    again.fit(frame, y[y.columns[::-1]], X_val=frame, y_val=y[y.columns[::-1]])
    np.testing.assert_array_equal(answers(again, frame), answers(expected, frame))


@every
def test_a_row_without_any_target_is_absent(cls):
    frame = mixed(60)
    y = targets(cls, frame).astype(float)
    there = (frame["user"] != "a").to_numpy()
    holes = y.copy()
    holes[~there] = np.nan
    with_holes = small(cls, **DESCENT).fit(frame, holes)
    absent = small(cls, **DESCENT).fit(frame[there], y[there])
    np.testing.assert_array_equal(answers(with_holes, frame), answers(absent, frame))
    assert "a" not in with_holes.embedding("user").index


@pytest.mark.parametrize("cls", [cls for cls in SEVERAL if cls is not ESMMClassifier])
def test_a_target_missing_in_half_of_the_rows_is_learnt_of_those_that_have_it(cls):
    """With the weight of the other one zero, both steps are those of the rows that have the second."""
    frame = mixed(60)
    y = targets(cls, frame).astype(float)
    half = np.arange(60) % 2 == 0
    holes = y.assign(**{y.columns[1]: y.iloc[:, 1].where(half)})
    frame = frame.drop(columns="age")  # whose mean is that of all rows
    params = {**DESCENT, "target_weights": [0, 1], "embedding_l2": 0}
    model = small(cls, **params).fit(frame, holes)
    rows = small(cls, **params).fit(frame, y, sample_weight=np.where(half, 1.0, 1e-30))
    np.testing.assert_allclose(answers(model, frame)[:, -1], answers(rows, frame)[:, -1], rtol=1e-4, atol=1e-4)


@every
def test_what_is_missing_changes_nothing_but_what_is_learnt_of_it(cls):
    """None, NaN and NA are the same; validation rows may lack targets too."""
    frame = mixed(60)
    y = targets(cls, frame, missing=True)
    expected = small(cls).fit(frame, y, X_val=frame, y_val=y)
    assert np.isfinite(expected.history_).all().all()
    others = [y.astype(object).where(y.notna(), None), y.convert_dtypes(), y.to_numpy()]
    for other in others:
        model = small(cls).fit(frame, other, X_val=frame, y_val=other)
        np.testing.assert_allclose(answers(model, frame), answers(expected, frame), atol=1e-6)


@every
def test_a_weight_of_two_is_the_row_twice(cls):
    frame = mixed(40)
    y = targets(cls, frame, missing=True)
    weight = np.where(np.arange(40) % 2, 2.0, 1.0)
    twice = np.repeat(np.arange(40), weight.astype(int))
    weighted = small(cls, **DESCENT).fit(frame, y, sample_weight=weight)
    repeated = small(cls, **DESCENT).fit(frame.iloc[twice], y.iloc[twice])
    np.testing.assert_allclose(answers(weighted, frame), answers(repeated, frame), rtol=1e-4, atol=1e-4)


@every
def test_weights_of_targets(cls):
    frame = mixed(60)
    y = targets(cls, frame)
    models = [
        small(cls, max_epochs=10, target_weights=weights).fit(frame, y)
        for weights in ([1, 3], {y.columns[1]: 3.0}, np.array([2.0, 6.0]), None, "learnt")
    ]
    one, *others = (answers(model, frame) for model in models)
    for same in others[:2]:
        np.testing.assert_allclose(same, one, rtol=1e-3, atol=1e-4)
    assert not np.allclose(others[2], one, rtol=1e-3, atol=1e-3)
    assert models[-1].net_.criterion_.log_variance.abs().min() > 0


@every
def test_learnt_weights_of_targets_go_back_to_the_best_epoch_too(cls):
    frame = mixed(200)
    y = targets(cls, frame)
    params = {"target_weights": "learnt", "lr": 0.2, "early_stopping": True, "n_iter_no_change": 3, "random_state": 3}
    params["numeric_embedding"] = None
    model = small(cls, max_epochs=12, **params).fit(frame, y)
    assert model.best_epoch_ < model.n_iter_
    best = small(cls, max_epochs=model.best_epoch_, **params).fit(frame, y)
    assert torch.equal(model.net_.criterion_.log_variance, best.net_.criterion_.log_variance)
    np.testing.assert_array_equal(answers(model, frame), answers(best, frame))


@every
def test_datasets_are_the_frame(cls):
    frame = mixed(60)
    y = targets(cls, frame, missing=True)
    table = pa.Table.from_pandas(frame.assign(**{name: y[name] for name in y}), preserve_index=False)
    expected = small(cls).fit(frame, y, X_val=frame, y_val=y)
    model = small(cls).fit(ds.dataset(table), list(y), X_val=ds.dataset(table), y_val=list(y))
    np.testing.assert_allclose(answers(model, frame), answers(expected, frame), rtol=1e-5, atol=1e-6)
    assert model.target_names_in_.tolist() == list(y)
    assert len(model.predict(ds.dataset(table))) == 60


@every
def test_files_and_copies(cls):
    model, frame, y = fitted_on_two(cls, missing=True, warm_start=True, target_weights="learnt")
    data = skops.io.dumps(model)
    for again in (pickle.loads(pickle.dumps(model)), skops.io.loads(data, trusted=TRUSTED_TYPES)):
        np.testing.assert_array_equal(answers(again, frame), answers(model, frame))
        assert again.summary().equals(model.summary())
        assert list(again.predict(frame)) == list(y)
    again = pickle.loads(pickle.dumps(model))
    for one in (model, again):
        one.fit(frame, y)
    np.testing.assert_array_equal(answers(again, frame), answers(model, frame))
    assert (again.net_.criterion_.log_variance == model.net_.criterion_.log_variance).all()


@every
def test_partial_fit(cls):
    frame = mixed(60)
    y = targets(cls, frame, missing=True)
    model = small(cls)
    first = {"classes": [[0, 1], [0, 1]]} if is_classifier(model) else {}
    for _ in range(3):
        model.partial_fit(frame, y, **first)
    whole = small(cls, max_epochs=3).fit(frame, y)
    np.testing.assert_allclose(answers(model, frame), answers(whole, frame), rtol=1e-4, atol=1e-5)


@every
def test_early_stopping_on_the_mean_or_on_one(cls):
    frame = mixed(200)
    y = targets(cls, frame, missing=True)
    scoring = {"last": target_scorer("roc_auc" if is_classifier(cls()) else "r2", target=y.columns[1]), "loss": "loss"}
    model = small(cls, early_stopping=True, max_epochs=8, n_iter_no_change=2, lr=0.1).fit(frame, y)
    assert "valid_loss" in model.history_
    model = small(cls, scoring=scoring, max_epochs=4).fit(frame, y, X_val=frame, y_val=y)
    assert model.best_epoch_ == model.history_["valid_last"].argmax() + 1


@every
def test_through_a_pipeline_and_a_search(cls):
    frame = mixed(120)
    y = targets(cls, frame, missing=True)
    encoder = TableEncoder(categorical=["user", "item"], numeric=["age"], sequence=["history"])
    pipe = make_pipeline(encoder, small(cls))
    name, scoring = cls.__name__.lower(), target_scorer("roc_auc" if is_classifier(cls()) else "r2")
    grid = {f"{name}__embedding_dim": [2, 4]}
    search = GridSearchCV(pipe, grid, scoring=scoring, cv=KFold(2), n_jobs=2).fit(frame, y)
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()
    assert list(search.predict(frame)) == list(y)
    assert np.isfinite(cross_val_score(clone(pipe), frame, y, cv=KFold(2), scoring=scoring)).all()


@every
def test_known_answers_are_learnt(cls):
    model, _, _ = fitted_on_two(cls, 600, missing=True, max_epochs=30, hidden_layer_sizes=(32,))
    test = mixed(300, seed=1)
    y = targets(cls, test)
    for place, name in enumerate(y):
        if is_classifier(model):
            assert roc_auc_score(y[name], model.predict_proba(test)[place][:, 1]) > 0.97
        else:
            assert np.corrcoef(y[name], model.predict(test)[name])[0, 1] > 0.97


@classifiers
def test_targets_of_text_and_of_more_classes(cls):
    frame = mixed(90)
    y = targets(cls, frame).astype(object)
    y["click"] = y["click"].map({0: "no", 1: "yes"})
    model = small(cls).fit(frame, y)
    assert set(model.predict(frame)["click"]) <= {"no", "yes"}
    assert model.predict(frame)["buy"].dtype == np.int64
    y["buy"] = np.arange(90) % 3
    if cls is ESMMClassifier:
        with pytest.raises(ValueError, match="Target 'buy': Only binary classification is supported"):
            small(cls).fit(frame, y)
    else:
        assert [part.shape[1] for part in small(cls).fit(frame, y).predict_proba(frame)] == [2, 3]


@classifiers
def test_class_weights_are_of_each_target(cls):
    frame = mixed(80)
    y = targets(cls, frame, missing=True)
    models = [small(cls, class_weight=weight).fit(frame, y) for weight in ("balanced", {0: 1, 1: 2}, {0: 3, 1: 6})]
    one, two, same = (answers(model, frame) for model in models)
    assert not np.allclose(one, two, atol=1e-3)
    np.testing.assert_allclose(two, same, atol=1e-5)


BAD = {
    "one class": (
        MMoEClassifier,
        lambda y: y.assign(buy=0),
        ValueError,
        "Target 'buy': MMoEClassifier needs at least two classes, got only one class, 0, in the rows of",
    ),
    "text among numbers": (
        MMoERegressor,
        lambda y: y.assign(minutes=["7", *["long"] * (len(y) - 1)]),
        ValueError,
        "Target 'minutes': .*could not convert string to float: 'long'",
    ),
    "infinity": (MMoERegressor, lambda y: y.assign(minutes=np.inf), ValueError, "Target 'minutes': .*infinity"),
    "numbers for labels": (
        MMoEClassifier,
        lambda y: y.assign(buy=np.linspace(0, 1, len(y))),
        ValueError,
        "Target 'buy': Unknown label type: continuous",
    ),
    "another length": (MMoEClassifier, lambda y: y[:-1], ValueError, r"inconsistent numbers of samples: \[60, 59\]"),
    "all missing": (
        MMoEClassifier,
        lambda y: y.assign(buy=np.nan),
        ValueError,
        "Target 'buy' of MMoEClassifier is missing in all rows; leave the column out",
    ),
    "nothing at all": (
        MMoEClassifier,
        lambda y: y.assign(click=np.nan, buy=np.nan),
        ValueError,
        "MMoEClassifier needs a target in some row, got 2 missing in all rows",
    ),
    "rows of different lengths": (
        MMoEClassifier,
        lambda y: [[0, 1], [1]] * 30,
        ValueError,
        "Expected the same number of targets in each row of y, got rows of different lengths; let NaN",
    ),
    "no column": (MMoEClassifier, lambda y: y[[]], ValueError, r"Expected a target a row at least, got y of shape"),
}


@pytest.mark.parametrize(("cls", "change", "error", "message"), BAD.values(), ids=BAD)
def test_bad_targets_are_named(cls, change, error, message):
    frame = mixed(60)
    model = small(cls)
    with unchanged(model), pytest.raises(error, match=message):
        model.fit(frame, change(targets(cls, frame)))


WEIGHTS = {
    "a name that is not there": ({"like": 2}, r"must name targets that are there, \['click', 'buy'\]. Got .*'like'"),
    "too many": ([1, 2, 3], r"must have a weight for each of the 2 targets. Got \[1, 2, 3\]"),
    "negative": ([1, -1], "must have weights of at least 0, one of them positive"),
    "nothing": ([0, 0], "must have weights of at least 0, one of them positive"),
    "text": (["a", "b"], "must have weights of at least 0"),
}


@pytest.mark.parametrize(("weights", "message"), WEIGHTS.values(), ids=WEIGHTS)
def test_weights_of_targets_that_are_not_there(weights, message):
    frame = mixed(60)
    model = small(MMoEClassifier, target_weights=weights)
    with (
        unchanged(model),
        pytest.raises(ValueError, match=f"The 'target_weights' parameter of MMoEClassifier {message}"),
    ):
        model.fit(frame, targets(MMoEClassifier, frame))


def test_weights_of_a_single_target_are_refused():
    frame = mixed(60)
    message = r"The 'target_weights' parameter of MMoEClassifier must be None for a single target. Got \[1\] instead"
    with pytest.raises(ValueError, match=message):
        small(MMoEClassifier, target_weights=[1]).fit(frame, target(MMoEClassifier(), frame))


@pytest.mark.parametrize("cls", [DeepFMClassifier])
def test_a_model_of_one_target_refuses_several(cls):
    frame = mixed(60)
    message = (
        r"y should be a 1d array, got an array of shape \(60, 2\) instead: 2 targets where one is learnt; pass one"
    )
    for y in (targets(cls, frame), targets(cls, frame).to_numpy()):
        with pytest.raises(ValueError, match=message):
            small(cls).fit(frame, y)


def test_another_number_of_targets_than_in_fit():
    model, frame, y = fitted_on_two(MMoEClassifier, 60, warm_start=True)
    for other in (y["click"], y.assign(more=1)):
        with (
            unchanged(model, frame),
            pytest.raises(ValueError, match=r"was fitted on 2 targets, \['click', 'buy'\], got"),
        ):
            model.fit(frame, other)
    with pytest.raises(
        ValueError, match=r"Expected the targets of fit, \['click', 'buy'\], got \['click', 'like'\] in y"
    ):
        model.fit(frame, y.rename(columns={"buy": "like"}))
    single = small(MMoEClassifier, warm_start=True).fit(frame, y["click"])
    with pytest.raises(ValueError, match="was fitted on one target, got 2 targets in y; pass those of fit"):
        single.fit(frame, y)


def test_a_scorer_of_one_target_says_which_to_take():
    frame = mixed(60)
    y = targets(MMoEClassifier, frame, missing=True)
    model = small(MMoEClassifier, scoring="roc_auc")
    with pytest.raises(ValueError, match=r"'roc_auc' cannot score .*pass skrec.metrics.target_scorer\('roc_auc'\)"):
        model.fit(frame, y, X_val=frame, y_val=y)
    whole = y.fillna(0).astype(int)
    assert "valid_roc_auc" in model.fit(frame, whole, X_val=frame, y_val=whole).history_


def test_labels_that_fit_had_not():
    frame = mixed(60)
    y = targets(MMoEClassifier, frame)
    with pytest.raises(ValueError, match=r"Target 'buy': Expected labels among \[0, 1\], got \[2\] in y"):
        small(MMoEClassifier).fit(frame, y, X_val=frame, y_val=y.assign(buy=2))
    model = small(MMoEClassifier).partial_fit(frame, y, classes=[[0, 1], [0, 1]])
    with pytest.raises(ValueError, match=r"Expected the classes of the first fit, \[\[0, 1\], \[0, 1\]\], got"):
        model.partial_fit(frame, y, classes=[[0, 1], [0, 1, 2]])


def test_validation_rows_keep_the_labels_of_each_target():
    """Rows are held out so that each kind of row stays in training, whatever is missing."""
    frame = mixed(200)
    y = targets(MMoEClassifier, frame, missing=True)
    model = small(MMoEClassifier, early_stopping=True, validation_fraction=0.3).fit(frame, y)
    assert np.isfinite(model.history_).all().all()


def test_numbers_of_any_unit():
    """The loss is of standardised numbers: units of one target change nothing of the other."""
    frame = mixed(60)
    y = targets(SharedBottomRegressor, frame)
    expected = small(SharedBottomRegressor).fit(frame, y).predict(frame)
    found = small(SharedBottomRegressor).fit(frame, y * [1.0, 1024.0]).predict(frame)
    np.testing.assert_allclose(found / [1.0, 1024.0], expected, rtol=1e-5)


def test_esmm_is_a_chain():
    model, frame, _ = fitted_on_two(ESMMClassifier, 200, max_epochs=10)
    click, buy = (part[:, 1] for part in model.predict_proba(frame))
    assert (buy <= click).all()
    module = model.net_.module_
    assert module.bias.shape == (2,)
    three = targets(ESMMClassifier, frame).assign(again=lambda y: (y["buy"] == 1) & (np.arange(200) % 2 == 0))
    chain = small(ESMMClassifier).fit(frame, three.astype(int)).predict_proba(frame)
    assert (chain[2][:, 1] <= chain[1][:, 1]).all()


def test_esmm_takes_a_missing_label_behind_a_negative_one_as_negative():
    frame = mixed(60)
    y = targets(ESMMClassifier, frame)
    expected = small(ESMMClassifier, **DESCENT).fit(frame, y)
    unknown = small(ESMMClassifier, **DESCENT).fit(frame, y.assign(buy=y["buy"].where(y["click"] == 1)))
    np.testing.assert_allclose(answers(unknown, frame), answers(expected, frame), atol=1e-6)
    np.testing.assert_allclose(unknown.intercept_, expected.intercept_, atol=1e-6)


def test_esmm_warns_once_of_conversions_without_a_click():
    frame = mixed(60)
    y = targets(ESMMClassifier, frame)
    strays = np.flatnonzero(y["click"] == 0)[:3]
    y.loc[strays, "buy"] = 1
    message = "ESMMClassifier: 3 rows have a target without the one before it, such as 'buy' without 'click'"
    table = ds.dataset(pa.Table.from_pandas(frame.assign(**{name: y[name] for name in y}), preserve_index=False))
    for rows in ((frame, y), (table, list(y))):
        with pytest.warns(UserWarning, match=re.escape(message)) as caught:
            small(ESMMClassifier).fit(*rows)
        assert len(caught) == 1


def test_esmm_starts_from_the_shares():
    frame = mixed(200)
    y = targets(ESMMClassifier, frame)
    model = small(ESMMClassifier, lr=1e-12, max_epochs=1).fit(frame, y)
    probability = [part[:, 1].mean() for part in model.predict_proba(frame)]
    np.testing.assert_allclose(probability, y.mean(), rtol=0.05)
