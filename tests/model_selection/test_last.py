"""The last rows of each user, against a loop over the users."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline

from skrec import MFRegressor
from skrec.model_selection import LeaveLastOut
from skrec.preprocessing import TableEncoder

pytestmark = pytest.mark.fast


def literal(X, left, n_last):
    """Return training and test rows by going through the users; `left` rows of each stay for later splits."""
    train, test = [], []
    for _, rows in X.groupby("user"):
        order = rows.sort_values("time", kind="stable").index.tolist()
        rest = order[: max(0, len(order) - left)]
        tested = rest[-n_last:] if len(rest) > n_last else []
        test += tested
        train += rest[: len(rest) - len(tested)]
    return sorted(train), sorted(test)


rows = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 5)), min_size=1, max_size=30)


@given(rows, st.integers(1, 3), st.integers(1, 3))
@settings(deadline=None)
def test_is_the_literal_loop(rows, n_splits, n_last):
    enough = [(5, time) for time in range(n_splits * n_last + 1)]  # a user with rows to learn from in every split
    X = pd.DataFrame(rows + enough, columns=["user", "time"])
    split = LeaveLastOut("time", user="user", n_splits=n_splits, n_last=n_last)
    found = list(split.split(X))
    assert len(found) == split.get_n_splits() == n_splits
    for i, (train, test) in enumerate(found):
        assert (train.tolist(), test.tolist()) == literal(X, (n_splits - 1 - i) * n_last, n_last)


def test_groups_tables_and_positions():
    X = pd.DataFrame({"user": list("abaab"), "time": [1, 1, 3, 2, 2]})
    expected = list(LeaveLastOut("time", user="user").split(X))
    numbers = X.assign(user=[0, 1, 0, 0, 1])
    for split, table, groups in (
        (LeaveLastOut("time"), X, X["user"]),
        (LeaveLastOut("time"), X, list(X["user"])),
        (LeaveLastOut("time", user="user"), pl.from_pandas(X), None),
        (LeaveLastOut(1, user=0), numbers.to_numpy(), None),
        (LeaveLastOut(-1), numbers.to_numpy(), X["user"]),
    ):
        for one, other in zip(split.split(table, groups=groups), expected, strict=True):
            np.testing.assert_array_equal(one[0], other[0])
            np.testing.assert_array_equal(one[1], other[1])


def test_grid_search():
    rng = np.random.default_rng(0)
    X = pd.DataFrame({"user": rng.integers(0, 20, 300), "item": rng.integers(0, 9, 300), "time": rng.permutation(300)})
    pipe = make_pipeline(TableEncoder(categorical=["user", "item"]), MFRegressor(max_epochs=2, random_state=0))
    search = GridSearchCV(pipe, {"mfregressor__embedding_dim": [2, 4]}, cv=LeaveLastOut("time"), error_score="raise")
    search.fit(X, rng.normal(size=300), groups=X["user"])
    assert search.n_splits_ == 1


X = pd.DataFrame({"user": list("aab"), "time": [1, 2, 3]})


@pytest.mark.parametrize(
    ("make", "X", "error", "message"),
    [
        (
            lambda: LeaveLastOut("time"),
            X,
            ValueError,
            "'groups' parameter should not be None where user names no column",
        ),
        (lambda: LeaveLastOut("day", user="user"), X, ValueError, "a column of X as time, got 'day'; X has"),
        (lambda: LeaveLastOut("time", user="usr"), X, ValueError, "a column of X as user, got 'usr'; X has"),
        (
            lambda: LeaveLastOut("user", user="time"),
            X,
            TypeError,
            "'user': expected times as numbers or dates, got text",
        ),
        (
            lambda: LeaveLastOut("time", user="user", n_splits=2),
            X,
            ValueError,
            "a user with more than 2 rows for n_splits=2 and n_last=1, got at most 2; make them smaller",
        ),
        (lambda: LeaveLastOut("time", user="user"), X[:0], ValueError, "a user with more than 1 rows .* got at most 0"),
        (
            lambda: LeaveLastOut("time", n_last=0),
            X,
            ValueError,
            "The 'n_last' parameter of LeaveLastOut.__init__ must be",
        ),
    ],
)
def test_bad_input(make, X, error, message):
    with pytest.raises(error, match=message):
        list(make().split(X))
