"""The door of the transformers: any table in as a pandas frame, a typed frame out in the container asked for."""

from typing import Any, Self

import numpy as np
import pandas as pd
import pyarrow as pa
from pandas.api import types
from sklearn import get_config
from sklearn.base import TransformerMixin
from sklearn.utils.validation import check_array, validate_data

from skrec._site import OnSite
from skrec._text import quoted
from skrec._validation import check_names, is_plain
from skrec._versions import VersionedPickle
from skrec.data import (
    PackedIndex,
    PackedTokens,
    as_pandas,
    by_name,
    check_there,
    is_frame,
    packed,
    refuse_columns,
    unpacked,
)

_CONTAINERS = ("default", "pandas", "polars")


class TypedFrameMixin(OnSite, VersionedPickle, TransformerMixin, auto_wrap_output_keys=None):  # type: ignore[call-arg]  # no types
    """Transformer whose output columns keep their types in every container.

    Notes
    -----
    scikit-learn's own wrapping goes through one numpy block, which has no categories, and asks for
    ``get_feature_names_out`` before ``fit``; so it is switched off, and `set_output` written here.
    """

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Switch scikit-learn's wrapping of `transform` off."""
        super().__init_subclass__(auto_wrap_output_keys=None, **kwargs)

    def __getstate__(self) -> Any:
        return {name: _plain(value) for name, value in super().__getstate__().items()}

    def __setstate__(self, state: Any) -> None:
        super().__setstate__({name: _restored(value) for name, value in state.items()})

    def set_output(self, *, transform: str | None = None) -> Self:
        """Set the container of `transform` and `fit_transform`.

        Parameters
        ----------
        transform : {"default", "pandas", "polars"} or None, default=None
            - ``"default"``: a pandas frame; see the class for plain arrays.
            - ``"pandas"``: a pandas frame, whatever the input.
            - ``"polars"``: a polars frame; categories become an ``Enum`` of their text.
            - ``None``: no change.

        Returns
        -------
        self : object
        """
        if transform is not None:
            # scikit-learn's name, so that `clone` keeps the choice
            self._sklearn_output_config = {"transform": transform}
        return self

    def fit_transform(self, X: Any, y: Any = None, **fit_params: Any) -> Any:
        """Fit, and return what `transform` makes of the same rows, which are read once.

        Parameters
        ----------
        X : frame or array-like of shape (n_rows, n_columns)
            As in `fit`.
        y : array-like of shape (n_rows,), default=None
            As in `fit`.
        **fit_params : dict
            What else `fit` takes.

        Returns
        -------
        X_out : DataFrame of shape (n_rows, n_columns_out)
            As `transform` gives it.
        """
        return super().fit_transform(as_pandas(X) if is_frame(X) else X, y, **fit_params)

    def _container(self):
        config = getattr(self, "_sklearn_output_config", {})
        container = config.get("transform", get_config()["transform_output"])
        if container not in _CONTAINERS:
            raise ValueError(f"output config must be in {sorted(_CONTAINERS)}, got {container}")
        return container

    def _deliver(self, frame, *, as_array):
        """Return `frame` in the container that the user asked for; `as_array` allows a float array."""
        container = self._container()
        if container == "polars":
            return to_polars(frame)
        return to_array(frame) if as_array and container == "default" else frame

    def __sklearn_tags__(self) -> Any:
        """Categories in, with missing values; the output's types are its own."""
        tags = super().__sklearn_tags__()
        tags.input_tags.categorical = True
        tags.input_tags.allow_nan = True
        tags.transformer_tags.preserves_dtype = []
        return tags


def _plain(value):
    """Return an attribute as a file has it: values and tokens as plain arrays, those in a list as well."""
    if isinstance(value, list) and any(isinstance(part, (pd.Index, pa.Array)) for part in value):
        return [_plain(part) for part in value]
    if isinstance(value, pd.Index):
        return packed(value)
    return PackedTokens(value) if isinstance(value, pa.Array) else value


def _restored(value):
    if isinstance(value, list) and any(isinstance(part, (PackedIndex, PackedTokens)) for part in value):
        return [_restored(part) for part in value]
    return value.tokens if isinstance(value, PackedTokens) else unpacked(value)


def read(estimator, X, *, reset, finite=False, needed=None):
    """Return `X` as a pandas frame with string names, checked against those of `fit`.

    Where `fit` saw a typed frame, one with names and more than floats, the columns of later ones are found by name.

    Parameters
    ----------
    estimator : estimator
        Gets ``n_features_in_`` and ``feature_names_in_`` if `reset`.
    X : DataFrame (pandas, polars), Arrow table or array-like of shape (n_rows, n_columns)
    reset : bool
        Whether this is `fit`.
    finite : bool, default=False
        Whether an array may not have NaN or infinity; the columns of a frame are looked at one by one.
    needed : list of str, optional
        The columns of `fit` without which a later frame will not do; all of them if not given. Others of `fit` are
        returned where they are there.

    Returns
    -------
    frame : pandas.DataFrame of shape (n_rows, n_columns)
        In the order of `fit`. Columns of an array are ``x0``, ``x1``, ... or the names seen in `fit`.
    """
    refuse_columns(X)
    if not is_frame(X):
        array = validate_data(estimator, _as_array(X), dtype=None, ensure_all_finite=finite, reset=reset)
        frame = pd.DataFrame(array, copy=False)
    else:
        frame = as_pandas(X)
        if not reset and getattr(estimator, "_by_name", False):
            return _of_fit(frame, estimator.feature_names_in_.tolist(), needed)
        if reset or hasattr(estimator, "n_features_in_"):  # a stateless transformer need not be fitted
            check_names(estimator, frame, reset=reset)
        if reset:
            estimator._by_name = hasattr(estimator, "feature_names_in_") and not is_plain(frame)
        if frame.shape[1] == 0 or (reset and len(frame) == 0):
            check_array(np.empty(frame.shape), estimator=estimator)  # scikit-learn's sentence
    names = getattr(estimator, "feature_names_in_", None)
    if names is None:
        own = (reset or not hasattr(estimator, "n_features_in_")) and all(
            isinstance(name, str) for name in frame.columns
        )
        names = frame.columns if own else [f"x{i}" for i in range(frame.shape[1])]
    if frame.columns.tolist() != list(names):
        frame = frame.set_axis(names, axis=1)
    return frame if is_frame(X) or array.dtype != object else frame.apply(_infer)


def _of_fit(frame, names, needed):
    """Return the columns `names` that a frame has, of which it has those `needed`, None for all."""
    if needed is None:
        return by_name(frame, names)
    check_there(frame.columns, needed)
    there = set(frame.columns)
    return by_name(frame, [name for name in names if name in there])


def is_float_array(X):
    """Whether `X` is a plain array (or nested list) of floats.

    Its transform is a float array again: scikit-learn's contract is that rows of an array come out as
    rows of an array that can be indexed and compared, and floats have NaN to say "no category".
    Integers and objects have not, so they come out as a typed frame, as every frame does.
    """
    return not is_frame(X) and np.asarray(X).dtype.kind == "f"


def unused(name, taken):
    """Return `name`, with as many underscores behind it as it takes not to be in `taken`."""
    while name in taken:
        name += "_"
    return name


def to_array(frame):
    """Return the values of a frame as floats, NaN where there is no category."""
    columns = [np.asarray(frame[name], dtype=np.float64) for name in frame]
    return np.column_stack(columns) if columns else np.empty(frame.shape)


def to_polars(frame):
    """Return a typed frame as polars: Enum of the categories' text, Float64, List."""
    import polars as pl

    enums: dict = {}  # of this call: hashed columns share a million categories
    return pl.DataFrame({name: _polars_series(frame[name], enums) for name in frame})


def _polars_series(column, enums):
    import polars as pl

    if not isinstance(column.dtype, pd.CategoricalDtype):
        return pl.Series(pl.from_arrow(pa.array(column, from_pandas=True)))
    categories = column.cat.categories
    if id(categories) not in enums:
        text = categories.astype(str).to_numpy(dtype=object)  # a polars category is text
        enums[id(categories)] = pl.Enum(text.tolist()), pa.array(text, pa.large_string())
    enum, values = enums[id(categories)]
    codes = column.cat.codes.to_numpy()
    cells = pa.DictionaryArray.from_arrays(pa.array(codes.astype(np.int32), mask=codes < 0), values)
    return pl.Series(pl.from_arrow(cells)).cast(enum)


def _as_array(X):
    """Return a nested list as an array that keeps its numbers beside its strings."""
    if hasattr(X, "__array__") or hasattr(X, "dtype") or hasattr(X, "shape"):
        return X
    array = np.asarray(X)
    return np.asarray(X, dtype=object) if array.dtype.kind in "US" else array


def _infer(column):
    """Give a column of objects the dtype of its values, refusing what is no value of a cell."""
    if types.infer_dtype(column).startswith("mixed"):
        strange = next((value for value in column if isinstance(value, (dict, set))), None)
        if strange is not None:
            raise TypeError(
                f"Column {quoted(column.name)}: every value of the argument must be a string, a number, a list or "
                f"missing, got a {type(strange).__name__}; turn it into one of these"
            )
    return column.infer_objects()
