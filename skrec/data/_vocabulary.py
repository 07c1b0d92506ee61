"""The categories that a model or an encoder knows, and the code of each."""

import copy
from contextlib import suppress
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from skrec._text import quoted
from skrec.data._columns import is_enum, is_text
from skrec.data._distinct import factorize, places, scalars
from skrec.data._equal import check_equal, find, is_all_text, may_be_refused, numbers_of
from skrec.data._packed import packed, unpacked

UNKNOWN = 0  # the code of missing, rare and unseen values
FEW_ROWS = 32  # are looked up one by one: what looks up many at once takes as long for a single one
_TYPES = {"string": str, "integer": int, "boolean": bool}


class Vocabulary:
    """Sorted distinct values with codes 1, 2, ...; code 0 is everything else.

    Parameters
    ----------
    values : pandas.Index
        Distinct, without missing values.
    by_text : bool, default=False
        Whether they are the text of a polars Enum, which stands for the values that it is the text of.

    Notes
    -----
    `learn` sorts them, so that the order of the rows they are learnt from changes nothing.

    Values are equal whatever their dtype: True is 1 and 1.0. Text and numbers never are, "1" is not 1, so that rows
    with the one where the other is known are a mistake, and refused. Only a polars Enum, which can hold nothing but
    text, is compared by text: what is fitted in one container is found in the other.
    """

    by_text = False  # in what was pickled before it was known, too
    _learnt: tuple = (None, None)  # the distinct values that were learnt from, and what `recoding` says of them

    def __init__(self, values: Any, by_text: bool = False) -> None:
        self.values, self.by_text = values, by_text

    def __len__(self) -> int:
        """Return the number of codes, the unknown code included."""
        return len(self.values) + 1

    def __getstate__(self) -> Any:
        return {"values": packed(self.values), "by_text": self.by_text}

    def __setstate__(self, state: Any) -> None:
        self.values, self.by_text = unpacked(state["values"]), state.get("by_text", False)

    def __deepcopy__(self, memo: Any) -> Any:
        """Copy the values as pandas has them, without packing them."""
        return type(self)(copy.deepcopy(self.values, memo), self.by_text)

    @classmethod
    def learn(cls, column: Any, *, declared: bool = False) -> Any:
        """Learn the values that a column has; with `declared`, also those that its dtype lists."""
        indices, values = factorize(column)
        present = np.zeros(len(values) + 1, bool)
        present[indices] = True  # index -1, missing, marks the last
        kept = np.arange(len(values)) if declared else np.flatnonzero(present[:-1])
        # as they are where that is all: what is pickled together then holds them once
        known = values if len(kept) == len(values) else values[kept]
        by_text = is_enum(column.dtype)
        order = _order(known, column.name, by_text)
        vocabulary = cls(known if isinstance(order, slice) else known[order], by_text)
        codes = np.zeros(len(values) + 1, np.int32)
        codes[kept[order]] = np.arange(1, len(kept) + 1)
        # rows of the same dtype are recoded without hashing its categories
        vocabulary._learnt = (values, codes)
        return vocabulary

    @classmethod
    def of(cls, values: Any, name: str, *, by_text: bool = False) -> Any:
        """Take distinct `values`; `name` is the column that an error speaks of."""
        return cls(values[_order(values, name, by_text)], by_text)

    def recoding(self, column: Any, **origin: Any) -> Any:
        """Return indices of a column's values, and the code that each index stands for.

        Parameters
        ----------
        column : pandas.Series of shape (n_rows,)
        **origin : str
            What an error says: `where` the column is, and of what `source` the known values are.

        Returns
        -------
        indices : ndarray of shape (n_rows,), signed integers
            -1 where the value is missing.
        codes : ndarray of shape (n_indices + 1,), int32
            The last entry answers index -1.

        Raises
        ------
        TypeError
            If the column has text where numbers are known, or the other way round, or floats that have lost digits.
        """
        indices, values = factorize(column)
        if values is self._learnt[0]:
            return indices, self._learnt[1]
        if len(indices) < len(values):  # a few rows of a wide dtype: look up only what they have
            present, indices = np.unique(indices, return_inverse=True)
            n_missing = int((present[:1] < 0).sum())
            values, indices = values[present[n_missing:]], indices - n_missing
        codes = self._codes_of(values, column, indices, **origin)
        return indices, np.append(codes, np.int32(UNKNOWN))

    def encode(self, column: Any, **origin: Any) -> Any:
        """Return the int32 codes of a column's values, (n_rows,), by value; the parameters are those of `recoding`."""
        if not len(column):
            return np.empty(0, np.int32)
        if isinstance(column.dtype, np.dtype) and column.dtype.kind in "iuf":
            # to look up numbers is quicker than to find the distinct
            return self._codes_of(pd.Index(column.to_numpy()), column, **origin)
        if is_text(column.dtype) and is_text(self.values.dtype):
            return places(column, self.values) + np.int32(1)
        indices, codes = self.recoding(column, **origin)
        return codes[indices]

    def encode_few(self, array: Any) -> Any:
        """Return what `encode` does, each value looked up for itself, as is quick where there are few.

        Parameters
        ----------
        array : ndarray or ExtensionArray of shape (n_rows,)
            A column as `skrec.data._containers.arrays` has it.

        Returns
        -------
        codes : ndarray of shape (n_rows,), int32, or None
            None unless each value is missing or of the very type of those that are known: `encode` knows what is equal.
        """
        categories = array.dtype.categories if isinstance(array, pd.Categorical) else ()
        if categories is self._learnt[0] or len(categories) > FEW_ROWS:
            table = self._table(categories)
            return None if table is None else table[array.codes]
        known, codes = _TYPES.get(self.values.inferred_type), np.full(len(array), UNKNOWN, np.int32)
        for row, value in enumerate(scalars(array)):
            if type(value) is known:
                with suppress(KeyError):
                    codes[row] = self.values.get_loc(value) + 1
            elif not (value is None or value is pd.NA or (isinstance(value, float) and value != value)):
                return None
        return codes

    def _table(self, categories):
        """Return the code of each of `categories`, and of none; the next rows of the same dtype will find it made.

        None where `encode` has to look whether they are refused.
        """
        known, codes = self._learnt
        if categories is not known:
            codes = self.codes_of(categories)
            if may_be_refused(categories, self.values, codes - 1):
                return None
            codes = np.append(codes, np.int32(UNKNOWN))
            self._learnt = categories, codes
        return codes

    def codes_of(self, values: Any, by_text: bool = False) -> Any:
        """Return the int32 codes of `values`, an Index, with `by_text` of those of a polars Enum."""
        if len(self.values) == 0 or values is self.values:
            return np.arange(1, len(values) + 1, dtype=np.int32) * np.int32(len(self.values) > 0)
        known = self._text if by_text and is_all_text(values) else self.values
        return (find(values, known, by_text=self.by_text) + 1).astype(np.int32)

    def _codes_of(self, values, column, indices=None, where=None, source="in fit"):
        """Return the codes of values, of which a column has those at `indices`, or refuse them."""
        by_text = is_enum(column.dtype)
        codes = self.codes_of(values, by_text)
        if may_be_refused(values, self.values, codes - 1):
            where = f"Column {quoted(column.name)}" if where is None else where
            by_text |= self.by_text
            check_equal(values, self.values, where, indices=indices, source=source, by_text=by_text)
        return codes

    def decode(self, codes: Any) -> Any:
        """Return the values of `codes`, missing for code 0."""
        return pd.Categorical.from_codes(np.asarray(codes) - 1, dtype=self._dtype, validate=False)

    @cached_property
    def _text(self):
        """The text of the values; made once, as it takes as long as to look up as many."""
        return self.values if is_all_text(self.values) else self.values.astype(str)

    @cached_property
    def _dtype(self):
        """Made once: to make it takes as long as to decode a row."""
        return pd.CategoricalDtype(self.values)


def positions(column: Any, ids: Any, where: str, source: str) -> Any:
    """Return where the values of a column are among `ids`, (n_rows,) int64, -1 where they are not, or missing.

    Parameters
    ----------
    column : pandas.Series of shape (n_rows,)
    ids : pandas.Index
        Each once.
    where, source : str
        What an error calls the column, and where the ids are: ``"in the catalogue"``.

    Raises
    ------
    TypeError
        If one of the two has text and the other numbers, or floats that have lost digits.
    """
    there = np.flatnonzero(ids.notna())
    indices, values = factorize(ids[there].to_series())
    codes = Vocabulary(values[indices], is_enum(ids.dtype)).encode(column, where=where, source=source)
    return np.append(there, -1)[codes - 1]  # the last entry answers code 0


def _order(values, name, by_text):
    """Return the positions that sort distinct `values`, text of an Enum in the order that its numbers have."""
    return sorting(numbers_of(values) if by_text else values, name)


def sorting(values: Any, name: str) -> Any:
    """Return the positions that sort distinct `values`."""
    try:
        return slice(None) if values.is_monotonic_increasing else values.argsort()
    except TypeError as error:
        found = sorted({type(value).__name__ for value in values})
        raise TypeError(
            f"Column {quoted(name)}: expected categories of one type, got {', '.join(found)}; "
            "give it one type, for instance with .astype(str)"
        ) from error
