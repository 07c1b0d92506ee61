"""What the cells of a column are, whatever holds them: the same arrays for the same values."""

import numpy as np
import pandas as pd
from pandas.api.types import infer_dtype

from skrec.data import SEQUENCE, factorize, role_of, tokens

_EXACT = 2.0**53  # below it every integer is a float64
_TIMES = ("datetime64", "datetime", "date")


def values_of(column):
    """Return texts and arrays that are equal where two columns have equal values in the same order.

    Text, numbers, times and lists are told apart, missing ones from others; the dtype and the container are not.
    Integers are what equal floats are, a missing list is an empty one, and a category is its value.

    Parameters
    ----------
    column : pandas.Series or pandas.Index of shape (n,)

    Returns
    -------
    values : list of str and ndarray
    """
    column = pd.Series(column, dtype=column.dtype).reset_index(drop=True)  # else pandas infers another one
    try:
        if role_of(column) == SEQUENCE:
            flat, offsets = tokens(column)
            return ["lists", np.diff(offsets), *_scalars(flat)] if len(flat) else _nothing(column)
    except TypeError:  # times, and what has no role
        pass
    try:
        return _scalars(column)
    except (TypeError, UnicodeEncodeError):  # what pandas cannot hash: lists of floats, text with half a character
        return _scalars(column.map(_text, na_action="ignore"))


def _scalars(column):
    codes, values = factorize(column)
    if not len(values) or (codes < 0).all():
        return _nothing(column)
    name, parts = _distinct(values)
    # (n,) each; the last row is for missing ones, which -1 takes
    return [name, *(np.append(part, np.zeros(1, part.dtype))[codes] for part in (*parts, np.ones(len(values), bool)))]


def _nothing(column):
    return ["nothing", str(len(column))]


def _distinct(values):
    """Return of distinct values what they are, and arrays that are equal where they are."""
    kind = infer_dtype(values)
    if kind == "boolean":
        return "numbers", _numbers(values.to_numpy(dtype=np.uint8))
    if kind in ("floating", "mixed-integer-float", "decimal"):
        return "numbers", _numbers(values.to_numpy().astype(np.float64))
    try:
        if kind == "integer":
            return "numbers", _numbers(_integers(values))
        if kind in _TIMES:
            return "times", [pd.to_datetime(values, utc=True).as_unit("us").asi8]
        if kind.startswith("timedelta"):
            return "durations", [pd.to_timedelta(values).as_unit("us").asi8]
    except (OverflowError, ValueError):  # beyond what 64 bits hold
        pass
    text = values if kind == "string" else values.map(_text)
    return "text", [pd.util.hash_array(text.to_numpy(dtype=object))]


def _integers(values):
    if values.dtype != object:
        return values.to_numpy()
    values = values.tolist()
    signed = max(values) < 2**63
    if not signed and min(values) < 0:
        raise OverflowError  # numpy 1 takes them modulo 2**64
    return np.array(values, np.int64 if signed else np.uint64)


def _numbers(array):
    """Return numbers as float64 and, of whole ones that a float64 may round, the number itself as uint64."""
    floats = array.astype(np.float64) + 0.0  # -0 is 0
    whole, large = np.zeros(len(array), np.uint64), np.abs(floats) >= _EXACT
    if array.dtype.kind == "f":
        large &= (floats >= -(2.0**63)) & (floats < 2.0**64)
        whole[large] = np.where(floats[large] < 0, _wrapped(floats[large]), np.abs(floats[large]).astype(np.uint64))
    else:
        whole[large] = array[large].astype(np.uint64)  # a negative one wraps around
    return [floats, whole]


def _wrapped(floats):
    return np.minimum(floats, 0).astype(np.int64).astype(np.uint64)


def _text(value):
    """Return a text for any object: of a list, in whatever it is, that of its values."""
    return ascii(np.asarray(value).tolist() if pd.api.types.is_list_like(value) else (type(value).__name__, str(value)))
