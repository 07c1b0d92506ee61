"""Splits in time: nothing of a training part as late as its test part, and no group on both sides."""

from datetime import timedelta

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline

from skrec import DeepFMClassifier
from skrec.model_selection import GroupedTemporalSplit, TemporalSplit
from skrec.preprocessing import TableEncoder

times = st.lists(st.integers(0, 60), min_size=12, max_size=40)


def frame_of(values):
    return pd.DataFrame({"item": np.arange(len(values)), "time": values})


def parts(split, X, groups=None):
    try:
        found = list(split.split(X, groups=groups))
    except ValueError as error:
        assume(not str(error).startswith(("Expected rows to train on", "Expected enough different times")))
        raise
    assert len(found) == split.get_n_splits(X)
    return found


@given(times, st.integers(1, 4), st.integers(0, 3), st.none() | st.integers(1, 20))
@settings(deadline=None)
def test_every_training_row_is_earlier(values, n_splits, gap, window):
    X = frame_of(values)
    time = X["time"].to_numpy()
    found = parts(TemporalSplit("time", n_splits, gap=gap, window=window), X)
    for train, test in found:
        start = time[test].min()
        expected = time < start - gap
        if window is not None:
            expected &= time >= start - gap - window
        assert expected[train].all()
        assert len(train) == expected.sum() > 0
    tested = np.concatenate([test for _, test in found])
    assert sorted(tested) == np.flatnonzero(time >= time[found[0][1]].min()).tolist()
    assert all((np.diff(rows) > 0).all() for split in found for rows in split)


@given(times, st.integers(1, 3), st.integers(0, 2), st.randoms(use_true_random=False))
@settings(deadline=None)
def test_groups_stay_whole(values, n_splits, gap, random):
    X = frame_of(values)
    groups = np.array([random.randrange(len(values)) for _ in values])
    for train, test in parts(GroupedTemporalSplit("time", n_splits, gap=gap), X, groups):
        assert not set(groups[train]) & set(groups[test])
        assert X["time"][train].max() < X["time"][test].min() - gap
        for rows in (train, test):
            assert len(rows) == np.isin(groups, groups[rows]).sum()


@given(times, st.integers(1, 3))
@settings(deadline=None)
def test_groups_of_one_row_are_rows(values, n_splits):
    X = frame_of(values)
    expected = parts(TemporalSplit("time", n_splits), X)
    found = parts(GroupedTemporalSplit("time", n_splits, group="item"), X)
    for one, other in zip(expected, found, strict=True):
        np.testing.assert_array_equal(one[0], other[0])
        np.testing.assert_array_equal(one[1], other[1])


def test_blocks_are_about_equal():
    X = frame_of(np.random.default_rng(0).permutation(1000))
    sizes = [len(test) for _, test in TemporalSplit("time", 4).split(X)]
    assert sizes == [200] * 4
    assert [len(train) for train, _ in TemporalSplit("time", 4).split(X)] == [200, 400, 600, 800]
    assert [len(train) for train, _ in TemporalSplit("time", 4, window=150, gap=50).split(X)] == [150] * 4


SPANS = [
    "7D",
    timedelta(days=7),
    pd.Timedelta(7, "D"),
    np.timedelta64(7, "D"),
    np.timedelta64(168, "h"),
    pd.offsets.Hour(168),
]


@pytest.mark.parametrize("span", SPANS, ids=str)
def test_dates(span):
    numbers = frame_of(np.arange(60))
    dates = numbers.assign(time=pd.to_datetime(numbers["time"], unit="D"))
    for X in (dates, dates.assign(time=dates["time"].dt.tz_localize("UTC")), pl.from_pandas(dates)):
        found = TemporalSplit("time", 3, gap=span, window="10D").split(X)
        expected = TemporalSplit("time", 3, gap=7, window=10).split(numbers)
        for one, other in zip(found, expected, strict=True):
            np.testing.assert_array_equal(one[0], other[0])
            np.testing.assert_array_equal(one[1], other[1])


@pytest.mark.parametrize("dtype", ["uint8", "int8", "float16", "uint64", "Int64"])
def test_small_and_unsigned_times(dtype):
    X = frame_of(pd.array(np.arange(40), dtype))
    for one, other in zip(
        TemporalSplit("time", gap=1).split(X), TemporalSplit(1, gap=1).split(X.to_numpy()), strict=True
    ):
        np.testing.assert_array_equal(one[0], other[0])
        np.testing.assert_array_equal(one[1], other[1])


def test_grid_search():
    rng = np.random.default_rng(0)
    X = pd.DataFrame(
        {"user": rng.choice(list("abcd"), 300), "day": rng.permutation(300), "session": np.arange(300) // 3}
    )
    y = X["user"].isin(["a", "b"])
    pipe = make_pipeline(TableEncoder(categorical="user"), DeepFMClassifier(max_epochs=5, lr=0.05, random_state=0))
    grid = {"deepfmclassifier__embedding_dim": [2, 4]}
    search = GridSearchCV(pipe, grid, cv=TemporalSplit("day", 3), error_score="raise").fit(X, y)
    assert search.n_splits_ == 3
    assert search.best_score_ > 0.9
    sessions = X.assign(day=X["session"])
    search = GridSearchCV(pipe, grid, cv=GroupedTemporalSplit("day", 2), error_score="raise")
    assert search.fit(sessions, y, groups=X["session"]).n_splits_ == 2


def test_repr():
    assert repr(TemporalSplit("day", 3)) == "TemporalSplit(gap=0, n_splits=3, time='day', window=None)"


X = frame_of(range(12))


@pytest.mark.parametrize(
    ("make", "X", "error", "message"),
    [
        (lambda: TemporalSplit("day"), X, ValueError, r"a column of X as time, got 'day'; X has \['item', 'time'\]"),
        (
            lambda: TemporalSplit(2),
            X.to_numpy(),
            ValueError,
            r"as time, got 2; X has \[0, 1\], positions, for it is no",
        ),
        (
            lambda: TemporalSplit("time"),
            X.astype({"time": str}),
            TypeError,
            "'time': expected times .* text such as '0'",
        ),
        (lambda: TemporalSplit("time"), X.assign(time=np.nan), ValueError, "'time': .* in every row, got 12 missing"),
        (lambda: TemporalSplit("time", 12), X, ValueError, "different times for 12 test blocks .* got 12 in 12 rows"),
        (lambda: TemporalSplit("time"), X.assign(time=1), ValueError, "for 5 test blocks .* got 1 in 12 rows"),
        (lambda: TemporalSplit("time"), X[:0], ValueError, "for 5 test blocks .* got 0 in 0 rows"),
        (lambda: TemporalSplit("time", gap=5), X, ValueError, "rows to train on .* got none before 2 with gap=5 and"),
        (lambda: TemporalSplit("time", gap="5D"), X, TypeError, "gap as a number, for the times are numbers, got '5D'"),
        (
            lambda: TemporalSplit("time", window=5),
            X.assign(time=pd.to_datetime(X["time"])),
            TypeError,
            'window as a span such as "7D" or a Timedelta, for the times are dates without a time zone, got 5',
        ),
        (
            lambda: TemporalSplit("time", gap=np.timedelta64(5, "D")),
            X,
            TypeError,
            r"gap as a number, for the times are numbers, got (np|numpy)\.timedelta64\(5,'D'\)",
        ),
        (
            lambda: TemporalSplit("time", window=pd.DateOffset(months=1)),
            X.assign(time=pd.to_datetime(X["time"])),
            ValueError,
            r'window as a span that is always as long, such as "7D" or pandas.Timedelta\(days=7\), got <DateOffset',
        ),
        (
            lambda: TemporalSplit("time", gap=np.timedelta64("NaT")),
            X.assign(time=pd.to_datetime(X["time"])),
            ValueError,
            r"gap as a span of at least 0, got (np|numpy)\.timedelta64",
        ),
        (
            lambda: TemporalSplit("time", gap="-5D"),
            X.assign(time=pd.to_datetime(X["time"])),
            ValueError,
            "gap as a span of at least 0, got '-5D'",
        ),
        (
            lambda: GroupedTemporalSplit("time"),
            X,
            ValueError,
            "'groups' parameter should not be None where group names",
        ),
        (
            lambda: GroupedTemporalSplit("time", group="item"),
            X.assign(item=[None] * 3 + [1] * 9),
            ValueError,
            "Expected a group for every row, got 3 missing; drop those rows",
        ),
        (lambda: TemporalSplit("time", 0), X, ValueError, "The 'n_splits' parameter of TemporalSplit.__init__ must be"),
        (lambda: TemporalSplit("time", gap=-1), X, ValueError, "The 'gap' parameter of TemporalSplit.__init__ must be"),
        (lambda: TemporalSplit(0.5), X, ValueError, "The 'time' parameter of TemporalSplit.__init__ must be"),
    ],
)
def test_bad_input(make, X, error, message):
    with pytest.raises(error, match=message):
        list(make().split(X))


def test_groups_of_another_length():
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        list(GroupedTemporalSplit("time").split(X, groups=[1, 2]))
