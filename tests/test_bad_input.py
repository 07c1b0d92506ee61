"""Bad input: a clear error that names what to do, and nothing lost."""

import re

import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy import sparse
from sklearn.exceptions import NotFittedError

from skrec import DeepFMClassifier, DeepFMRegressor, FMClassifier, MFClassifier, MFRegressor
from tests.discovery import predictors
from tests.samples import fitted, labels, mixed, small, target, unchanged


def set_value(array, value):
    array = np.array(array, dtype=object if isinstance(value, (str, type(None))) else None)
    array[3] = value
    return array


def ones(frame, value):
    weight = np.ones(len(frame))
    weight[3] = value
    return weight


DATE = pd.Timestamp("2020-02-02")

# what is wrong: (class, frame to arguments of fit, error, message)
AT_FIT = {
    "one class": (
        DeepFMClassifier,
        lambda frame, y: (frame, ["yes"] * len(y)),
        ValueError,
        "DeepFMClassifier needs at least two classes, got only one class, 'yes'",
    ),
    "one class of positive weight": (
        DeepFMClassifier,
        lambda frame, y: (frame, y, (y == "yes").astype(float)),
        ValueError,
        "got only one class, 'yes', in the rows of positive weight",
    ),
    "label None": (DeepFMClassifier, lambda frame, y: (frame, set_value(y, None)), ValueError, "y contains NaN"),
    "label NaN": (
        DeepFMClassifier,
        lambda frame, y: (frame, set_value((y == "yes").astype(float), np.nan)),
        ValueError,
        "y contains NaN",
    ),
    "label NA": (
        DeepFMClassifier,
        lambda frame, y: (frame, pd.Series(y, dtype="string").where(np.arange(len(y)) != 3)),
        ValueError,
        "y contains NaN; drop the rows without a label",
    ),
    "target NaN": (DeepFMRegressor, lambda frame, y: (frame, set_value(y, np.nan)), ValueError, "y contains NaN"),
    "target infinite": (DeepFMRegressor, lambda frame, y: (frame, set_value(y, np.inf)), ValueError, "y contains inf"),
    "target of text": (DeepFMRegressor, lambda frame, y: (frame, set_value(y, "five")), ValueError, "'five'"),
    "two targets": (DeepFMRegressor, lambda frame, y: (frame, np.c_[y, y]), ValueError, "y should be a 1d array"),
    "continuous labels": (
        DeepFMClassifier,
        lambda frame, y: (frame, np.linspace(0, 1, len(y))),
        ValueError,
        "Unknown label type: continuous. Maybe you are trying to fit a classifier",
    ),
    "no target": (
        DeepFMClassifier,
        lambda frame, y: (frame, None),
        ValueError,
        "requires y to be passed, but the target y is None",
    ),
    "lengths": (DeepFMClassifier, lambda frame, y: (frame, y[:-1]), ValueError, r"inconsistent.*\[100, 99\]"),
    "length of weights": (
        DeepFMClassifier,
        lambda frame, y: (frame, y, np.ones(99)),
        ValueError,
        r"sample_weight.shape == \(99,\), expected \(100,\)",
    ),
    "negative weight": (
        DeepFMClassifier,
        lambda frame, y: (frame, y, ones(frame, -0.5)),
        ValueError,
        r"Negative values in sample_weight: expected weights of at least 0, got -0\.5",
    ),
    "NaN weight": (
        DeepFMClassifier,
        lambda frame, y: (frame, y, ones(frame, np.nan)),
        ValueError,
        "sample_weight contains NaN",
    ),
    "zero weights": (
        DeepFMClassifier,
        lambda frame, y: (frame, y, np.zeros(len(y))),
        ValueError,
        "(got zeros only: no row is left|must contain at least one non-zero)",
    ),
    "NaN number": (
        DeepFMClassifier,
        lambda frame, y: (frame.assign(age=set_value(frame["age"], np.nan)), y),
        ValueError,
        "Column 'age': expected finite numbers, got NaN; put skrec.preprocessing.TableEncoder before",
    ),
    "NA number": (
        DeepFMClassifier,
        lambda frame, y: (frame.assign(age=frame["age"].astype("Float64").where(frame["age"] > 30)), y),
        ValueError,
        "Column 'age': expected finite numbers, got NaN; .* impute the column",
    ),
    "integers beyond floats": (
        DeepFMClassifier,
        lambda frame, y: (frame.assign(age=pd.Series([2**1100] * 100, dtype=object)), y),
        ValueError,
        r"Column 'age': expected numbers that a float holds, got an integer beyond 1.8e308; clip it, or make",
    ),
    "integers beyond floats in an array": (
        DeepFMClassifier,
        lambda frame, y: (np.array([[2**1100]] * 100, dtype=object), y),
        ValueError,
        r"Expected numbers in X that a float holds, got an integer beyond 1.8e308",
    ),
    "a target beyond floats": (
        DeepFMRegressor,
        lambda frame, y: (frame, np.array([2**1100] * 100, dtype=object)),
        ValueError,
        r"Expected a target of numbers that a float holds, got an integer beyond 1.8e308",
    ),
    "weights beyond floats": (
        DeepFMRegressor,
        lambda frame, y: (frame, y, np.array([2**1100] * 100, dtype=object)),
        ValueError,
        r"Expected sample_weight of numbers that a float holds, got an integer beyond 1.8e308",
    ),
    "infinite number": (
        DeepFMClassifier,
        lambda frame, y: (frame.assign(age=set_value(frame["age"], -np.inf)), y),
        ValueError,
        "Column 'age': expected finite numbers, got infinity",
    ),
    "NaN in an array": (
        DeepFMClassifier,
        lambda frame, y: (np.full((len(y), 2), np.nan), y),
        ValueError,
        "(?s)contains NaN.*TableEncoder imputes NaN, put before DeepFMClassifier",
    ),
    "infinity in an array": (
        DeepFMClassifier,
        lambda frame, y: (np.full((len(y), 2), np.inf), y),
        ValueError,
        "contains infinity",
    ),
    "mixed types": (
        DeepFMClassifier,
        lambda frame, y: (frame.assign(user=[1, "a"] * 50), y),
        TypeError,
        r"Column 'user': expected .* got mixed types \(int, str\); .*\.astype\(str\)",
    ),
    "mixed types, named": (
        DeepFMClassifier,
        lambda frame, y: (frame.assign(user=[(1, 2), "a"] * 50), y),
        TypeError,
        r"Column 'user': expected .* got mixed types \(str, tuple\)",
    ),
    "mixed types as ids": (
        MFClassifier,
        lambda frame, y: (frame.assign(user=[1, "a"] * 50), y),
        TypeError,
        r"Column 'user': expected .* got mixed types \(int, str\)",
    ),
    "lists of mixed types": (
        DeepFMClassifier,
        lambda frame, y: (frame.assign(history=[[1], ["a"]] * 50), y),
        TypeError,
        "Column 'history': expected .* got cells of mixed types",
    ),
    "lists of floats": (
        DeepFMClassifier,
        lambda frame, y: (frame.assign(history=[[1.5]] * 100), y),
        TypeError,
        "Column 'history': expected .* got lists of double",
    ),
    "lists as ids": (
        MFClassifier,
        lambda frame, y: (frame.assign(item=frame["history"]), y),
        TypeError,
        "Column 'item': expected one value a cell, as categorical, got lists",
    ),
    "date": (
        DeepFMClassifier,
        lambda frame, y: (frame.assign(when=DATE), y),
        TypeError,
        r"Column 'when': expected .* got dtype datetime64.*; turn a date into numbers \(year, hour, days since\)",
    ),
    "date with a zone": (
        DeepFMClassifier,
        lambda frame, y: (frame.assign(when=DATE.tz_localize("UTC")), y),
        TypeError,
        "Column 'when': expected .* got dtype datetime64",
    ),
    "polars date": (
        DeepFMClassifier,
        lambda frame, y: (pl.from_pandas(frame.astype({"item": str}).assign(when=DATE)), y),
        TypeError,
        "Column 'when': expected .* got dtype timestamp",
    ),
    "period": (
        DeepFMClassifier,
        lambda frame, y: (frame.assign(when=pd.Period("2020", "Y")), y),
        TypeError,
        "Column 'when': expected .* got dtype period",
    ),
    "complex": (DeepFMClassifier, lambda frame, y: (frame.assign(z=1j), y), TypeError, "Column 'z': .* complex128"),
    "objects": (
        DeepFMClassifier,
        lambda frame, y: (frame.assign(z=[object() for _ in y]), y),
        TypeError,
        "Column 'z': expected categories, numbers or lists, got",
    ),
    "dictionaries": (
        DeepFMClassifier,
        lambda frame, y: (frame.assign(z=[{"a": "b"} for _ in y]), y),
        TypeError,
        "Column 'z': expected .* got",
    ),
    "sparse matrix": (
        DeepFMClassifier,
        lambda frame, y: (sparse.eye_array(len(y), format="csr"), y),
        TypeError,
        "DeepFMClassifier takes a frame or a dense array, got sparse input; pass the columns before their one-hot",
    ),
    "sparse column": (
        DeepFMClassifier,
        lambda frame, y: (frame.assign(z=pd.arrays.SparseArray(np.zeros(len(y)))), y),
        TypeError,
        r"Column 'z': expected .* got sparse dtype .* convert it with .sparse.to_dense\(\)",
    ),
    "text array": (
        DeepFMClassifier,
        lambda frame, y: (frame[["user", "item"]].astype(str).to_numpy(), y),
        TypeError,
        "takes numbers in a plain array, got text .*; pass a DataFrame, whose dtypes say",
    ),
    "no rows": (
        DeepFMClassifier,
        lambda frame, y: (frame[:0], y[:0]),
        ValueError,
        r"Found frame with 0 sample\(s\) .* while a minimum of 1 is required by DeepFMClassifier",
    ),
    "no columns": (
        DeepFMClassifier,
        lambda frame, y: (frame[[]], y),
        ValueError,
        r"Found frame with 0 feature\(s\) .* while a minimum of 1 is required by DeepFMClassifier",
    ),
    "one dimension": (DeepFMClassifier, lambda frame, y: (frame["age"].to_numpy(), y), ValueError, "Expected 2D array"),
    "a series": (
        DeepFMClassifier,
        lambda frame, y: (frame["age"], y),
        TypeError,
        "Expected X as a table .* got Series; make",
    ),
    "a name twice": (
        DeepFMClassifier,
        lambda frame, y: (frame.set_axis(["user", "item", "user", "age"], axis=1), y),
        ValueError,
        r"names that are unique, got \['user'\] more than once",
    ),
    "names of two kinds": (
        DeepFMClassifier,
        lambda frame, y: (frame.set_axis(["user", "item", "history", 4], axis=1), y),
        TypeError,
        "only supported if all input features have string names",
    ),
    "validation columns": (
        DeepFMClassifier,
        lambda frame, y: (frame, y, None, frame.drop(columns="user"), y),
        ValueError,
        r"Expected the columns of fit, got a frame without \['user'\]; add or rename them",
    ),
    "validation labels": (
        DeepFMClassifier,
        lambda frame, y: (frame, y, None, frame, ["new"] * len(y)),
        ValueError,
        r"Expected labels among \['no', 'yes'\], got \['new'\]",
    ),
    "target outside y_range": (
        lambda: MFRegressor(user="user", item="item", y_range=(0, 1)),
        lambda frame, y: (frame, y),
        ValueError,
        r"Expected targets within y_range=\(0, 1\), got .*; a sigmoid never reaches its ends",
    ),
    "unknown column in categorical_features": (
        lambda: FMClassifier(categorical_features=["usre"]),
        lambda frame, y: (frame, y),
        ValueError,
        "categorical_features names the column 'usre', which the data does not have; did you mean 'user'",
    ),
    "a name that is no text": (
        lambda: FMClassifier(categorical_features=[10]),
        lambda frame, y: (frame[["user", "age"]].set_axis([10, 20], axis=1), y),
        ValueError,
        r"the column 10, which the data does not have; the columns are \[0, 1\], their positions, as columns without",
    ),
    "list column in categorical_features": (
        lambda: FMClassifier(categorical_features=["history"]),
        lambda frame, y: (frame, y),
        TypeError,
        "Column 'history': expected one value a cell, as categorical, got lists",
    ),
    "device": (
        lambda: FMClassifier(device="cuda:99"),
        lambda frame, y: (frame, y),
        ValueError,
        "device='cuda:99' is not there .* choose 'cpu', 'auto' or an accelerator of this machine",
    ),
    "divergence": (
        lambda: DeepFMRegressor(optimizer="sgd", lr=1e30, max_epochs=5),
        lambda frame, y: (frame, y),
        ValueError,
        r"(loss is nan|loss is inf|not finite).* lower lr=1e\+30, or scale a target of extreme values",
    ),
}


def arguments(X, y, sample_weight=None, X_val=None, y_val=None):
    return {"X": X, "y": y, "sample_weight": sample_weight, "X_val": X_val, "y_val": y_val}


@pytest.mark.parametrize("wrong", AT_FIT)
def test_fit_says_what_is_wrong_and_changes_nothing(wrong):
    make, spoil, error, message = AT_FIT[wrong]
    frame = mixed()
    fresh = small(make) if isinstance(make, type) else make()
    given = arguments(*spoil(frame, target(fresh, frame)))
    with unchanged(fresh), pytest.raises(error, match=message):
        fresh.fit(**given)
    with pytest.raises(NotFittedError):
        fresh.predict(frame)
    experienced, _ = fitted(type(fresh))
    experienced.set_params(**fresh.get_params())
    with unchanged(experienced, frame), pytest.raises(error, match=message):
        experienced.fit(**given)


# what is wrong: (frame to X, error, message)
AT_PREDICT = {
    "columns missing": (
        lambda frame: frame[["user", "item"]],
        ValueError,
        r"Expected the columns of fit, got a frame without \['history', 'age'\]; add or rename them, or fit again",
    ),
    "columns renamed": (
        lambda frame: frame.rename(columns={"user": "usr", "history": "histry"}),
        ValueError,
        r"got a frame without \['user', 'history'\] \(did you mean 'usr', 'histry'\?\); add or rename them",
    ),
    "text in a number": (
        lambda frame: frame.assign(age=["old"] + ["1"] * (len(frame) - 1)),
        TypeError,
        r"Column 'age': expected numbers, as in fit, got text .*['\"]old['\"].*; convert it with pandas.to_numeric",
    ),
    "a category in a number": (
        lambda frame: frame.assign(age=pd.Categorical(["old"] * len(frame))),
        TypeError,
        "Column 'age': expected numbers, as in fit, got text",
    ),
    "a date in a number": (lambda frame: frame.assign(age=DATE), TypeError, "Column 'age': .* got dtype datetime64"),
    "a duration in a number": (
        lambda frame: frame.assign(age=pd.Timedelta(1, "D")),
        TypeError,
        "Column 'age': .* got dtype timedelta64",
    ),
    "lists in a number": (
        lambda frame: frame.assign(age=frame["history"]),
        TypeError,
        "Column 'age': expected one value a cell, as numeric, got lists",
    ),
    "lists in a category": (
        lambda frame: frame.assign(user=frame["history"].map(list).astype(object)),
        TypeError,
        "Column 'user': expected one value a cell, as categorical, got lists",
    ),
    "a date in a category": (
        lambda frame: frame.assign(user=DATE),
        TypeError,
        "Column 'user': .* got dtype datetime64",
    ),
    "no lists in a list column": (
        lambda frame: frame.assign(history=frame["user"]),
        TypeError,
        "Column 'history': expected .* a sequence column holds a list in every cell",
    ),
    "numbers in a list column": (lambda frame: frame.assign(history=1.5), TypeError, "Column 'history': expected"),
    "NaN": (
        lambda frame: frame.assign(age=np.nan),
        ValueError,
        "Column 'age': expected finite numbers, got NaN; put skrec",
    ),
    "infinity": (
        lambda frame: frame.assign(age=np.inf),
        ValueError,
        "Column 'age': expected finite numbers, got infinity",
    ),
    "an array": (
        lambda frame: np.zeros((3, 4)),
        TypeError,
        r"DeepFMClassifier was fitted on a frame with typed columns, got ndarray .*set_output\(transform=\"pandas\"\)",
    ),
    "an array of objects": (lambda frame: frame.to_numpy(), TypeError, "got ndarray without them"),
    "sparse": (lambda frame: sparse.eye_array(4, format="csr"), TypeError, "a dense array, got sparse input"),
    "no rows": (lambda frame: frame[:0], ValueError, r"0 sample\(s\)"),
    "mixed types": (lambda frame: frame.assign(user=[1, "a"] * 50), TypeError, "Column 'user': .* mixed types"),
}


@pytest.mark.parametrize("method", ["predict", "predict_proba", "decision_function"])
@pytest.mark.parametrize("wrong", AT_PREDICT)
def test_predict_says_what_is_wrong_and_changes_nothing(wrong, method):
    estimator, frame = fitted(DeepFMClassifier)
    spoil, error, message = AT_PREDICT[wrong]
    with unchanged(estimator, frame), pytest.raises(error, match=message):
        getattr(estimator, method)(spoil(frame))


@pytest.mark.parametrize("cls", predictors(), ids=lambda cls: cls.__name__)
def test_before_fit(cls):
    frame = mixed()
    estimator = small(cls)
    message = re.escape(f"This {cls.__name__} instance is not fitted yet")
    for method in ("predict", "predict_proba", "decision_function"):
        if hasattr(estimator, method):
            with pytest.raises(NotFittedError, match=message):
                getattr(estimator, method)(frame)
    with pytest.raises(NotFittedError, match=message):
        estimator.embedding("user")
    with pytest.raises(NotFittedError, match=message):
        estimator.score(frame, target(estimator, frame))


def test_embedding_of_a_number_or_of_nothing():
    estimator, _ = fitted(FMClassifier)
    with pytest.raises(ValueError, match="Expected a categorical or list column, got 'age', which is numeric"):
        estimator.embedding("age")
    with pytest.raises(ValueError, match=r"embedding names the column 'itme', .* did you mean 'item'"):
        estimator.embedding("itme")


def test_unknown_missing_and_new_values_are_no_errors():
    estimator, frame = fitted(FMClassifier)
    rows = frame[:4].astype({"user": object, "item": object})
    rows["user"] = ["new", None, np.nan, "a"]
    rows["item"] = [pd.NA, "never", "u", None]
    rows["history"] = [["never"], None, [], ["u", None]]
    assert np.isfinite(estimator.decision_function(rows)).all()


def test_labels_of_bad_rows_are_not_needed_where_the_weight_is_zero():
    frame = mixed()
    weight = np.r_[np.zeros(50), np.ones(50)]
    frame.loc[:49, "age"] = np.nan
    assert small(FMClassifier).fit(frame, labels(mixed()), sample_weight=weight).n_iter_ == 3
