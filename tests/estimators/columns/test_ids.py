"""Models over a user and an item column: which columns those are."""

import numpy as np
import pandas as pd
import pytest

from skrec import MFClassifier, MFRegressor
from skrec.estimators._columns import IdColumns
from tests.samples import fitted, mixed, outputs, small, target

pytestmark = pytest.mark.fast


def ratings(n_rows=60):
    rng = np.random.default_rng(0)
    return pd.DataFrame({"u": rng.integers(0, 5, n_rows), "i": rng.integers(0, 7, n_rows)}), rng.normal(size=n_rows)


def test_two_columns_of_any_dtype_are_ids():
    X, y = ratings()
    expected = MFRegressor(random_state=0).fit(X, y).predict(X)
    for ids in (X.astype(str), X.astype("category"), X.astype({"u": float}), X.astype("Int64"), X.astype(object)):
        np.testing.assert_array_equal(MFRegressor(random_state=0).fit(ids, y).predict(ids), expected)


def test_an_array_uses_its_first_two_columns():
    X, y = ratings()
    array = np.c_[X.to_numpy(float), y]  # a third column that would give the answer away
    estimator = MFRegressor(random_state=0).fit(array, y)
    np.testing.assert_allclose(estimator.predict(array), MFRegressor(random_state=0).fit(X, y).predict(X), atol=1e-4)
    np.testing.assert_array_equal(estimator.predict(np.c_[array[:, :2], -y]), estimator.predict(array))
    assert estimator.n_features_in_ == 3


def test_columns_by_name_or_position():
    X, y = ratings()
    expected = MFRegressor(random_state=0).fit(X, y).predict(X)
    swapped = X[["i", "u"]]
    for user, item in (("u", "i"), (1, 0), (-1, 0), ("u", 0), (np.int64(1), np.int32(0))):
        np.testing.assert_array_equal(
            MFRegressor(user=user, item=item, random_state=0).fit(swapped, y).predict(swapped), expected
        )


def test_a_wide_frame_needs_the_names():
    frame = mixed()
    y = target(MFRegressor(), frame)
    for params in ({}, {"user": "user"}, {"user": 0, "item": 1}):
        with pytest.raises(ValueError, match=r"got a frame of 4 columns.*say which are the ids by name, user=\.\.\."):
            MFRegressor(**params).fit(frame, y)


def test_other_columns_of_a_wide_frame_are_not_even_looked_at():
    estimator, frame = fitted(MFClassifier)
    odd = frame.assign(age=pd.Timestamp("2020-01-01"), history=[1, "a"] * 50)
    again = small(MFClassifier).fit(odd, target(estimator, frame))
    np.testing.assert_array_equal(outputs(again, odd), outputs(estimator, frame))


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"user": "usr"}, "user names the column 'usr', which the data does not have"),
        ({"item": "userr"}, r"item names the column 'userr'.*did you mean 'user'\?"),
        ({"user": 9}, "user names the column 9, which the data does not have"),
        ({"user": True}, "The 'user' parameter of MFRegressor must be .* Got True instead"),
        ({"user": "item"}, "user and item both as 'item'"),
    ],
)
def test_columns_that_are_not_there_or_not_two(params, message):
    frame = mixed()[["user", "item"]]
    with pytest.raises(ValueError, match=message):
        MFRegressor(**params).fit(frame, np.arange(len(frame)))


def test_one_column_is_too_few():
    X, y = ratings()
    with pytest.raises(ValueError, match=r"1 feature\(s\).*while a minimum of 2 is required by MFRegressor"):
        MFRegressor().fit(X[["u"]], y)


def test_validation_rows_are_held_out_only_if_asked():
    rng = np.random.default_rng(0)
    X = pd.DataFrame({"u": rng.integers(0, 50, 10_001), "i": rng.integers(0, 50, 10_001)})
    y = rng.normal(size=len(X))
    assert "valid_loss" not in MFRegressor(max_epochs=1, embedding_dim=2).fit(X, y).history_
    assert "valid_loss" in MFRegressor(max_epochs=1, embedding_dim=2, early_stopping=True).fit(X, y).history_


@pytest.mark.parametrize("learning", [False, True])
def test_nothing_else_is_read(learning):
    columns = IdColumns(user="user", item="item")
    roles, shared = columns.learn(mixed(), True, "Model")
    assert (roles, shared) == ({"user": "categorical", "item": "categorical"}, {})
    assert columns.read(list(roles), learning=learning) == ["user", "item"]
    assert columns.ids() == ("user", "item")
