"""Values of another type than those of fit are refused at every door, and found whatever container they come in."""

import pickle
from functools import cache

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import sklearn
from sklearn.base import clone
from sklearn.pipeline import make_pipeline

from skrec.preprocessing import CategoryEncoder, HashEncoder, TableEncoder
from tests.contract.cases import every
from tests.samples import ITEMS, USERS, mixed, outputs, small, target, unchanged

IDS = {"user": dict(zip(USERS, range(10, 16), strict=True)), "item": dict(zip(ITEMS, range(96, 102), strict=True))}
SENTENCE = "expected integers such as {}, as in fit, got text such as '.*'; these are never equal, .*astype"


def integers(n_rows=60):
    """`mixed` with integer ids, of two and three digits, so that their order is not that of their text."""
    frame = mixed(n_rows)
    lists = [[IDS["item"][token] for token in cell] for cell in frame["history"]]
    return frame.assign(
        user=frame["user"].map(IDS["user"]).astype("int64"),
        item=frame["item"].astype(str).map(IDS["item"]).astype("int64"),
        history=pd.Series(lists, dtype=pd.ArrowDtype(pa.list_(pa.int64()))),
    )


def as_text(frame, *names):
    """The columns `names` as text, lists as lists of text."""
    columns = {name: frame[name].astype(str) for name in names if name != "history"}
    if "history" in names:
        columns["history"] = pd.Series([[str(token) for token in cell] for cell in frame["history"]])
    return frame.assign(**columns)


def of_integers(cls, **params):
    estimator = small(cls, **params)
    if "categorical_features" in estimator.get_params():
        estimator.set_params(categorical_features=["user", "item"])
    return estimator


@cache
def fitted_on_integers(cls):
    frame, y = integers(), target(small(cls), mixed(60))
    return of_integers(cls).fit(frame, y), frame, y


def sees(estimator, name):
    """Whether the model sees a column."""
    return name in {field.name for field in estimator.schema_.fields}


@every
@pytest.mark.parametrize("n_rows", [1, 60])
@pytest.mark.parametrize("name", ["user", "item", "history"])
def test_text_where_fit_had_integers_is_refused_and_leaves_no_trace(cls, name, n_rows):
    estimator, frame, y = fitted_on_integers(cls)
    if not sees(estimator, name):
        return
    known = {"user": 10, "item": 96, "history": 96}[name]
    message = f"Column '{name}': " + SENTENCE.format(known)
    rows = frame[frame["history"].map(len) > 0]
    text, labels = as_text(rows, name)[:n_rows], y[rows.index][:n_rows]
    with unchanged(estimator, frame):
        with pytest.raises(TypeError, match=message):
            estimator.predict(text)
        with pytest.raises(TypeError, match=message):
            estimator.predict(pl.from_pandas(text))
        with pytest.raises(TypeError, match=message):
            estimator.partial_fit(text, labels)
        estimator.warm_start = True
        with pytest.raises(TypeError, match=message):
            estimator.fit(text, labels)
        estimator.warm_start = False
        with pytest.raises(TypeError, match=message):
            estimator.fit(frame, y, X_val=text, y_val=labels)


@every
def test_integers_where_fit_had_text_are_refused(cls):
    frame, y = integers(), target(small(cls), mixed(60))
    estimator = of_integers(cls).fit(as_text(frame, "user", "item", "history"), y)
    for name in ("user", "item", "history"):
        if sees(estimator, name):
            others = as_text(frame, *{"user", "item", "history"} - {name})
            message = f"Column '{name}': expected text such as '.*', as in fit, got integers such as .*astype"
            with pytest.raises(TypeError, match=message):
                estimator.predict(others)


@every
def test_lists_of_text_do_not_share_a_vocabulary_of_integers(cls):
    if small(cls).get_params().get("sequence_features"):
        frame, y = integers(), target(small(cls), mixed(60))
        with pytest.raises(TypeError, match="Column 'history': " + SENTENCE.format(96)):
            of_integers(cls).fit(as_text(frame, "history"), y)


@every
def test_the_same_integers_as_floats_booleans_and_enums(cls):
    estimator, frame, _ = fitted_on_integers(cls)
    enum = pl.from_pandas(frame).with_columns(
        pl.col(name).cast(pl.String).cast(pl.Enum(sorted(map(str, ids.values())))) for name, ids in IDS.items()
    )
    for rows in (slice(None), slice(1)):
        expected = outputs(estimator, frame[rows])
        for dtype in ("float64", "Int64", "category", "float64[pyarrow]"):
            np.testing.assert_array_equal(
                outputs(estimator, frame[rows].astype({"user": dtype, "item": dtype})), expected
            )
        np.testing.assert_array_equal(outputs(estimator, enum[rows]), expected)


@every
def test_floats_that_lost_digits_are_refused(cls):
    frame, y = integers(), target(small(cls), mixed(60))
    frame["item"] += 2**53
    frame["history"] = mixed(60)["history"]
    estimator = of_integers(
        cls, **({"sequence_features": None} if "sequence_features" in small(cls).get_params() else {})
    )
    with unchanged(estimator.fit(frame, y), frame):
        for rows in (frame, frame[:1]):
            with pytest.raises(TypeError, match=r"Column 'item': .* floats of 2\*\*53 and more .* lost digits"):
                estimator.predict(rows.astype({"item": "float64"}))


ENCODERS = {"CategoryEncoder": CategoryEncoder(), "HashEncoder": HashEncoder(64)}


@every
@pytest.mark.parametrize("encoder", ENCODERS)
def test_what_is_fitted_in_one_container_is_found_in_the_other(cls, encoder):
    frame, y = integers(), target(small(cls), mixed(60))
    lists = ["history"] if encoder == "CategoryEncoder" else []  # hashes share no vocabulary with tokens
    options = {} if lists or "sequence_features" not in small(cls).get_params() else {"sequence_features": None}
    pipe = make_pipeline(
        TableEncoder(
            categorical=["user", "item"], numeric=["age"], sequence=lists, categorical_encoder=ENCODERS[encoder]
        ),
        small(cls, **options),
    )
    expected = outputs(clone(pipe).fit(frame, y), frame)
    for fit_in in ("default", "polars"):
        with sklearn.config_context(transform_output=fit_in):
            fitted = clone(pipe).fit(frame, y)
        for model in (fitted, pickle.loads(pickle.dumps(fitted))):
            for predict_in in ("default", "polars"):
                with sklearn.config_context(transform_output=predict_in):
                    np.testing.assert_array_equal(outputs(model, frame), expected)
                    np.testing.assert_allclose(outputs(model, frame[:1]), expected[:1], atol=1e-6)
    with pytest.raises(TypeError, match="Column 'user': " + SENTENCE.format("1[0-5]")):
        fitted.predict(as_text(frame, "user"))


@every
def test_columns_without_a_value_say_nothing_of_a_type(cls):
    estimator, frame, _ = fitted_on_integers(cls)
    unknown = outputs(estimator, frame.assign(user=10**6))
    for column in (None, np.nan, pd.NA, pd.Series([None] * 60, dtype="str"), pd.Categorical([None] * 60, ["a", "b"])):
        np.testing.assert_array_equal(outputs(estimator, frame.assign(user=column)), unknown)
        one = column if not hasattr(column, "__len__") else column[:1]
        np.testing.assert_allclose(outputs(estimator, frame[:1].assign(user=one)), unknown[:1], atol=1e-6)
