"""The categories that a model or an encoder knows, and the code of each."""

from contextlib import suppress
from functools import cached_property

import numpy as np
import pandas as pd

from skrec._columns import factorize, is_text, places, scalars
from skrec._text import quoted

UNKNOWN = 0  # the code of missing, rare and unseen values
FEW_ROWS = 32  # are looked up one by one: what looks up many at once takes as long for a single one
_TYPES = {"string": str, "integer": int, "boolean": bool}


class Vocabulary:
    """Sorted distinct values with codes 1, 2, ...; code 0 is everything else.

    Parameters
    ----------
    values : pandas.Index
        Distinct, sorted, without missing values.

    Notes
    -----
    Sorted, so that the order of the rows it is learnt from changes nothing.
    """

    _learnt: tuple = (None, None)  # the distinct values that were learnt from, and what `recoding` says of them

    def __init__(self, values):
        self.values = values

    def __len__(self):
        """Return the number of codes, the unknown code included."""
        return len(self.values) + 1

    def __getstate__(self):
        return {"values": self.values}

    @classmethod
    def learn(cls, column, *, declared=False):
        """Learn the values that a column has; with `declared`, also those that its dtype lists."""
        indices, values = factorize(column)
        present = np.zeros(len(values) + 1, bool)
        present[indices] = True  # index -1, missing, marks the last
        kept = np.arange(len(values)) if declared else np.flatnonzero(present[:-1])
        # as they are where that is all: what is pickled together then holds them once
        known = values if len(kept) == len(values) else values[kept]
        order = sorting(known, column.name)
        vocabulary = cls(known if isinstance(order, slice) else known[order])
        codes = np.zeros(len(values) + 1, np.int32)
        codes[kept[order]] = np.arange(1, len(kept) + 1)
        # rows of the same dtype are recoded without hashing its categories
        vocabulary._learnt = (values, codes)
        return vocabulary

    @classmethod
    def of(cls, values, name):
        """Take distinct `values`; `name` is the column that an error speaks of."""
        return cls(values[sorting(values, name)])

    def recoding(self, column):
        """Return indices of a column's values, and the code that each index stands for.

        Parameters
        ----------
        column : pandas.Series of shape (n_rows,)

        Returns
        -------
        indices : ndarray of shape (n_rows,), signed integers
            -1 where the value is missing.
        codes : ndarray of shape (n_indices + 1,), int32
            The last entry answers index -1.
        """
        indices, values = factorize(column)
        if values is self._learnt[0]:
            return indices, self._learnt[1]
        if len(indices) < len(values):  # a few rows of a wide dtype: look up only what they have
            present, indices = np.unique(indices, return_inverse=True)
            n_missing = int((present[:1] < 0).sum())
            values, indices = values[present[n_missing:]], indices - n_missing
        return indices, np.append(self.codes_of(values), np.int32(UNKNOWN))

    def encode(self, column):
        """Return the int32 codes of a column's values, (n_rows,), by value."""
        if not len(column):
            return np.empty(0, np.int32)
        if is_text(column.dtype) and is_text(self.values.dtype):
            return places(column, self.values) + np.int32(1)
        if isinstance(column.dtype, np.dtype) and column.dtype.kind in "iuf":
            return self.codes_of(pd.Index(column.to_numpy()))  # to look up numbers is quicker than to find the distinct
        indices, codes = self.recoding(column)
        return codes[indices]

    def encode_few(self, array):
        """Return what `encode` does, each value looked up for itself, as is quick where there are few.

        Parameters
        ----------
        array : ndarray or ExtensionArray of shape (n_rows,)
            A column as `skrec._columns.arrays` has it.

        Returns
        -------
        codes : ndarray of shape (n_rows,), int32, or None
            None unless each value is missing or of the very type of those that are known: `encode` knows what is equal.
        """
        categories = array.dtype.categories if isinstance(array, pd.Categorical) else ()
        if categories is self._learnt[0] or len(categories) > FEW_ROWS:
            return self._table(categories)[array.codes]
        known, codes = _TYPES.get(self.values.inferred_type), np.full(len(array), UNKNOWN, np.int32)
        for row, value in enumerate(scalars(array)):
            if type(value) is known:
                with suppress(KeyError):
                    codes[row] = self.values.get_loc(value) + 1
            elif not (value is None or value is pd.NA or (isinstance(value, float) and value != value)):
                return None
        return codes

    def _table(self, categories):
        """Return the code of each of `categories`, and of none; the next rows of the same dtype will find it made."""
        known, codes = self._learnt
        if categories is not known:
            codes = np.append(self.codes_of(categories), np.int32(UNKNOWN))
            self._learnt = categories, codes
        return codes

    def codes_of(self, values):
        """Return the int32 codes of `values`, an Index."""
        if len(self.values) == 0 or values is self.values:
            return np.arange(1, len(values) + 1, dtype=np.int32) * np.int32(len(self.values) > 0)
        if is_text(values.dtype) and is_text(self.values.dtype):
            return places(values, self.values) + np.int32(1)
        return (self.values.get_indexer(values) + 1).astype(np.int32)

    def decode(self, codes):
        """Return the values of `codes`, missing for code 0."""
        return pd.Categorical.from_codes(np.asarray(codes) - 1, dtype=self._dtype, validate=False)

    @cached_property
    def _dtype(self):
        """Made once: to make it takes as long as to decode a row."""
        return pd.CategoricalDtype(self.values)


def sorting(values, name):
    """Return the positions that sort distinct `values`."""
    try:
        return slice(None) if values.is_monotonic_increasing else values.argsort()
    except TypeError as error:
        found = sorted({type(value).__name__ for value in values})
        raise TypeError(
            f"Column {quoted(name)}: expected categories of one type, got {', '.join(found)}; "
            "give it one type, for instance with .astype(str)"
        ) from error
