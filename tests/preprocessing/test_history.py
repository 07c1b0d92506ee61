"""HistoryEncoder: only what came before, newest last, whatever the log looks like."""

import pickle

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal
from sklearn import config_context
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from skrec.preprocessing import HistoryEncoder
from skrec.sampling import add_negatives

NAMES = ["user", "item", "time"]
LOG = pd.DataFrame(
    {
        "user": ["ann", "bob", "ann", "ann", "bob", "ann"],
        "item": ["tea", "tea", "jam", "rum", "gin", "fig"],
        "time": [1, 1, 2, 2, 5, 9],
        "kind": ["hot", "hot", None, "cold", "cold", "dry"],
    }
)
events = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 9), st.integers(0, 6)), min_size=1, max_size=30)


def encoder(**params):
    return HistoryEncoder(*NAMES, **params)


def lists(column):
    return [list(cell) for cell in column]


def histories(rows, log, **params):
    """Return the histories of (user, time) from a log, by position, where ``item`` is the row's own."""
    fitted = encoder(**params).fit(rows, log=log)
    return lists(fitted.transform(rows)["hist_item"])


def literal(rows, log, max_length):
    """Return the same by going through the log for each row."""
    found = []
    for _, row in rows.iterrows():
        past = log[(log["user"] == row["user"]) & (log["time"] < row["time"])]
        found.append(past.sort_values("time", kind="stable")["item"].tolist()[-max_length:])
    return found


@given(events, events, st.integers(1, 8))
@settings(deadline=None)
def test_nothing_at_or_after_the_row(log, rows, max_length):
    """Times tie often; an item's name is its place in the log, so that it says when it was."""
    log, rows = pd.DataFrame(log, columns=NAMES), pd.DataFrame(rows, columns=NAMES)
    log["item"] = np.arange(len(log))
    found = histories(rows, log, max_length=max_length)
    for history, user, time in zip(found, rows["user"], rows["time"], strict=True):
        assert (log["time"].to_numpy()[history] < time).all()
        assert (log["user"].to_numpy()[history] == user).all()
    assert found == literal(rows, log, max_length)


@given(events, st.lists(st.integers(-1, 1), min_size=30, max_size=30))
@settings(deadline=None)
def test_rows_are_their_own_log(log, y):
    """Without a log, and of all rows or the positive ones alone."""
    log = pd.DataFrame(log, columns=NAMES)
    y = np.array(y[: len(log)])
    assert lists(encoder().fit_transform(log)["hist_item"]) == literal(log, log, 50)
    assert lists(encoder().fit_transform(log, y)["hist_item"]) == literal(log, log[y > 0], 50)
    assert_frame_equal(encoder().fit(log, y).transform(log), encoder().fit_transform(log, y))


@given(events, st.integers(1, 3))
@settings(deadline=None)
def test_negatives_and_histories_together(log, n):
    """A negative has the history of its positive, and never an item of its user's log."""
    log = pd.DataFrame(log, columns=NAMES)
    items = pd.DataFrame({"item": np.arange(12)})
    rows = add_negatives(log, n, user="user", item="item", items=items, random_state=0)
    X, y = rows.drop(columns="label"), rows["label"]
    found = lists(encoder().fit_transform(X, y)["hist_item"])
    own = log.groupby("user")["item"].agg(set)
    assert found == [h for h in literal(log, log, 50) for _ in range(1 + n)]
    assert not any(item in own[user] for user, item in X.loc[y == 0, ["user", "item"]].itertuples(index=False))


def test_newest_last_and_at_most_max_length():
    rows = pd.DataFrame({"user": ["ann", "bob", "eve"], "item": "?", "time": 10})
    assert histories(rows, LOG) == [["tea", "jam", "rum", "fig"], ["tea", "gin"], []]
    assert histories(rows, LOG, max_length=2) == [["rum", "fig"], ["tea", "gin"], []]


def test_further_columns_keep_step_with_the_item():
    """A missing category is a missing token, for the lists of a row are as long as each other."""
    out = encoder(columns="kind").fit_transform(LOG)
    assert list(out) == [*NAMES, "kind", "hist_item", "hist_kind"]
    assert lists(out["hist_item"])[-1] == ["tea", "jam", "rum"]
    assert [v if isinstance(v, str) else None for v in out["hist_kind"].iloc[-1]] == ["hot", None, "cold"]
    assert out["hist_item"].dtype == pd.ArrowDtype(pa.list_(pa.string()))


def test_events_without_user_or_item_are_left_out():
    gaps = LOG.assign(user=["ann", None, "ann", "ann", "bob", "ann"], item=["tea", "tea", None, "rum", "gin", "fig"])
    out = encoder().fit_transform(gaps)
    assert lists(out["hist_item"]) == [[], [], ["tea"], ["tea"], [], ["tea", "rum"]]


def test_any_order_of_rows():
    log = LOG.assign(time=range(6))
    shuffled = encoder().fit_transform(log.sample(frac=1, random_state=0))
    assert_frame_equal(shuffled.sort_index(), encoder().fit_transform(log))


CLOCKS = {
    "float": lambda time: time / 2,
    "Int64": lambda time: time.astype("Int64"),
    "uint8": lambda time: time.astype("uint8"),
    "decimal": lambda time: time.astype(pd.ArrowDtype(pa.decimal128(25, 2))),
    "seconds": lambda time: pd.to_datetime(time, unit="D").astype("datetime64[s]"),
    "nanoseconds": lambda time: pd.to_datetime(time, unit="D").astype("datetime64[ns]"),
    "zone": lambda time: pd.to_datetime(time, unit="D").dt.tz_localize("Europe/Oslo"),
    "dates": lambda time: pd.Series(pd.to_datetime(time, unit="D").dt.date, dtype=object),
    "arrow": lambda time: pd.to_datetime(time, unit="D").astype(pd.ArrowDtype(pa.timestamp("ms"))),
}


@pytest.mark.parametrize("clock", CLOCKS)
def test_any_clock(clock):
    out = encoder().fit_transform(LOG.assign(time=CLOCKS[clock](LOG["time"])))
    assert lists(out["hist_item"]) == lists(encoder().fit_transform(LOG)["hist_item"])


def test_units_and_zones_of_log_and_rows_may_differ():
    stamp = pd.to_datetime(LOG["time"], unit="D")
    expected = encoder().fit_transform(LOG)["hist_item"]
    fitted = encoder().fit(LOG.assign(time=stamp.astype("datetime64[s]")))
    assert lists(fitted.transform(LOG.assign(time=stamp.astype("datetime64[ns]")))["hist_item"]) == lists(expected)
    fitted = encoder().fit(LOG.assign(time=stamp.dt.tz_localize("UTC")))
    oslo = LOG.assign(time=stamp.dt.tz_localize("UTC").dt.tz_convert("Europe/Oslo"))
    assert lists(fitted.transform(oslo)["hist_item"]) == lists(expected)


def test_times_too_long_for_a_float_never_leak():
    """Rounded to floats the row is as late as the event after it."""
    log = pd.DataFrame({"user": [1, 1], "item": [7, 8], "time": [2**53 - 1, 2**53 + 1]})
    rows = pd.DataFrame({"user": [1], "item": [9], "time": [2.0**53]})
    assert histories(rows, log) == [[7]]


ITEMS = {
    "int32": "int32",
    "Int64": "Int64",
    "float with ids": "float64",
    "str": "str",
    "category": "category",
    "object": object,
    "arrow": "string[pyarrow]",
}


@pytest.mark.parametrize("dtype", ITEMS.values(), ids=ITEMS.keys())
def test_tokens_of_any_dtype(dtype):
    log = LOG.assign(item=pd.Series([3, 3, 4, 5, 6, 2**31 - 1]).astype(dtype))
    history = encoder().fit_transform(log)["hist_item"]
    assert [int(token) for token in history.iloc[-1]] == [3, 4, 5]
    text = dtype in ("str", "string[pyarrow]")
    assert history.dtype.pyarrow_dtype.value_type in ((pa.string(),) if text else (pa.int64(), pa.int32()))


@pytest.mark.parametrize("dtype", ["category", "string", object])
def test_users_are_found_by_value(dtype):
    expected = lists(encoder().fit_transform(LOG)["hist_item"])
    rows = LOG.astype({"user": dtype})
    assert lists(encoder().fit(LOG).transform(rows)["hist_item"]) == expected
    assert lists(encoder().fit(rows).transform(LOG)["hist_item"]) == expected


@pytest.mark.parametrize("make", [pl.from_pandas, pa.Table.from_pandas])
def test_polars_and_arrow(make):
    out = encoder().fit(make(LOG), log=make(LOG)).transform(make(LOG))
    assert lists(out["hist_item"]) == lists(encoder().fit_transform(LOG)["hist_item"])


def test_set_output():
    out = encoder().set_output(transform="polars").fit_transform(LOG)
    assert out.schema["hist_item"] == pl.List(pl.String)
    assert out["hist_item"].to_list()[-1] == ["tea", "jam", "rum"]
    array = np.array([[1.0, 5, 1], [1, 6, 2]])
    frame = clone(HistoryEncoder().set_output(transform="pandas")).fit_transform(array)
    assert lists(frame["hist_x1"]) == [[], [5]]
    with config_context(transform_output="polars"):
        assert isinstance(HistoryEncoder().fit_transform(array), pl.DataFrame)


@pytest.mark.parametrize("dtype", ["float64", "int32"])
def test_an_array_of_numbers_stays_one(dtype):
    array = np.array([[1, 5, 1], [1, 6, 2], [2, 7, 2], [1, 8, 3]], dtype)
    fitted = HistoryEncoder(max_length=2).fit(array)
    nan = np.nan
    np.testing.assert_array_equal(fitted.transform(array)[:, 3:], [[nan, nan], [nan, 5], [nan, nan], [5, 6]])
    assert list(fitted.get_feature_names_out()) == ["x0", "x1", "x2", "hist_x1_0", "hist_x1_1"]
    assert list(fitted.set_output(transform="pandas").get_feature_names_out()) == ["x0", "x1", "x2", "hist_x1"]
    with pytest.raises(ValueError, match=r"Expected integers within 2\*\*53 in an array, got 9007199254740993; pass a"):
        fitted.set_output(transform="default").transform(np.array([[1, 2**53 + 1, 9]]))


def test_a_log_as_an_array_and_names_by_position():
    log = LOG[NAMES].to_numpy()
    assert lists(HistoryEncoder().fit(log, log=log).transform(log)["hist_x1"])[-1] == ["tea", "jam", "rum"]
    turned = LOG[["time", "kind", "item", "user"]]
    out = HistoryEncoder(0, 1, 2, columns=[3]).fit(LOG[:1], log=turned).transform(LOG)
    assert lists(out["hist_item"])[-1] == ["tea", "jam", "rum"]
    assert list(out)[-1] == "hist_kind"


def test_item_columns_that_only_the_log_has():
    rows = LOG[["user", "time"]]
    out = encoder(columns=["kind"]).fit(rows, log=LOG).transform(rows)
    assert list(out) == ["user", "time", "hist_item", "hist_kind"]


def test_positive_labels():
    expected = [[], [], [], [], [], ["rum"]]
    for y in ([0, 0, 0, 1, 1, 1], [-1, -1, -1, 1, 1, 1], np.array([0, 0, 0, 1, 1, 1], bool)):
        assert lists(encoder().fit_transform(LOG, y)["hist_item"]) == expected
    with pytest.warns(UserWarning, match="HistoryEncoder learns from positives alone and takes 'y' for them"):
        assert lists(encoder().fit_transform(LOG, list("nnnyyy"))["hist_item"]) == expected
    assert lists(encoder().fit_transform(LOG, np.zeros(6))["hist_item"]) == [[]] * 6
    assert lists(encoder().fit(LOG, np.zeros(6), log=LOG).transform(LOG)["hist_item"])[-1] == ["tea", "jam", "rum"]


def test_index_order_and_input_are_kept():
    before = LOG.set_axis(list("fedcba"))
    after = before.copy()
    out = encoder().fit_transform(after)
    assert_frame_equal(after, before)
    assert_frame_equal(out[LOG.columns], before)
    assert_frame_equal(pickle.loads(pickle.dumps(encoder().fit(before))).transform(before), out)
    assert encoder().fit(LOG).transform(LOG[:0]).shape == (0, 5)


STAMPED = LOG.assign(time=pd.to_datetime(LOG["time"], unit="D"))

REFUSED = {
    "text times": (
        {"X": LOG.astype({"time": str})},
        TypeError,
        "'time': expected times .* text such as '1'; .*to_datetime",
    ),
    "missing times": (
        {"X": LOG.assign(time=[1, None, 2, 2, 5, 9])},
        ValueError,
        "'time': .* in every row, got 1 missing",
    ),
    "NaT": ({"X": LOG.assign(time=pd.NaT)}, ValueError, "'time': .* in every row, got 6 missing; drop those rows"),
    "mixed times": ({"X": LOG.assign(time=[1, "b", 2, 2, 5, 9])}, TypeError, "'time': expected times .* mixed types"),
    "lists as times": (
        {"X": LOG.assign(time=[[1]] * 6)},
        TypeError,
        "'time': expected times as numbers or dates, got list",
    ),
    "missing times of the log": (
        {"log": LOG.assign(time=np.nan)},
        ValueError,
        "'time': .* in every row, got 6 missing",
    ),
    "another clock": (
        {"log": STAMPED},
        ValueError,
        "times of one kind, got numbers in X and dates without a time zone",
    ),
    "mixed users": ({"X": LOG.assign(user=[1, "a"] * 3)}, TypeError, "'user': .* mixed types"),
    "mixed items": ({"X": LOG.assign(item=[1, "a"] * 3)}, TypeError, "'item': .* got mixed types"),
    "mixed items of the log": ({"log": LOG.assign(item=[1, "a"] * 3)}, TypeError, "'item': .* got mixed types"),
    "lists as items": ({"X": LOG.assign(item=[["a"]] * 6)}, TypeError, "'item': expected one value a row, got lists"),
    "dates as items": ({"X": LOG.assign(item=pd.Timestamp(0))}, TypeError, "'item': .* datetime64"),
    "users of another kind": (
        {"log": LOG.assign(user=range(6))},
        TypeError,
        "'user': expected integers such as 0, as in the events, got text such as 'ann'; .*astype",
    ),
    "no time": ({"X": LOG.drop(columns="time")}, ValueError, r"columns of X in time, got 'time'.*; X has \['user'"),
    "no item": ({"X": LOG.drop(columns="item")}, ValueError, r"columns of X in item, got 'item'; X has"),
    "no item in the log": (
        {"log": LOG.drop(columns="item")},
        ValueError,
        "Expected columns of log in item, got 'item'",
    ),
    "no user in the log": (
        {"log": LOG.drop(columns="user")},
        ValueError,
        "Expected columns of log in user, got 'user'",
    ),
    "empty log": ({"log": LOG[:0]}, ValueError, "Expected events in log, got no rows; leave log out"),
    "no rows": ({"X": LOG[:0]}, ValueError, r"0 sample\(s\)"),
    "label missing": ({"y": [1, 0, np.nan, 1, 0, 1]}, ValueError, "Input y contains NaN; drop the rows without"),
    "many labels": ({"y": list("abcabc")}, ValueError, "two text labels, got 3 of them, 'a' for one; say which"),
    "labels too few": ({"y": [1, 0]}, ValueError, "inconsistent numbers of samples"),
    "a history already": ({"X": LOG.assign(hist_item=1)}, ValueError, r"X has \['hist_item'\] already; rename or drop"),
    "max_length": ({"max_length": 0}, ValueError, "The 'max_length' parameter of HistoryEncoder must be"),
    "columns": ({"columns": 0.5}, ValueError, "The 'columns' parameter of HistoryEncoder must be"),
    "unknown column": ({"columns": ["knd"]}, ValueError, r"in columns, got 'knd' \(did you mean 'kind'\?\)"),
}


@pytest.mark.parametrize("wrong", REFUSED)
def test_fit_refuses(wrong):
    change, error, message = REFUSED[wrong]
    given = {"X": LOG, **change}
    data = {name: given[name] for name in ("X", "y", "log") if name in given}
    params = {name: given[name] for name in given.keys() - data.keys()}
    fitted = encoder().fit(LOG)
    before = {**vars(fitted), **params}
    with pytest.raises(error, match=message):
        fitted.set_params(**params).fit(**data)
    assert vars(fitted) == before


@pytest.mark.parametrize(
    ("rows", "error", "message"),
    [
        (LOG.astype({"time": str}), TypeError, "'time': expected times as numbers or dates, got text such as '1'"),
        (STAMPED, ValueError, "times of one kind, got dates without a time zone in X and numbers in the events"),
        (LOG.assign(time=[1, None, 2, 2, 5, 9]), ValueError, "expected a time in every row, got 1 missing"),
        (
            LOG.assign(user=1),
            TypeError,
            "'user': expected text such as 'ann', as in the events, got integers such as 1",
        ),
        (LOG.assign(user=[["ann"]] * 6), TypeError, "'user': expected one value a row, got lists"),
        (
            LOG.rename(columns={"time": "tme"}).drop(columns="user"),
            ValueError,
            r"frame without \['user', 'time'\] \(did you mean 'tme'\?\)",
        ),
    ],
)
def test_transform_refuses(rows, error, message):
    with pytest.raises(error, match=message):
        encoder().fit(LOG).transform(rows)


def test_before_fit_and_too_few_columns():
    with pytest.raises(NotFittedError, match="This HistoryEncoder instance is not fitted yet"):
        HistoryEncoder().transform(LOG)
    with pytest.raises(
        ValueError, match=r"a table with 1 feature\(s\) while a minimum of 2 is required by HistoryEncod"
    ):
        HistoryEncoder().fit(np.zeros((3, 1)))
    with pytest.raises(ValueError, match="contains NaN"):
        HistoryEncoder().fit(np.full((3, 3), np.nan))


@pytest.mark.parametrize(
    ("times", "now"),
    [
        ([3, 1], 4),
        ([2**63 - 2, 0], 2**63 - 1),
        ([0.5, 1e300], np.nextafter(1e300, np.inf)),
        (pd.to_datetime(["2024-01-02", "2023-01-01"]), pd.Timestamp("2024-01-02 00:00:00.000001")),
        (
            pd.to_datetime(["2024-01-02T01:00+01:00", "2023-01-01T00:00Z"], utc=True),
            pd.Timestamp("2024-01-02 00:00:00.000001Z"),
        ),
    ],
)
def test_now_is_the_first_moment_after_all_events(times, now):
    log = pd.DataFrame({"user": ["a", "b"], "item": ["x", "y"], "time": times})
    encoder = HistoryEncoder().fit(log)
    assert encoder.now_ == now
    histories = encoder.transform(log.assign(time=pd.Series(encoder.now_, index=log.index)))["hist_item"]
    assert [list(history) for history in histories] == [["x"], ["y"]]


@pytest.mark.parametrize(
    ("times", "now"), [([5, 6], 0), (pd.to_datetime(["2024-01-02"] * 2), pd.Timestamp("1970-01-01 00:00:00.000001"))]
)
def test_now_of_no_event_is_any_moment_of_that_kind(times, now):
    encoder = HistoryEncoder().fit(pd.DataFrame({"user": ["a", "b"], "item": ["x", "y"], "time": times}), [0, 0])
    assert encoder.now_ == now


def test_now_needs_a_fit():
    with pytest.raises(NotFittedError):
        HistoryEncoder().now_  # noqa: B018 - reading it raises
