"""Numeric side features of categorical columns, from any encoder that turns categories into numbers."""

import warnings

import numpy as np
import pandas as pd
from pandas.api import types
from sklearn.base import clone
from sklearn.model_selection import KFold
from sklearn.utils import check_random_state, get_tags

from skrec._validation import check_consistent_length, column_or_1d
from skrec.data import factorize, inferred
from skrec.preprocessing._frames import unused
from skrec.preprocessing._numeric import as_pandas_output, run_transformer
from skrec.preprocessing._packed_encoder import pack_encoder, unpack_encoder


class StatisticsBlock:
    """An encoder fitted on all rows for later ones, and on the other folds for each training row.

    Parameters
    ----------
    names : list of str
        The categorical columns.
    encoder : estimator
        Cloned in `fit`, once more for each fold.

    Notes
    -----
    Plain shuffled folds: stratified ones look at the labels, so that a row's own label would choose which other
    labels its feature is made of. scikit-learn's TargetEncoder stratifies.
    """

    def __init__(self, names, encoder):
        self.names = names
        self.encoder = encoder

    def __getstate__(self):
        fill = {"names": self.fill_.index.tolist(), "values": self.fill_.to_numpy()}
        return {**vars(self), "encoder_": pack_encoder(self.encoder_), "fill_": fill}

    def __setstate__(self, state):
        fill = state["fill_"]
        fill = pd.Series(fill["values"], index=fill["names"]) if isinstance(fill, dict) else fill
        vars(self).update(state, encoder_=unpack_encoder(state["encoder_"]), fill_=fill)

    def fit(self, frame, y):
        """Learn the statistics of all rows."""
        raw = self._raw(frame)
        self.encoder_ = _fitted(self.encoder, raw, y)
        self.fill_ = _medians(_numbers(self.encoder_, raw))
        return self

    def transform(self, frame):
        """Return the float64 statistics of rows that `fit` did not see."""
        return _numbers(self.encoder_, self._raw(frame)).fillna(self.fill_).set_axis(frame.index, axis=0)

    def cross_fitted(self, frame, y, cv, random_state):
        """Return the float64 statistics of the training rows, each from folds without it."""
        raw = self._raw(frame)
        folds = KFold(min(cv, len(raw)), shuffle=True, random_state=check_random_state(random_state))
        parts = [self._part(raw, y, others, rows) for others, rows in folds.split(raw)]
        return pd.concat(parts).sort_index().set_axis(frame.index, axis=0)

    def _part(self, raw, y, others, rows):
        """Return the statistics of `rows` learnt from `others`; what is missing there is filled from `others`."""
        encoder = _fitted(self.encoder, raw.iloc[others], y[others])
        part = _numbers(encoder, raw.iloc[rows]).reindex(columns=self.fill_.index)
        if not part.isna().any(axis=None):
            return part
        return part.fillna(_medians(_numbers(encoder, raw.iloc[others]))).fillna(0.0)

    def _raw(self, frame):
        """Return the categorical columns as text, because category_encoders joins ids above 2**53 by way of floats."""
        return pd.DataFrame({name: _text(frame[name]) for name in self.names}, dtype=object)


def uses_target(encoder):
    """Whether `encoder`, or an estimator inside it, needs the target."""
    if encoder is None:
        return False
    inside = [value for value in encoder.get_params(deep=True).values() if hasattr(value, "__sklearn_tags__")]
    return any(get_tags(one).target_tags.required for one in [encoder, *inside] if not isinstance(one, type))


def target_of(y, frame):
    """Return the target as numbers, shape (n_rows,); classes are numbered in their order."""
    y = column_or_1d(y, warn=True)
    check_consistent_length(frame, y)
    if pd.isna(y).any():
        raise ValueError("Input y contains NaN; drop the rows without a label")
    if y.dtype.kind == "O":
        y = pd.Series(y).infer_objects().to_numpy()
    if y.dtype.kind in "OUSb":
        # numbered once, so that a fold that lacks a class numbers the others alike
        y = np.unique(y, return_inverse=True)[1]
    return y


def named_after(out, encoder, taken):
    """Return `out` with names that say their encoder and that are not `taken`."""
    suffix = type(encoder).__name__.removesuffix("Encoder").lower()
    names = list(taken)
    for name in out:
        names.append(unused(f"{name}_{suffix}", names))
    return out.set_axis(names[len(taken) :], axis=1)


def _fitted(encoder, raw, y):
    encoder = as_pandas_output(clone(encoder))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        encoder.fit(raw, None if y is None else pd.Series(y, index=raw.index))
    return encoder


def _numbers(encoder, raw):
    """Return the numeric columns that `encoder` makes of `raw`, float64."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        out = run_transformer(encoder, raw)
    # columns that the encoder passed through are text still
    return out[[name for name in out if types.is_numeric_dtype(out[name].dtype)]].astype(np.float64)


def _medians(numbers):
    return numbers.median().fillna(0.0)


def _text(column):
    """Return the values of a column as text objects, NaN where missing; 1 and 1.0 are the same text."""
    codes, values = factorize(column)
    values = inferred(values)
    text = values.astype(str).to_numpy(dtype=object)
    if values.dtype.kind == "f":
        numbers = values.to_numpy()
        whole = (np.floor(numbers) == numbers) & (np.abs(numbers) < 2.0**63)
        text[whole] = numbers[whole].astype(np.int64).astype(str)
    # the last entry answers code -1: missing
    return np.append(text, np.array([np.nan], dtype=object))[codes]
