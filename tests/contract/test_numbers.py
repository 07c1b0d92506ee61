"""Numbers of any size, in every estimator: results are finite, or an error says which column makes them none."""

import re

import numpy as np
import pyarrow as pa
import pyarrow.dataset as ds
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sklearn.base import is_classifier
from sklearn.pipeline import make_pipeline

from skrec.preprocessing import TableEncoder
from tests.contract.cases import ESTIMATORS, every, every_regressor
from tests.discovery import cases
from tests.samples import fitted, mixed, outputs, small, target, unchanged

FAR = r"^Column '{}': expected numbers like those of fit, .* too far off for a finite result; clip the column"
METHODS = ["predict", "predict_proba", "decision_function", "embed_users", "embed_items", "represent_items"]
with_numbers = pytest.mark.parametrize("cls", cases(cls for cls in ESTIMATORS if "item" not in cls().get_params()))


def with_day(n_rows=100, day=20240101):
    return mixed(n_rows).assign(day=day)


def embeddings(cls):
    """The options of `numeric_embedding`, one at a time."""
    has_any = "numeric_embedding" in cls().get_params()
    return [{}, *({"numeric_embedding": kind} for kind in (None, "linear", "periodic", "piecewise") if has_any)]


def results(estimator, X):
    """Return what every method of the estimator says of `X`."""
    found = {name: getattr(estimator, name)(X) for name in METHODS if hasattr(estimator, name)}
    if hasattr(estimator, "score_items"):
        found["score_items"] = estimator.score_items(X, found["represent_items"])
    if hasattr(estimator, "attention_weights"):
        found["attention_weights"] = np.concatenate(
            [np.concatenate([[0.0], *column]) for _, column in estimator.attention_weights(X).items()] or [[0.0]]
        )
    return found


@with_numbers
def test_a_column_constant_in_training_says_nothing(cls):
    frame = with_day()
    y, later = target(cls(), frame), frame.assign(day=20240131)
    for options in embeddings(cls):
        estimator = small(cls, **options).fit(frame, y)
        np.testing.assert_array_equal(outputs(estimator, later), outputs(estimator, frame))
        np.testing.assert_array_equal(outputs(estimator, later[:3]), outputs(estimator, frame[:3]))


@with_numbers
def test_a_constant_says_nothing_in_pipelines_datasets_and_arrays(cls):
    frame = with_day()
    y, later = target(cls(), frame), frame.assign(day=1.7e308)
    pipe = make_pipeline(TableEncoder(), small(cls)).fit(frame, y)
    np.testing.assert_array_equal(outputs(pipe, later), outputs(pipe, frame))
    estimator = small(cls).fit(ds.dataset(pa.Table.from_pandas(frame.assign(y=y), preserve_index=False)), "y")
    np.testing.assert_array_equal(outputs(estimator, later), outputs(estimator, frame))
    for dtype in (np.float32, np.float64):
        X = np.random.default_rng(0).normal(size=(100, 3)).astype(dtype)
        X[:, 2] = 0.1
        X[:50, 2] += np.spacing(dtype(0.1))  # but for rounding
        options = {"sequence_features": None} if "sequence_features" in cls().get_params() else {}
        estimator = small(cls, **options).fit(X, y)
        expected = outputs(estimator, X)
        X[:, 2] = 7
        np.testing.assert_array_equal(outputs(estimator, X), expected)


@with_numbers
def test_a_constant_that_moves_in_later_training_is_told_of_once(cls):
    frame = with_day()
    later = frame.assign(day=20240131)
    estimator = small(cls)
    y = target(estimator, frame)
    first = {"classes": ["no", "yes"]} if is_classifier(estimator) else {}
    estimator.partial_fit(frame, y, **first).partial_fit(frame, y)
    with pytest.warns(UserWarning, match=r"constant in the rows of the first fit .*'day' \(20240101\).*fit afresh"):
        estimator.partial_fit(later, y)
    estimator.partial_fit(later, y)  # a second warning would be an error
    np.testing.assert_array_equal(outputs(estimator, later), outputs(estimator, frame))
    warm = small(cls, warm_start=True).fit(frame, y)
    with pytest.warns(UserWarning, match="constant in the rows of the first fit"):
        warm.fit(later, y)
    warm.set_params(warm_start=False).fit(frame, y).set_params(warm_start=True)
    with pytest.warns(UserWarning, match="constant in the rows of the first fit"):
        warm.fit(later, y)


@with_numbers
@pytest.mark.parametrize("value", [1e20, 1e38, float(np.finfo(np.float32).max), 1e300, -1.7e308])
def test_far_numbers_give_finite_results_or_the_name_of_the_column(cls, value):
    estimator, frame = fitted(cls)
    far = frame.copy()
    far.loc[1, "age"] = value
    table = pa.Table.from_pandas(far, preserve_index=False)
    for X in (far[:3], far, ds.dataset(table)):
        if value > 1e300 or abs(value) > 1e40:
            with unchanged(estimator, frame), pytest.raises(ValueError, match=FAR.format("age")):
                estimator.predict(X)
        else:
            try:
                found = {"predict": estimator.predict(X)} if X is not far else results(estimator, X)
            except ValueError as error:
                assert re.search(FAR.format("age"), str(error))  # noqa: PT017 - a result would do as well
            else:
                assert all(np.isfinite(values).all() for values in found.values() if values.dtype.kind == "f")


@with_numbers
def test_training_on_far_numbers_says_which_column_it_is(cls):
    frame = mixed()
    y = target(cls(), frame)
    huge = frame.assign(age=np.r_[1e300, frame["age"][1:]])
    message = "^Column 'age': expected numbers whose squares float64 can hold"
    estimator = small(cls)
    with unchanged(estimator), pytest.raises(ValueError, match=message):
        estimator.fit(huge, y)
    with pytest.raises(ValueError, match=message):
        estimator.fit(ds.dataset(pa.Table.from_pandas(huge.assign(y=y), preserve_index=False)), "y")
    with pytest.raises(ValueError, match=FAR.format("age")):
        estimator.fit(frame, y, X_val=huge, y_val=y)
    estimator.fit(frame, y)
    with unchanged(estimator, frame), pytest.raises(ValueError, match=FAR.format("age")):
        estimator.partial_fit(huge, y)


@every_regressor
def test_far_targets_are_refused(cls):
    frame = mixed()
    y = target(cls(), frame)
    huge = np.r_[1e300, y[1:]]
    estimator = small(cls)
    with unchanged(estimator), pytest.raises(ValueError, match=r"^Expected a target y whose squares float64"):
        estimator.fit(frame, huge)
    message = r"^Expected targets y like those of fit, of mean .*, got 1e\+300, too far off for a finite loss; clip"
    with pytest.raises(ValueError, match=message):
        estimator.fit(frame, y, X_val=frame, y_val=huge)
    estimator.fit(frame, y)
    with unchanged(estimator, frame), pytest.raises(ValueError, match=message):
        estimator.partial_fit(frame, huge)


@every_regressor
@pytest.mark.parametrize("size", [1e-300, 1e120])
def test_targets_of_any_size_are_learnt(cls, size):
    frame = mixed()
    y = target(cls(), frame)
    expected = small(cls).fit(frame, y).predict(frame)
    found = small(cls).fit(frame, y * size)
    np.testing.assert_allclose(found.predict(frame) / size, expected, rtol=1e-4)
    assert np.isfinite(found.embedding("user").to_numpy()).all()


EXTREME = [0.0, 5e-324, 1e-310, 1e-300, 1e-38, 1.0, -1.0, 1e9, 1e19, 3.4e38, 1e100, 1e154, 1e300, 1.7e308]
extreme = st.one_of(
    st.sampled_from([sign * value for value in EXTREME for sign in (1, -1)]),
    st.floats(allow_nan=False, allow_infinity=False),
    st.integers(-(2**70), 2**70).map(float),
    st.floats(-3, 3),
)
NAMED = r"Column '(age|price)'|[Tt]argets? y|targets within y_range"


@every
@given(data=st.data())
@settings(deadline=None, max_examples=6, suppress_health_check=list(HealthCheck), derandomize=True)
def test_any_finite_numbers_give_finite_results_or_an_error_with_a_name(cls, data):
    n_rows = 12
    column = st.lists(extreme, min_size=n_rows, max_size=n_rows)
    frame = mixed(n_rows).assign(age=data.draw(column), price=data.draw(column))
    options = embeddings(cls) + [{"y_range": (-10, 10)}] * ("y_range" in cls().get_params())
    estimator = small(cls, max_epochs=1, **data.draw(st.sampled_from(options)))
    y = target(estimator, mixed(n_rows))
    if not is_classifier(estimator):
        y = np.array(data.draw(column))
    try:
        estimator.fit(frame, y)
    except ValueError as error:
        assert re.search(NAMED, str(error))  # noqa: PT017 - a result would do as well
        estimator.fit(mixed(n_rows).assign(price=np.arange(n_rows)), target(estimator, mixed(n_rows)))
    for X in (frame, mixed(n_rows).assign(price=data.draw(column))):
        try:
            found = results(estimator, X)
        except ValueError as error:
            assert re.search(NAMED, str(error))  # noqa: PT017 - a result would do as well
        else:
            assert all(np.isfinite(values).all() for values in found.values() if values.dtype.kind == "f")
