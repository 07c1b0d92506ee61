"""Numeric columns: read as float64, imputed, then through the user's transformer."""

from typing import Any

import numpy as np
import pandas as pd
from pandas.api import types
from sklearn.base import clone
from sklearn.impute import SimpleImputer
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import KBinsDiscretizer

from skrec._text import quoted
from skrec.data import SEQUENCE, arrays, role_of
from skrec.preprocessing._frames import unused

_PLAIN = tuple(map(np.dtype, ("float64", "float32", "int64", "int32")))


class NumericBlock:
    """Median imputation with an indicator for columns that had missing values, then a transformer.

    Parameters
    ----------
    names : list of str
        The numeric columns.
    taken : list of str
        Names that no indicator may have.
    transformer : estimator or None
        Cloned in `fit`; gets float64 without missing values.

    Notes
    -----
    float64, because a timestamp or a counter loses its last digits in float32 from 2**24 on; the
    estimators standardise in float64 and go to float32 only then.
    """

    imputer_: Any
    transformer_: Any

    def __init__(self, names, taken, transformer):
        self.names = names
        self.taken = taken
        self.transformer = transformer

    def fit(self, frame, y, missing=None):
        """Learn the medians of the rows of `frame`, and the transformer's parameters.

        Where the frame is a sample, `missing` are the columns that have missing numbers in some row.
        """
        self.imputer_ = self.transformer_ = None
        if not self.names:
            return self
        numbers = pd.DataFrame(self._read(frame), columns=self.names)
        imputer = SimpleImputer(strategy="median", add_indicator=True, keep_empty_features=True)
        self.imputer_ = clone(imputer).fit(numbers)
        if missing is not None:
            gaps = pd.DataFrame([[np.nan if name in missing else 0.0 for name in self.names]], columns=self.names)
            self.imputer_.indicator_ = imputer.fit(pd.concat([gaps, gaps.fillna(0.0)])).indicator_
        if self.transformer is not None:
            self.transformer_ = as_pandas_output(clone(self.transformer))
            self.transformer_.fit(self._imputed(frame)[self.names], y)
        return self

    def transform(self, frame):
        """Return float64 columns (categories for ordinal bins), then the indicators."""
        if not self.names:
            return pd.DataFrame(index=frame.index)
        imputed = self._imputed(frame)
        if self.transformer_ is None:
            return imputed
        values = binned(self.transformer_, run_transformer(self.transformer_, imputed[self.names]))
        return pd.concat([values, imputed.iloc[:, len(self.names) :]], axis=1)

    def _read(self, frame):
        """Return the numbers (n_rows, n_names), float64, NaN where missing."""
        stored, numbers = arrays(frame), np.empty((len(self.names), len(frame))).T  # columns lie together
        for j, name in enumerate(self.names):
            plain = stored[name].dtype in _PLAIN
            numbers[:, j] = stored[name] if plain else as_float(frame[name])
        if np.isinf(numbers).any():
            for name in self.names:
                as_float(frame[name])  # says which column it is
        return numbers

    def _imputed(self, frame):
        """Return what the imputer gives, whose own checks would take most of a request."""
        numbers, of = self._read(frame), self.imputer_.indicator_.features_
        missing = np.isnan(numbers)
        np.copyto(numbers, self.imputer_.statistics_, where=missing)
        block = np.hstack([numbers, missing[:, of]]) if len(of) else numbers
        names = [unused(f"{self.names[i]}_missing", self.taken) for i in of]
        return pd.DataFrame(block, columns=self.names + names, index=frame.index, copy=False)


def as_float(column):
    """Return a column's numbers, shape (n_rows,), float64, NaN where missing.

    Raises
    ------
    TypeError
        If it holds lists, dates or text that is no number.
    ValueError
        If it holds text, or infinity.
    """
    values = column
    if isinstance(column.dtype, pd.CategoricalDtype):
        values = column.astype(column.cat.categories.dtype if column.notna().all() else object)
    if not types.is_numeric_dtype(values.dtype):
        _refuse_text(values)
    if role_of(values) == SEQUENCE:
        raise TypeError(f"Column {quoted(column.name)}: expected numbers, got lists; name it in sequence=[...]")
    try:
        numbers = values.to_numpy(dtype=np.float64, na_value=np.nan)
    except OverflowError as error:
        raise ValueError(
            f"Column {quoted(column.name)}: expected numbers that a float holds, got an integer beyond 1.8e308; make "
            "it missing, which is imputed, or name the column in categorical=[...]"
        ) from error
    infinite = np.isinf(numbers)
    if infinite.any():
        raise ValueError(
            f"Column {quoted(column.name)}: expected finite numbers, got {numbers[infinite][0]} in row "
            f"{infinite.argmax()}; make it missing, which is imputed, or clip it"
        )
    return numbers


def _refuse_text(column):
    """Raise a ValueError with the first text that `column` has."""
    is_text = np.array([isinstance(value, str) for value in column], dtype=bool)
    if not is_text.any():
        return
    text = column[is_text]
    as_numbers = pd.to_numeric(text.astype(object), errors="coerce")
    if as_numbers.notna().all():
        raise ValueError(
            f"Column {quoted(column.name)}: expected numbers, got the text {quoted(text.iloc[0])}; convert it with "
            f"X[{quoted(column.name)}].astype(float), or name it in categorical=[...]"
        )
    row = np.flatnonzero(is_text)[as_numbers.isna().to_numpy().argmax()]
    raise ValueError(
        f"Column {quoted(column.name)}: expected numbers, got {quoted(column.iloc[row])} in row {row}; "
        "make it missing, which is imputed, or name the column in categorical=[...]"
    )


def as_pandas_output(transformer):
    """Let `transformer` return pandas frames if it can."""
    return transformer.set_output(transform="pandas") if hasattr(transformer, "set_output") else transformer


def run_transformer(transformer, frame):
    """Return what `transformer` makes of `frame`, as a frame with its rows' index."""
    try:
        out = transformer.transform(frame)
    except ValueError as error:
        if "sparse" not in str(error):
            raise
        raise ValueError(
            f"Expected dense columns from {transformer}, got a sparse matrix; set its output dense "
            '(KBinsDiscretizer(encode="ordinal") gives category columns, OneHotEncoder(sparse_output=False) floats)'
        ) from error
    if isinstance(out, pd.DataFrame):
        return out.set_axis(frame.index, axis=0)
    out = np.asarray(out)
    same = out.shape[1] == frame.shape[1]
    names = list(frame.columns) if same else [f"{type(transformer).__name__.lower()}{i}" for i in range(out.shape[1])]
    return pd.DataFrame(out, columns=names, index=frame.index)


def binned(transformer, frame):
    """Return `frame` with the bin numbers of an ordinal KBinsDiscretizer as categories, other numbers as float64."""
    last = transformer[-1] if isinstance(transformer, Pipeline) else transformer
    if isinstance(last, KBinsDiscretizer) and last.encode == "ordinal":
        bins = zip(frame, last.n_bins_, strict=True)
        columns = {name: pd.Categorical(frame[name].astype(np.int64), categories=range(n)) for name, n in bins}
        return pd.DataFrame(columns, index=frame.index)
    numbers = [name for name in frame if not isinstance(frame[name].dtype, pd.CategoricalDtype)]
    return frame.astype(dict.fromkeys(numbers, np.float64))
