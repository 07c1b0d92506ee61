"""A whole raw frame to a typed frame: categories, numbers, lists, statistics."""

from numbers import Integral
from typing import Any, ClassVar, Self

import numpy as np
import pandas as pd
import pyarrow as pa
from sklearn.base import BaseEstimator, clone
from sklearn.utils.validation import check_is_fitted

from skrec._learnt import at_one_moment, learning
from skrec._text import quoted
from skrec._validation import HasMethods, StrOptions, Whole, _fit_context
from skrec.data import (
    CATEGORICAL,
    CONSIDERED,
    FEW_ROWS,
    NUMERIC,
    SEQUENCE,
    as_pandas,
    check_there,
    is_frame,
    raw_rows,
    select,
    weighted_tokens,
)
from skrec.preprocessing._category import CategoryEncoder, add_counts, count_values
from skrec.preprocessing._frames import TypedFrameMixin, read
from skrec.preprocessing._hash import HashEncoder
from skrec.preprocessing._number_sample import NumberSample
from skrec.preprocessing._numeric import NumericBlock, as_pandas_output
from skrec.preprocessing._selection import ROLES, roles_of
from skrec.preprocessing._statistics import StatisticsBlock, named_after, target_of, uses_target

_COLUMNS = ["array-like", str, Integral, callable, None]
_TRANSFORMER = [HasMethods(["fit", "transform"]), None]


class TableEncoder(TypedFrameMixin, BaseEstimator):
    """Turn a raw frame into the typed frame that the estimators read: categories, numbers and lists.

    Name the columns to use, each in its role; what is not named is dropped, so that a rating or a timestamp
    cannot leak in. Without any name, every column gets the role of its dtype, and a UserWarning tells of what looks
    otherwise: whole numbers of 100 distinct values and more (of floats one in a thousand rows as well) may be ids; text
    of which nine rows in ten have a value of their own, in 200 rows and more, has no categories.

    Parameters
    ----------
    categorical, numeric, sequence : list of str or int, str, int, callable or None, default=None
        Names or positions of the columns in this role, or a callable that takes the pandas frame and
        returns them (``sklearn.compose.make_column_selector``). Integer ids named as categorical stay exact.
    categorical_encoder : transformer, default=None
        From raw columns to category columns. None is ``CategoryEncoder()``.
    numeric_transformer : transformer, default=None
        Gets the imputed numeric columns: a scaler, ``QuantileTransformer``, ``KBinsDiscretizer(encode="ordinal")``
        (whose bins come out as categories), a Pipeline. None leaves them as they are.
    statistics : transformer, default=None
        Any encoder of category_encoders (count, target, hashing, ...), or scikit-learn's TargetEncoder, fitted on the
        categorical columns. Its numbers are *appended* as columns ``<name>_<encoder>``, such as ``user_target``.
    remainder : {"drop", "passthrough"}, default="drop"
        What happens to columns without a name if another one has one: dropped, or used by dtype.
    cv : int, default=5
        Number of folds for `statistics` that use the target, see Notes.
    random_state : int, RandomState instance or None, default=None
        Shuffles these folds.

    Attributes
    ----------
    categorical_encoder_, numeric_transformer_, statistics_ : transformer or None
        The fitted clones; None where there is nothing to do.
    imputer_ : SimpleImputer or None
        Medians of the numeric columns, and which of them had missing values.
    roles_ : dict of {"categorical", "numeric", "sequence"} to list of str
        The columns that are used.
    n_features_in_ : int
        Number of columns seen in `fit`.
    feature_names_in_ : ndarray of shape (`n_features_in_`,), object
        Their names, where all of them are strings.

    See Also
    --------
    CategoryEncoder : The default for the categorical columns.
    HashEncoder : The one for values that keep arriving.

    Notes
    -----
    Order of the output: categorical columns, numeric ones, an indicator ``<name>_missing`` for every numeric column
    that had missing values in `fit`, lists, statistics.

    Everything is learnt from the rows given to `fit`. Statistics that use the target are cross-fitted in
    `fit_transform`: the feature of a training row comes from the other folds only, never from its own label, while
    `transform` uses all rows of `fit`. So ``fit(X, y).transform(X)`` differs from ``fit_transform(X, y)``, and the
    latter, which pipelines call, is the one to train on.

    A pyarrow.dataset.Dataset is read once, a part at a time, and `transform` of one is an `EncodedDataset`, which
    estimators take; y is the name of its column, and no feature. Categories and which numbers are missing are those of
    all rows; medians, and what `numeric_transformer` learns, of every k-th row, 65,536 at most. Statistics need all
    rows in memory.

    Numeric columns come out as float64, because times and counters lose digits in float32. Infinity is refused.
    An array of which every column is used as a number comes out as a float array; everything else as a frame.
    At `transform` columns may come in any order and among others, and those that are not used may be missing. Rows of
    items alone, or of users, get through a Pipeline by `skrec.retrieval.embed_items` and its like.

    Examples
    --------
    >>> import pandas as pd
    >>> from skrec.preprocessing import TableEncoder
    >>> frame = pd.DataFrame({
    ...     "user": [7, 9, 7], "age": [31, None, 25], "genres": [["a", "b"], ["b"], None], "rating": [5, 1, 3],
    ... })
    >>> encoder = TableEncoder(categorical=["user"], numeric=["age"], sequence=["genres"])
    >>> encoder.fit_transform(frame)
      user   age  age_missing     genres
    0    7  31.0          0.0  ['a' 'b']
    1    9  28.0          1.0      ['b']
    2    7  25.0          0.0         []
    >>> encoder.transform(frame.rename(columns={"user": "usr"}))
    Traceback (most recent call last):
        ...
    ValueError: Expected the columns of fit, got a frame without ['user'] (did you mean 'usr'?); add or rename them, ...
    """

    _parameter_constraints: ClassVar[dict] = {
        "categorical": _COLUMNS,
        "numeric": _COLUMNS,
        "sequence": _COLUMNS,
        "categorical_encoder": _TRANSFORMER,
        "numeric_transformer": _TRANSFORMER,
        "statistics": _TRANSFORMER,
        "remainder": [StrOptions({"drop", "passthrough"})],
        "cv": [Whole(2)],
        "random_state": ["random_state"],
    }

    def __init__(
        self,
        categorical: Any = None,
        numeric: Any = None,
        sequence: Any = None,
        *,
        categorical_encoder: Any = None,
        numeric_transformer: Any = None,
        statistics: Any = None,
        remainder: str = "drop",
        cv: int = 5,
        random_state: Any = None,
    ) -> None:
        self.categorical = categorical
        self.numeric = numeric
        self.sequence = sequence
        self.categorical_encoder = categorical_encoder
        self.numeric_transformer = numeric_transformer
        self.statistics = statistics
        self.remainder = remainder
        self.cv = cv
        self.random_state = random_state

    def set_params(self, **params: Any) -> Self:
        """Set parameters, those of the encoders by ``<slot>__<parameter>``.

        Parameters
        ----------
        **params : dict
            ``categorical_encoder__min_frequency`` and the like also work on the default encoder.

        Returns
        -------
        self : object
        """
        nested = any(name.startswith("categorical_encoder__") for name in params)
        if nested and params.get("categorical_encoder", self.categorical_encoder) is None:
            params["categorical_encoder"] = CategoryEncoder()
        return super().set_params(**params)

    @_fit_context(prefer_skip_nested_validation=False)
    def fit(self, X: Any, y: Any = None) -> Self:
        """Learn categories, medians, and what the transformers learn.

        Parameters
        ----------
        X : DataFrame (pandas, polars), Arrow table or array-like of shape (n_rows, n_columns)
        y : array-like of shape (n_rows,), default=None
            Labels or numbers, for `statistics` that need them.

        Returns
        -------
        self : object

        Raises
        ------
        ValueError
            For unknown columns, text or infinity in numeric ones, a missing target.
        TypeError
            For columns whose dtype has no role (dates, sparse), or cells of mixed types.
        """
        with learning(self) as work:
            raw = raw_rows(X, y)
            work._fit(X, y) if raw is None else work._fit_raw(raw)
        return self

    @_fit_context(prefer_skip_nested_validation=False)
    def fit_transform(self, X: Any, y: Any = None) -> Any:  # type: ignore[override]  # its fit takes no more
        """Fit, and return the training rows, whose statistics never use their own label.

        Parameters
        ----------
        X : DataFrame (pandas, polars), Arrow table or array-like of shape (n_rows, n_columns)
        y : array-like of shape (n_rows,), default=None

        Returns
        -------
        X_out : DataFrame of shape (n_rows, n_columns_out)
            As `transform` gives it.
        """
        if raw_rows(X) is not None:
            return self.fit(X, y).transform(X)
        with learning(self) as work:
            frame, y = work._fit(X, y)
            statistics = None
            if work._statistics is not None and uses_target(work.statistics):
                statistics = work._statistics.cross_fitted(frame, y, work.cv, work.random_state)
            return work._finish(work._encode(frame, statistics), X)

    @at_one_moment
    def transform(self, X: Any) -> Any:
        """Return the typed frame of `X`.

        Parameters
        ----------
        X : DataFrame (pandas, polars), Arrow table or array-like of shape (n_rows, n_columns)
            A frame needs the columns that are used, in any order and among others.

        Returns
        -------
        X_out : DataFrame of shape (n_rows, n_columns_out)
            Category, float64 and Arrow list columns. A float array if `X` is an array and they all are float64.

        Raises
        ------
        ValueError
            For a missing column, text or infinity in a numeric one.
        """
        check_is_fitted(self)
        if (raw := raw_rows(X)) is not None:
            return raw.encoded(self.transform, [name for names in self.roles_.values() for name in names])
        return self._finish(self._encode(self._read(X)), X)

    @at_one_moment
    def get_feature_names_out(self, input_features: Any = None) -> np.ndarray:
        """Return the names of the output's columns.

        Parameters
        ----------
        input_features : array-like of shape (`n_features_in_`,), default=None
            There for scikit-learn: the names of `fit` if given, which change nothing.

        Returns
        -------
        names : ndarray of shape (n_columns_out,), object
        """
        check_is_fitted(self)
        if input_features is not None:
            if len(input_features) != self.n_features_in_:
                raise ValueError(
                    f"input_features should have length equal to number of features ({self.n_features_in_}), "
                    f"got {len(input_features)}"
                )
            if list(input_features) != list(getattr(self, "feature_names_in_", input_features)):
                raise ValueError("input_features is not equal to feature_names_in_; leave it out")
        return np.array(self._names_out, dtype=object)

    def _learn_roles(self, frame):
        named = dict(zip(ROLES, (self.categorical, self.numeric, self.sequence), strict=True))
        by_dtype = all(columns is None for columns in named.values()) or self.remainder == "passthrough"
        self.roles_ = roles_of(frame, named, by_dtype=by_dtype)

    def _fit_raw(self, raw):
        """Learn from the rows of a Dataset, in one pass."""
        frame = read(self, raw.head, reset=True)
        self._learn_roles(frame)
        if self.statistics is not None:
            raise ValueError(
                f"statistics={self.statistics} of TableEncoder need all rows in memory, got a Dataset; fit on a frame, "
                "which may be a part of the rows, or leave statistics out"
            )
        encoder = CategoryEncoder() if self.categorical_encoder is None else clone(self.categorical_encoder)
        counts = count_values(self.roles_[CATEGORICAL] if isinstance(encoder, CategoryEncoder) else [])
        sample = NumberSample(self.roles_[NUMERIC], raw.n_rows)
        used = [name for names in self.roles_.values() for name in names]
        for part in raw.parts(used):
            add_counts(counts, part)
            sample.add(part)
        self._fit_categorical(frame[self.roles_[CATEGORICAL]], None, counts)
        self._numeric = NumericBlock(self.roles_[NUMERIC], used, self.numeric_transformer)
        self._numeric.fit(sample.result(), None, sample.missing)
        self.imputer_, self.numeric_transformer_ = self._numeric.imputer_, self._numeric.transformer_
        self._statistics = self.statistics_ = None
        self._names_out = list(self._join(self._categories(frame.head(0)), frame.head(1)).columns)

    def _fit(self, X, y):
        frame = read(self, X, reset=True)
        self._learn_roles(frame)
        if y is None and uses_target(self.statistics):
            raise ValueError(f"{type(self).__name__} requires y to be passed, but the target y is None, for statistics")
        self._fit_categorical(frame[self.roles_[CATEGORICAL]], y)
        used = [name for names in self.roles_.values() for name in names]
        self._numeric = NumericBlock(self.roles_[NUMERIC], used, self.numeric_transformer).fit(frame, y)
        self.imputer_, self.numeric_transformer_ = self._numeric.imputer_, self._numeric.transformer_
        target = y if y is None or not uses_target(self.statistics) else target_of(y, frame)
        self._fit_statistics(frame, target)
        # names need no value of our encoders, which would hash all that they know to look it up
        ours = isinstance(self.categorical_encoder_, TypedFrameMixin)
        self._names_out = list(self._join(self._categories(frame.head(0 if ours else 1)), frame.head(1)).columns)
        return frame, target

    def _fit_categorical(self, columns, y, counts=None):
        """Fit the categorical encoder on columns, or, where they are the first rows of a Dataset, on their counts."""
        self.categorical_encoder_ = None
        if not columns.shape[1]:
            return
        encoder = CategoryEncoder() if self.categorical_encoder is None else clone(self.categorical_encoder)
        if counts is not None and not isinstance(encoder, (CategoryEncoder, HashEncoder)):
            raise TypeError(
                f"Expected CategoryEncoder or HashEncoder for categorical_encoder with a Dataset, got "
                f"{type(encoder).__name__}, which needs all rows in memory; fit on a frame"
            )
        encoder = as_pandas_output(encoder).fit(columns, y)
        if counts:
            encoder._learn_counts(counts)
        self.categorical_encoder_ = encoder

    def _fit_statistics(self, frame, y):
        self._statistics = self.statistics_ = None
        if self.statistics is None:
            return
        names = self.roles_[CATEGORICAL]
        if not names:
            raise ValueError(
                f"Expected categorical columns for statistics={self.statistics}, got none; "
                "name them in categorical=[...], or leave statistics out"
            )
        self._statistics = StatisticsBlock(names, self.statistics).fit(frame, y)
        self.statistics_ = self._statistics.encoder_

    def _read(self, X):
        """Return a frame with the columns of `fit` that are used, known by name in a frame, by position in an array."""
        if not is_frame(X) or not hasattr(self, "feature_names_in_"):
            return read(self, X, reset=False)
        frame = as_pandas(X)
        needed = [name for names in self.roles_.values() for name in names]
        check_there(frame.columns.tolist(), needed, "; skrec.retrieval.embed_items and its like take one side alone")
        return frame

    def _encode(self, frame, statistics=None):
        """Return the typed frame; `statistics` replaces those of the encoder fitted on all rows."""
        return self._join(self._categories(frame), frame, statistics)

    def _join(self, categories, frame, statistics=None):
        parts = [categories, self._numeric.transform(frame)]
        parts += [list_column(frame[name]) for name in self.roles_[SEQUENCE]]
        out = pd.concat(parts, axis=1)
        if not out.columns.is_unique:
            twice = list(out.columns[out.columns.duplicated()])
            raise ValueError(
                f"Expected names that are unique in the output, got {quoted(twice)} twice; rename the columns"
            )
        if self._statistics is not None:
            statistics = self._statistics.transform(frame) if statistics is None else statistics
            out = pd.concat([out, named_after(statistics, self.statistics, out.columns)], axis=1)
        return out

    def _categories(self, frame):
        if self.categorical_encoder_ is None:
            return pd.DataFrame(index=frame.index)
        out = self.categorical_encoder_.transform(select(frame, self.roles_[CATEGORICAL]))
        if not is_frame(out):
            raise TypeError(_not_typed(self.categorical_encoder_, type(out).__name__))
        for name, dtype in zip(out.columns, out.dtypes.tolist(), strict=True):
            if not isinstance(dtype, pd.CategoricalDtype):
                raise TypeError(_not_typed(self.categorical_encoder_, f"{dtype} in {quoted(name)}"))
        return out

    def _finish(self, frame, X):
        numbers = all(dtype == np.float64 for dtype in frame.dtypes)
        if len(frame) > FEW_ROWS:  # which nothing is learnt from; it would cost a request its time
            frame.attrs[CONSIDERED] = tuple(frame.columns)
        return self._deliver(frame, as_array=numbers and not is_frame(X))

    def __getstate__(self) -> Any:
        state = super().__getstate__()
        if state.get("_statistics") is not None:
            del state["statistics_"]  # the block has it
        return state

    def __setstate__(self, state: Any) -> None:
        super().__setstate__(state)
        if (block := vars(self).get("_statistics")) is not None:
            self.statistics_ = block.encoder_

    def __sklearn_tags__(self) -> Any:
        """The target is required if the statistics need it."""
        tags = super().__sklearn_tags__()
        tags.target_tags.required = uses_target(self.statistics)
        return tags


def list_column(column):
    """Return a list column as Arrow lists, with weights as Arrow maps, empty where missing."""
    values, offsets, weights = weighted_tokens(column)
    flat = pa.array(values)
    flat = flat.combine_chunks() if isinstance(flat, pa.ChunkedArray) else flat
    flat = flat.cast(pa.string()) if pa.types.is_null(flat.type) else flat  # no token at all
    if weights is not None:
        maps = pa.MapArray.from_arrays(pa.array(offsets, pa.int32()), flat, pa.array(weights))
        return pd.Series(maps, index=column.index, name=column.name, dtype=pd.ArrowDtype(maps.type))
    long = offsets[-1] > np.iinfo(np.int32).max
    lists = pa.LargeListArray.from_arrays(offsets, flat) if long else pa.ListArray.from_arrays(offsets, flat)
    return pd.Series(lists, index=column.index, name=column.name, dtype=pd.ArrowDtype(lists.type))


def _not_typed(encoder, got):
    return (
        f"Expected category columns from categorical_encoder={encoder}, got {got}; use CategoryEncoder or HashEncoder, "
        "and give encoders that return numbers as statistics"
    )
