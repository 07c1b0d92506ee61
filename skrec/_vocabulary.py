"""The categories that a model or an encoder knows, and the code of each."""

import numpy as np
import pandas as pd

from skrec._columns import factorize

UNKNOWN = 0  # the code of missing, rare and unseen values


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

    def __init__(self, values):
        self.values = values

    def __len__(self):
        """Return the number of codes, the unknown code included."""
        return len(self.values) + 1

    @classmethod
    def learn(cls, column, *, declared=False):
        """Learn the values that a column has; with `declared`, also those that its dtype lists."""
        codes, values = factorize(column)
        if not declared:
            values = values[np.bincount(codes[codes >= 0], minlength=len(values)) > 0]
        return cls.of(values, column.name)

    @classmethod
    def of(cls, values, name):
        """Sort distinct `values`; `name` is the column that the error speaks of."""
        try:
            return cls(values if values.is_monotonic_increasing else values.sort_values())
        except TypeError as error:
            found = sorted({type(value).__name__ for value in values})
            raise TypeError(
                f"Column {name!r}: expected categories of one type, got {', '.join(found)}; "
                "give it one type, for instance with .astype(str)"
            ) from error

    def encode(self, column):
        """Return the int32 codes of a column's values, by value.

        Parameters
        ----------
        column : pandas.Series of shape (n_rows,)

        Returns
        -------
        codes : ndarray of shape (n_rows,), int32
        """
        codes, values = factorize(column)
        if len(codes) < len(values):  # a few rows of a wide dtype: look up only what they have
            present, codes = np.unique(codes, return_inverse=True)
            missing = present[:1] < 0
            found = self.codes_of(values[present[missing.sum() :]])
            return np.concatenate([np.zeros(missing.sum(), np.int32), found])[codes]
        # the last entry answers code -1: missing
        return np.append(self.codes_of(values), np.int32(UNKNOWN))[codes]

    def codes_of(self, values):
        """Return the int32 codes of distinct `values`."""
        if len(self.values) == 0 or values is self.values:
            return np.arange(1, len(values) + 1, dtype=np.int32) * np.int32(len(self.values) > 0)
        return (self.values.get_indexer(values) + 1).astype(np.int32)

    def decode(self, codes):
        """Return the values of `codes`, missing for code 0."""
        return pd.Categorical.from_codes(np.asarray(codes) - 1, categories=self.values)
