"""Wide & Deep: combinations of values that the wide part knows by heart."""

import pickle

import numpy as np
import pandas as pd
import pytest

from skrec import WideDeepClassifier, WideDeepRegressor
from tests.samples import fitted, mixed, outputs, small, target, unchanged

CROSS = [("user", "item")]
# a deep part too narrow for a table of independent numbers
NARROW = {"embedding_dim": 1, "hidden_layer_sizes": (1,), "embedding_l2": 0, "lr": 0.05, "max_epochs": 30}


def table(n_values=8, n_rows=1200, seed=0):
    """An independent number for every pair, of which the columns alone say little."""
    rng = np.random.default_rng(seed)
    numbers = rng.normal(size=(n_values, n_values))
    a, b = rng.integers(0, n_values, (2, n_rows))
    return pd.DataFrame({"user": a, "item": b}).astype(str), numbers[a, b]


def test_a_cross_memorises_pairs_that_neither_part_knows_without():
    frame, y = table()
    train, test = slice(0, 800), slice(800, None)
    for crossed, score in ((CROSS, (0.98, 1)), (None, (-1, 0.8))):
        estimator = WideDeepRegressor(crossed_columns=crossed, random_state=0, **NARROW).fit(frame[train], y[train])
        low, high = score
        assert low < estimator.score(frame[test], y[test]) < high


def test_classes_too():
    frame, y = table()
    for labels in (y > 0, np.digitize(y, [-0.5, 0.5])):
        estimator = WideDeepClassifier(crossed_columns=CROSS, random_state=0, **NARROW).fit(frame[:800], labels[:800])
        assert estimator.score(frame[800:], labels[800:]) > 0.98


def test_a_pair_that_training_rows_lack_adds_nothing():
    frame, y = table()
    new = (frame["user"] == "0") & (frame["item"] == "0")
    estimator = WideDeepRegressor(crossed_columns=CROSS, random_state=0, **NARROW).fit(frame[~new], y[~new])
    crosses = estimator.net_.module_.crosses
    assert len(crosses.table) == 64  # one is missing, the unknown code is there
    assert not crosses.table[0].any()
    assert crosses.table[1:].all()
    before = estimator.predict(frame[new])
    crosses.table.data[1:] = 0
    np.testing.assert_array_equal(estimator.predict(frame[new]), before)
    for other in (frame[:5].assign(user="new"), frame[:5].assign(item=None)):
        assert np.isfinite(estimator.predict(other)).all()


@pytest.mark.parametrize("how", ["X_val", "early_stopping", "weight"])
def test_pairs_are_learnt_from_training_rows_alone(how):
    frame, y = table(n_rows=300)
    once = pd.DataFrame({"user": ["0", "1"], "item": ["only", "only"]})
    X, y = pd.concat([frame, once], ignore_index=True), np.r_[y, 0, 0]
    estimator, options = WideDeepRegressor(crossed_columns=CROSS, max_epochs=1, random_state=0), {}
    if how == "X_val":
        X, y, options = X[:-1], y[:-1], {"X_val": X[-1:], "y_val": y[-1:]}
    elif how == "weight":
        options = {"sample_weight": np.r_[np.ones(301), 0]}
    else:
        estimator.set_params(early_stopping=True, validation_fraction=0.5)
    estimator.fit(X, y, **options)
    n_pairs = len(estimator.net_.module_.crosses.table) - 1
    known = len(X[:301].drop_duplicates())
    assert n_pairs < known if how == "early_stopping" else n_pairs == known


def test_a_missing_value_of_training_rows_pairs_like_any_other():
    frame, y = table(n_values=3)
    estimator = WideDeepRegressor(crossed_columns=CROSS, random_state=0, **NARROW)
    estimator.fit(frame.assign(user=frame["user"].where(frame["user"] != "2")), y)
    assert estimator.score(frame.assign(user=frame["user"].replace("2", "new")), y) > 0.98


def test_crosses_of_three_columns_of_several_and_of_an_array():
    frame, y = table(n_values=3)
    frame["third"] = pd.Categorical(np.arange(len(frame)) % 2)
    y = np.where(frame["third"] == 0, y, -y)
    crossed = [("user", "item", "third"), ["third", "user"]]
    estimator = WideDeepRegressor(crossed_columns=crossed, random_state=0, **NARROW).fit(frame, y)
    assert estimator.score(frame, y) > 0.98
    assert len(estimator.net_.module_.crosses.table) == (18 + 1) + (6 + 1)
    X = frame.astype(float).to_numpy()
    crossed = [(0, 1, 2), (2, 0)]
    again = WideDeepRegressor(crossed_columns=crossed, categorical_features=[0, 1, 2], random_state=0, **NARROW)
    assert again.fit(X, y).score(X, y) > 0.98


def test_beside_lists_and_numbers_and_in_a_pickle():
    estimator, frame = fitted(WideDeepClassifier, crossed_columns=CROSS)
    assert len(estimator.net_.module_.crosses.table) == len(frame[["user", "item"]].drop_duplicates()) + 1
    again = pickle.loads(pickle.dumps(estimator))
    np.testing.assert_array_equal(outputs(again, frame), outputs(estimator, frame))
    backwards = frame.assign(item=frame["item"].cat.reorder_categories(list("zyxwvu")))
    np.testing.assert_array_equal(outputs(estimator, backwards), outputs(estimator, frame))


def test_partial_fit_and_warm_start_keep_the_first_pairs():
    frame = mixed()
    estimator = small(WideDeepRegressor, crossed_columns=CROSS, warm_start=True)
    y = target(estimator, frame)
    n_codes = len(estimator.partial_fit(frame[:20], y[:20]).net_.module_.crosses.table)
    for fit in (estimator.partial_fit, estimator.fit):
        fit(frame, y)
        assert len(estimator.net_.module_.crosses.table) == n_codes < 36
    estimator.set_params(crossed_columns=None)
    with pytest.raises(ValueError, match=r"the first fit had crossed_columns=\[\('user', 'item'\)\], now None"):
        estimator.fit(frame, y)


WRONG = {
    "not there": ([("user", "itme")], r"crossed_columns names the column 'itme'.*; did you mean 'item'\?"),
    "a number": ([("user", "age")], "crossed_columns takes categorical columns, got 'age', which is numeric; cut"),
    "a list": ([("user", "history")], "crossed_columns takes categorical columns, got 'history', which is sequence"),
    "one column": ([("user",)], r"'crossed_columns' parameter of .* two or more different columns. Got \('user',\)"),
    "twice the same": ([("user", "user")], "two or more different columns. Got"),
    "names without a tuple": (["user", "item"], "a list of tuples, each of .* Got 'user' in it"),
    "a string": ("user", "The 'crossed_columns' parameter of WideDeepClassifier must be an instance of 'list' or None"),
}


@pytest.mark.parametrize("what", WRONG)
def test_crosses_that_are_none(what):
    crossed, message = WRONG[what]
    estimator, frame = fitted(WideDeepClassifier)
    estimator.set_params(crossed_columns=crossed)
    with unchanged(estimator, frame), pytest.raises(ValueError, match=message):
        estimator.fit(frame, target(estimator, frame))


def test_no_hidden_layer_is_refused():
    frame = mixed()
    message = "The 'hidden_layer_sizes' parameter of WideDeepClassifier must be one or more positive integers"
    with pytest.raises(ValueError, match=message):
        WideDeepClassifier(hidden_layer_sizes=()).fit(frame, target(WideDeepClassifier(), frame))


def test_options_reach_the_net():
    estimator, _ = fitted(WideDeepClassifier, dropout=0.5, batch_norm=True, numeric_embedding=None)
    net = estimator.net_.module_
    assert [type(layer).__name__ for layer in net.mlp] == ["Linear", "BatchNorm", "ReLU", "Dropout", "Linear"]
    assert net.crosses is None
    assert net.slopes.shape == (1, 1)
