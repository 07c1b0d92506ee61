"""Which values are equal: by value whatever the dtype; and what is refused because nothing could be."""

from datetime import date
from decimal import Decimal
from numbers import Integral, Real
from typing import Any

import numpy as np
import pandas as pd
from pandas.api import types

from skrec._text import quoted
from skrec.data._columns import is_text
from skrec.data._distinct import factorize, places

EXACT = 2**53  # below, a whole float64 is the integer that it was made of
_WORDS = (
    ((bool, np.bool_), "booleans"),
    (Integral, "integers"),
    (Decimal, "decimals"),
    (Real, "floats"),
    (str, "text"),
    (date, "dates"),
    (pd.Interval, "intervals"),
)
_NUMBERS = {"booleans", "integers", "decimals", "floats"}
_DTYPES = {"integers": "'int64'", "floats": "float", "text": "str"}


def find(values, known, *, by_text=False):
    """Return where each of `values` is among `known`.

    Parameters
    ----------
    values : pandas.Index of shape (n,)
    known : pandas.Index
        Distinct, without missing values.
    by_text : bool, default=False
        Whether text that is known stands for whatever values it is the text of.

    Returns
    -------
    positions : ndarray of shape (n,), signed integers
        -1 where a value is not known, or missing.
    """
    if is_text(values.dtype) and is_text(known.dtype):
        return places(values, known)
    if by_text and is_all_text(known) and not is_all_text(values):
        return _find_text(values, known)
    values, known = (
        typed.astype(np.int8) if typed.dtype.kind == "b" else typed for typed in map(_typed, (values, known))
    )
    if values.dtype.kind == "f" and known.dtype.kind in "iu":  # pandas would make floats of what is known
        whole = _whole(values)
        return np.where(whole, known.get_indexer(_integers(values, whole)), -1)
    return known.get_indexer(values)


def check_equal(
    values: Any, known: Any, where: str, *, indices: Any = None, source: str = "in fit", by_text: bool = False
) -> None:
    """Raise a TypeError if `values` say by their type that they are no `known` ones, whichever they are.

    Parameters
    ----------
    values : pandas.Index
        Distinct values of a column, or all that it has.
    known : pandas.Index
    where : str
        What an error speaks of: ``"Column 'user_id'"``.
    indices : ndarray of signed integers, optional
        Which of the values rows have, -1 for none; all if not given.
    source : str, default="in fit"
        Where the known ones are from.
    by_text : bool, default=False
        Whether text on one side stands for the values that it is the text of.
    """
    message = _refusal(values, known, source, by_text)
    if message is not None and indices is not None:
        message = _refusal(values[np.unique(indices[indices >= 0])], known, source, by_text)
    if message is not None:
        raise TypeError(f"{where}: {message}")


def _refusal(values, known, source, by_text):
    given, ours = kinds(values), kinds(known)
    if given and ours and given.isdisjoint(ours) and not (by_text and _may_be_text_of(values, known)):
        dtype = _DTYPES.get(_word(known[0]), "str")
        return (
            f"expected {describe(known)}, as {source}, got {describe(values)}; these are never equal, so give both "
            f"columns one type, for instance with .astype({dtype})"
        )
    if (rounded := _rounded(values, known)) is not None:
        return (
            f"expected integers, as they are compared with integers, got floats of 2**53 and more such as {rounded!r} "
            f"{source if _large_float(values) is None else 'here'}, which have lost digits and may stand for another "
            "value; keep the column integers, .astype('Int64') before cells go missing, or text"
        )
    return None


def may_be_refused(values, known, positions):
    """Return whether `check_equal` has to look: not where some were found, and no float has lost digits."""
    return not (positions >= 0).any() or _rounded(values, known) is not None


def example(column: Any) -> Any:
    """Return one value of a column, the largest of floats, as an Index; an empty one where all are missing."""
    if types.is_float_dtype(column.dtype):
        numbers = np.abs(column.to_numpy(np.float64, na_value=np.nan))
        row = int(np.where(np.isfinite(numbers), numbers, -1).argmax()) if len(numbers) else 0
    else:
        row = int(column.notna().to_numpy().argmax()) if len(column) else 0
    indices, values = factorize(column.iloc[row : row + 1])
    return values[indices[indices >= 0]]


def kinds(values):
    """Return the kinds of the values of an Index, as words: those of one are never equal to those of another."""
    if values.dtype == object:
        words = {_word_of_type(kind) for kind in set(map(type, values[values.notna()]))}
    else:
        present = values if is_text(values.dtype) or values.dtype.kind in "iub" else values[values.notna()]
        words = {_word(present[0])} if len(present) else set()
    return {"numbers" if word in _NUMBERS else word for word in words}


def describe(values):
    """Return what the values of an Index are, and one of them: ``"integers such as 17"``."""
    value = values[values.notna()][0]
    return f"{_word(value)} such as {quoted(value)}"


def _word(value):
    return _word_of_type(type(value))


def _word_of_type(kind):
    return next((word for its, word in _WORDS if issubclass(kind, its)), kind.__name__)


def numbers_of(text):
    """Return the numbers that distinct text is that of, an Index; the text itself unless all of it reads as numbers."""
    numbers = pd.to_numeric(pd.Series(text, dtype=object), errors="coerce")
    return pd.Index(numbers) if numbers.notna().all() and numbers.is_unique else text


def is_all_text(values: Any) -> Any:
    """Whether the values of an Index are strings."""
    return is_text(values.dtype) or (values.dtype == object and kinds(values) == {"text"})


def _find_text(values, known):
    """Return where the text of each of `values` is among `known`."""
    values = _typed(values)
    found = known.get_indexer(values.astype(str))
    if values.dtype.kind in "fb":  # "1.0" is a text of 1.0, and so is "1"
        whole = _whole(values) if values.dtype.kind == "f" else np.ones(len(values), bool)
        again = known.get_indexer(_integers(values, whole).astype(str))
        found = np.where(whole & (found < 0), again, found)
    return found


def _typed(values):
    """Return an Index of objects that are all floats or all booleans as one of that dtype."""
    untyped = values.dtype == object and values.inferred_type in ("floating", "boolean")
    return values.infer_objects() if untyped else values


def _whole(values):
    numbers = values.to_numpy()
    return (np.abs(numbers) < EXACT) & (np.floor(numbers) == numbers)


def _integers(values, whole):
    return pd.Index(np.where(whole, values.to_numpy(), 0).astype(np.int64))


def _rounded(values, known):
    """Return a float too large to tell neighbouring integers apart where the other side has integers, else None."""
    if not len(known):
        return None
    if _has(known, "iu", ("integer", "decimal")):
        return _large_float(values)
    if _has(known, "f", ("floating",)) and _has(values, "iu", ("integer", "decimal")) and len(values):
        return _large_float(known) if max(int(values.max()), -int(values.min())) >= EXACT else None
    return None


def _has(values, kinds_of_dtype, inferred_types):
    return values.dtype.kind in kinds_of_dtype or (values.dtype == object and values.inferred_type in inferred_types)


def _large_float(values):
    if values.dtype == object:
        values = [value for value in values if isinstance(value, float)]
    elif values.dtype.kind != "f":
        return None
    numbers = np.asarray(values, np.float64)
    large = np.isfinite(numbers) & (np.abs(numbers) >= EXACT)
    return float(numbers[large][0]) if large.any() else None


def _may_be_text_of(values, known):
    """Return whether one of the two may have the text of the other: of numbers only where some of it reads as one."""
    text, others = (values, known) if is_all_text(values) else (known, values)
    if kinds(others) != {"numbers"}:
        return True
    text = pd.Series(text, dtype=object)
    return bool(text.isin(["True", "False"]).any() or pd.to_numeric(text, errors="coerce").notna().any())
