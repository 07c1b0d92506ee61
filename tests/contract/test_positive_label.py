"""What learns from one of two labels and ignores the other says which, if they are text."""

import warnings

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.base import is_classifier
from sklearn.pipeline import make_pipeline

from skrec.preprocessing import HistoryEncoder, TableEncoder
from tests.contract.cases import ESTIMATORS
from tests.discovery import case
from tests.samples import learnt, mixed, small

SETTINGS = [{"n_negatives": 1}, *({"loss": loss} for loss in ("softmax", "bpr", "ccl"))]


def is_implicit(cls, setting):
    """Whether a class learns from positives alone with a setting, which others refuse."""
    if not (is_classifier(cls()) and setting.keys() <= cls().get_params().keys()):
        return False
    try:
        return bool(small(cls, **setting)._objective().implicit)
    except ValueError:
        return False


PAIRS = [(cls, setting) for cls in ESTIMATORS for setting in SETTINGS if is_implicit(cls, setting)]
every_setting = pytest.mark.parametrize(
    ("cls", "setting"), [case(*pair, id=f"{pair[0].__name__}-{next(iter(pair[1].values()))}") for pair in PAIRS]
)
LOG = pd.DataFrame({"user": list("aabb"), "item": list("xyxz"), "time": range(4)})
TEXT = {
    "list": list,
    "array": lambda y: np.array(y),
    "objects": lambda y: np.array(y, object),
    "series": pd.Series,
    "category": lambda y: pd.Series(y, dtype="category"),
    "polars": pl.Series,
}
MESSAGE = (
    r" learns from positives alone and takes 'noclick' for them, the last of two .* rows of 'click' are ignored\. y =="
)


def rows():
    """Return typed rows and labels of both kinds; the positives leave something to draw for each user."""
    frame = mixed(60).assign(history=lambda frame: frame["history"].map(lambda cell: list(cell)[:1]))
    keep = frame.groupby("user").cumcount() < 3
    return frame[keep].reset_index(drop=True), np.arange(int(keep.sum())) % 2


def model(cls, setting):
    return small(cls, **setting)


def columns(cls, frame):
    """Return the columns that a model of ids, or one of features, is fitted on."""
    return frame[["user", "item"]] if "categorical_features" not in cls().get_params() else frame


def words(y):
    return np.where(y == 1, "noclick", "click").tolist()


def test_there_are_such_models():
    assert len({cls for cls, _ in PAIRS}) > 4


@every_setting
def test_text_labels_warn_once_and_teach_what_numbers_do(cls, setting):
    frame, y = rows()
    X = columns(cls, frame)
    with pytest.warns(UserWarning, match=rf"{cls.__name__}\(.*\){MESSAGE}") as seen:
        estimator = model(cls, setting).fit(X, words(y))
    assert [warning.filename for warning in seen] == [__file__]
    for other in (y, y == 1, y.astype(float)):
        again = model(cls, setting).fit(X, other)
        np.testing.assert_array_equal(again.decision_function(X), estimator.decision_function(X))
    estimator.set_params(warm_start=True).fit(X, words(y))
    estimator.partial_fit(X, words(y))  # which it is was said


@every_setting
def test_the_first_partial_fit_warns(cls, setting):
    frame, y = rows()
    X, estimator = columns(cls, frame), model(cls, setting)
    with pytest.warns(UserWarning, match=MESSAGE):
        estimator.partial_fit(X, words(y), classes=["noclick", "click"])
    estimator.partial_fit(X, words(y))


@every_setting
def test_where_warnings_are_errors_nothing_is_learnt(cls, setting):
    frame, y = rows()
    estimator = model(cls, setting)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(UserWarning, match=MESSAGE):
            estimator.fit(columns(cls, frame), words(y))
    assert not learnt(estimator)


@pytest.mark.parametrize("container", list(TEXT))
def test_histories_of_text_labels_warn(container):
    y = TEXT[container](["click", "noclick", "click", "noclick"])
    with pytest.warns(UserWarning, match=f"HistoryEncoder{MESSAGE}") as seen:
        encoder = HistoryEncoder().fit(LOG, y)
    assert [warning.filename for warning in seen] == [__file__]
    late = encoder.transform(LOG.assign(time=9))["hist_item"]
    assert [list(history) for history in late] == [["y"], ["y"], ["z"], ["z"]]


@pytest.mark.parametrize("y", [[1, 0, 1, 0], [True, False, True, False], [0.5, 0.0, 0.5, 0.0]])
def test_histories_of_numbers_do_not(y):
    assert len(HistoryEncoder().fit(LOG, y).transform(LOG)) == 4
    assert len(HistoryEncoder().fit(LOG, np.array(y, object)).transform(LOG)) == 4


def test_a_pipeline_warns_at_the_line_that_fits_it():
    frame, y = rows()
    cls, setting = PAIRS[0]
    pipe = make_pipeline(TableEncoder(categorical=["user", "item"], sequence=["history"]), model(cls, setting))
    with pytest.warns(UserWarning, match=MESSAGE) as seen:
        pipe.fit(frame, words(y))
    assert [warning.filename for warning in seen] == [__file__]


def test_labels_in_the_message_are_short():
    with pytest.warns(UserWarning, match="HistoryEncoder learns from positives alone") as seen:
        HistoryEncoder().fit(LOG, ["a" * 10_000, "b" * 10_000] * 2)
    assert len(str(seen[0].message)) < 700
