"""GAUC against scikit-learn's AUC, user by user, and as a scorer."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import config_context
from sklearn.metrics import make_scorer, roc_auc_score
from sklearn.model_selection import GridSearchCV, GroupKFold, cross_validate
from sklearn.pipeline import make_pipeline

from skrec import DeepFMClassifier
from skrec.metrics import gauc_score
from skrec.model_selection import TemporalSplit
from skrec.preprocessing import TableEncoder

rows = st.tuples(st.integers(0, 1), st.integers(-3, 3), st.sampled_from("abcd"))


@given(st.lists(rows, min_size=1, max_size=30))
@settings(deadline=None)
def test_is_the_weighted_mean_of_the_users_auc(data):
    y_true, y_score, groups = map(np.array, zip(*data, strict=True))
    areas, sizes, left_out = [], [], 0
    for group in set(groups):
        own = groups == group
        if len(set(y_true[own])) == 2:
            areas.append(roc_auc_score(y_true[own], y_score[own]))
            sizes.append(own.sum())
        else:
            left_out += 1
    if not areas:
        with pytest.raises(ValueError, match=rf"a group with both classes, got one class only in each of {left_out}"):
            gauc_score(y_true, y_score, groups=groups)
        return
    found = gauc_score(y_true, y_score, groups=groups, return_left_out=True)
    assert found == (pytest.approx(np.average(areas, weights=sizes)), left_out)
    assert gauc_score(y_true, y_score, groups=groups) == found[0]


def test_one_group_is_auc():
    rng = np.random.default_rng(0)
    y_true, y_score = rng.integers(0, 2, 1000), rng.normal(size=1000).round(1)
    assert gauc_score(y_true, y_score, groups=np.zeros(1000)) == pytest.approx(roc_auc_score(y_true, y_score))


@pytest.mark.parametrize("kind", ["category", "string", object])
def test_groups_and_labels_of_any_kind(kind):
    groups = pd.Series(list("aabb"), dtype=kind)
    assert gauc_score([True, False, True, False], [2, 1, 1, 2], groups=groups) == 0.5


def clicks():
    """Users click much or little, which says nothing of the order of their rows; the item says it."""
    rng = np.random.default_rng(0)
    X = pd.DataFrame({"user": rng.integers(0, 12, 600), "item": rng.choice(list("uvwx"), 600), "day": np.arange(600)})
    rate = 0.15 + 0.5 * (X["user"] % 2) + 0.2 * X["item"].isin(["u", "v"])
    return X, (rng.random(600) < rate).astype(int)


def test_scorer_gets_the_groups_by_metadata_routing():
    X, y = clicks()
    model = DeepFMClassifier(embedding_dim=4, max_epochs=20, random_state=0)
    columns = {"user": ["user"], "item": ["item"], "both": ["user", "item"]}
    pipe = make_pipeline(TableEncoder(), model)
    grid = {"tableencoder__categorical": list(columns.values())}
    with config_context(enable_metadata_routing=True):
        scorer = make_scorer(gauc_score, response_method=("decision_function", "predict_proba"))
        scorer = scorer.set_score_request(groups=True)
        for cv in (GroupKFold(3), TemporalSplit("day", 3)):
            search = GridSearchCV(pipe, grid, scoring={"gauc": scorer, "auc": "roc_auc"}, cv=cv, refit="gauc")
            search.set_params(error_score="raise").fit(X, y, groups=X["user"])
            results = dict(zip(columns, search.cv_results_["mean_test_gauc"], strict=True))
            assert results["user"] == pytest.approx(0.5, abs=0.02)
            assert results["item"] > 0.55
            assert search.best_params_["tableencoder__categorical"] != ["user"]
        found = cross_validate(
            pipe.set_params(tableencoder__categorical=["item"]),
            X,
            y,
            cv=GroupKFold(3),
            scoring=scorer,
            params={"groups": X["user"]},
            return_estimator=True,
            return_indices=True,
        )
    for fitted, test, score in zip(found["estimator"], found["indices"]["test"], found["test_score"], strict=True):
        scores = fitted.decision_function(X.iloc[test])
        assert score == gauc_score(y[test], scores, groups=X["user"].iloc[test])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"y_true": [0, 2, 1]}, "Expected y_true as 0 and 1, got 2; say what is positive"),
        ({"y_score": [0, np.nan, 1]}, "contains NaN"),
        ({"y_score": [0, 1]}, "inconsistent numbers of samples"),
        ({"groups": ["a", None, "a"]}, "Expected a group for every row, got missing values in groups; drop those rows"),
        ({"y_true": [1, 1, 1]}, "Expected a group with both classes, got one class only in each of 1"),
        ({"return_left_out": "yes"}, "The 'return_left_out' parameter of gauc_score must be"),
    ],
)
def test_bad_input(change, message):
    options = {"y_true": [0, 1, 1], "y_score": [1, 2, 3], "groups": ["a", "a", "a"], **change}
    with pytest.raises(ValueError, match=message):
        gauc_score(**options)
