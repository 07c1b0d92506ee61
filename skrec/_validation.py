"""The one door to scikit-learn's validation helpers, private ones included."""

from collections.abc import Callable
from numbers import Integral
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import pandas as pd
from scipy import sparse
from sklearn.metrics._scorer import _BaseScorer
from sklearn.utils._param_validation import (
    HasMethods,
    Interval,
    Options,
    RealNotInt,
    StrOptions,
    validate_parameter_constraints,
)
from sklearn.utils.multiclass import _check_partial_fit_first_call, check_classification_targets
from sklearn.utils.validation import (
    _check_feature_names_in,
    _check_sample_weight,
    _check_y,
    check_array,
    check_consistent_length,
    check_is_fitted,
    validate_data,
)
from sklearn.utils.validation import column_or_1d as _column_or_1d

from skrec._text import brief, quoted, shortened
from skrec.data import as_pandas, by_name, having, is_frame, refuse_columns

if TYPE_CHECKING:  # scikit-learn has no types: what it decorates keeps its own
    _Function = TypeVar("_Function", bound=Callable[..., Any])

    class CallbackSupportMixin: ...

    def with_callbacks(method: _Function) -> _Function: ...
    def _fit_context(*, prefer_skip_nested_validation: bool) -> Callable[[_Function], _Function]: ...
    def validate_params(
        parameter_constraints: dict[str, Any], *, prefer_skip_nested_validation: bool
    ) -> Callable[[_Function], _Function]: ...

else:
    from sklearn.base import _fit_context
    from sklearn.utils._param_validation import validate_params

    try:  # scikit-learn 1.9 and later
        from sklearn.callback import CallbackSupportMixin, with_callbacks
    except ImportError:

        class CallbackSupportMixin:
            """Stands in for what earlier versions do not have."""

            def _init_callback_context(self, **_):
                return None

        def with_callbacks(method):
            """Return `method` as it is."""
            return method


class Whole(Interval):
    """A whole number from `left` to `right`, at most what 64 bits hold, which True is not."""

    def __init__(self, left, right=2**63 - 1):
        super().__init__(Integral, left, right, closed="both")

    def is_satisfied_by(self, val):
        """Return whether `val` is such a number."""
        return not isinstance(val, bool) and super().is_satisfied_by(val)


__all__ = [
    "CallbackSupportMixin",
    "HasMethods",
    "Interval",
    "Options",
    "RealNotInt",
    "StrOptions",
    "Whole",
    "_check_feature_names_in",
    "_fit_context",
    "check_array",
    "check_classes",
    "check_consistent_length",
    "check_features",
    "check_is_fitted",
    "check_labels",
    "check_names",
    "check_numbers",
    "check_weight",
    "column_or_1d",
    "is_made_scorer",
    "is_plain",
    "validate_parameter_constraints",
    "validate_params",
    "with_callbacks",
]


_DATES = "turn them into numbers, such as hours since a day, or pass a DataFrame, whose columns have names"
_TOO_LARGE = "got an integer beyond 1.8e308; clip it, or drop those rows"


def check_features(estimator, X, *, reset, learning=False):
    """Return `X` as a pandas frame, its columns checked against those of `fit`, and whether it is typed.

    Arrays, and frames of plain floats, pass through scikit-learn's own checks. Of a typed frame the columns that the
    estimator reads, those of `_names_read`, are found by name; it keeps its dtypes.

    Parameters
    ----------
    estimator : estimator
    X : DataFrame or array-like of shape (n_rows, n_columns)
    reset : bool
        Whether this is `fit`, which learns the columns.
    learning : bool, default=False
        Whether later rows are learnt from, which may need more of their columns than a prediction.

    Raises
    ------
    TypeError
        For sparse or text input, or an array where `fit` saw a typed frame.
    ValueError
        For wrong columns, no rows, NaN or infinity in a plain array.
    """
    name = type(estimator).__name__
    minimum = estimator._minimum_columns if reset else 1
    refuse_columns(X)
    if is_frame(X):
        X = as_pandas(X)
        if (not reset and estimator._typed_) or not is_plain(X):
            return _check_typed_frame(estimator, X, reset, minimum, learning), True
    if sparse.issparse(X):
        raise TypeError(
            f"{name} takes a frame or a dense array, got sparse input; "
            "pass the columns before their one-hot encoding, or X.toarray()"
        )
    if getattr(getattr(X, "dtype", None), "kind", None) in ("M", "m"):
        raise TypeError(f"{name} takes numbers in a plain array, got dates ({X.dtype}); {_DATES}")
    if not reset and estimator._typed_:
        raise TypeError(
            f"{name} was fitted on a frame with typed columns, got {type(X).__name__} without them; "
            'pass such a frame, and let transformers return frames with .set_output(transform="pandas")'
        )
    try:
        array = validate_data(estimator, X, reset=reset, dtype=[np.float64, np.float32], ensure_min_features=minimum)
    except OverflowError as error:
        raise ValueError(f"Expected numbers in X that a float holds, {_TOO_LARGE}") from error
    except ValueError as error:
        if "could not convert" in str(error):
            raise TypeError(
                f"{name} takes numbers in a plain array, got text ({shortened(error)}); "
                "pass a DataFrame, whose dtypes say which columns are categories"
            ) from brief(error)
        if "contains NaN" in str(error) or "contains infinity" in str(error):
            raise ValueError(f"{error}\nskrec.preprocessing.TableEncoder imputes NaN, put before {name}.") from error
        raise
    names = getattr(estimator, "feature_names_in_", range(array.shape[1]))
    return pd.DataFrame(array, columns=names, copy=False), False


def check_labels(y):
    """Return class labels of shape (n_rows,), refusing missing and continuous ones."""
    _refuse_several(y)
    y = np.asarray(column_or_1d(y, warn=True))
    if y.dtype.kind == "O" and pd.isna(y).any():
        raise ValueError("Input y contains NaN; drop the rows without a label")
    y = _check_y(y)
    check_classification_targets(y)
    return y


def check_numbers(y):
    """Return a numeric target of shape (n_rows,), float64 and finite."""
    _refuse_several(y)
    try:
        return _check_y(_read(y), y_numeric=True).astype(np.float64)
    except OverflowError as error:
        raise ValueError(f"Expected a target of numbers that a float holds, {_TOO_LARGE}") from error
    except ValueError as error:
        raise brief(error) from None


def _refuse_several(y):
    shape: tuple[int, ...] = tuple(getattr(y, "shape", ()))
    if len(shape) == 2 and shape[1] > 1:
        raise ValueError(
            f"y should be a 1d array, got an array of shape {shape} instead: {shape[1]} targets where one is "
            "learnt; pass one of its columns, or learn them together with SharedBottom, MMoE or PLE"
        )


def check_classes(estimator, classes):
    """Check the labels that are to come in `partial_fit`, of several targets a list of arrays, and keep them.

    Raises
    ------
    ValueError
        In a first call without them, or if they are others than those of fit.
    """
    known = getattr(estimator, "classes_", None)
    several = isinstance(classes, (list, tuple)) and len(classes) > 1 and not any(map(np.isscalar, classes))
    if not (hasattr(estimator, "target_weights") and (several or isinstance(known, list))):
        _check_partial_fit_first_call(estimator, classes)
        return
    if classes is None:
        return
    classes = [np.unique(own) for own in classes] if several else [np.unique(classes)]
    if known is None:
        estimator.classes_ = classes
        return
    known = known if isinstance(known, list) else [known]
    if len(known) != len(classes) or not all(map(np.array_equal, known, classes)):
        raise ValueError(
            f"Expected the classes of the first fit, {quoted([own.tolist() for own in known])}, got "
            f"{quoted([own.tolist() for own in classes])}; leave them out, or fit afresh"
        )


def check_weight(sample_weight, n_rows, name="sample_weight"):
    """Return row weights of shape (n_rows,), float64, neither negative nor all zero; ones for None."""
    rows = np.empty((n_rows, 1))
    try:
        # a copy, for pandas gives read-only ones
        weight = _check_sample_weight(_read(sample_weight), rows, dtype=np.float64, copy=True)
    except OverflowError as error:
        raise ValueError(f"Expected {name} of numbers that a float holds, {_TOO_LARGE}") from error
    if (weight < 0).any():
        raise ValueError(f"Negative values in {name}: expected weights of at least 0, got {weight.min()}")
    if not weight.any():
        raise ValueError(f"Expected a positive value in {name}, got zeros only: no row is left to learn from")
    return weight


def column_or_1d(y, *, warn=False):
    """Return a target, of any container, as scikit-learn's function of this name does."""
    return _column_or_1d(_read(y), warn=warn)


def _read(y):
    """Return a target or weights as they are, those in a table with the Arrow PyCapsule interface as pandas."""
    return as_pandas(y) if is_frame(y) else y


def is_made_scorer(scorer):
    """Whether a scorer is one of scikit-learn's or made by its `make_scorer`."""
    return isinstance(scorer, _BaseScorer)


def check_names(estimator, frame, *, reset):
    """Learn the names and the number of columns of a frame, or check them against those of `fit`."""
    known = None if reset else getattr(estimator, "feature_names_in_", None)
    # scikit-learn's own check asks around for the library of the frame, a tenth of a millisecond
    if known is None or frame.columns.tolist() != known.tolist():
        validate_data(estimator, frame, reset=reset, skip_check_array=True)


def is_plain(frame):
    """Whether a frame has columns, all of numpy's floats."""
    return frame.shape[1] and all(isinstance(dtype, np.dtype) and dtype.kind == "f" for dtype in frame.dtypes)


def _check_typed_frame(estimator, frame, reset, minimum, learning):
    if not reset and estimator._typed_ and hasattr(estimator, "feature_names_in_"):
        names = estimator._names_read(learning=learning)
        # to leave the others out would take most of a request, which looks its columns up by name
        frame = by_name(frame, names) if learning else having(frame, names)
    else:
        check_names(estimator, frame, reset=reset)
    for axis, wanted, unit in ((0, 1, "sample"), (1, minimum, "feature")):
        if frame.shape[axis] < wanted:
            raise ValueError(
                f"Found frame with {frame.shape[axis]} {unit}(s) (shape={frame.shape}) while a minimum of {wanted} "
                f"is required by {type(estimator).__name__}."
            )
    # names count where all are strings, as in scikit-learn; else a column is known by its position
    return frame if hasattr(estimator, "feature_names_in_") else frame.set_axis(range(frame.shape[1]), axis=1)
