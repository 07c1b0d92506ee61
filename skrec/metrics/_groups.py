"""Which rows make one ranking."""

import pandas as pd

from skrec._validation import check_consistent_length
from skrec.data import as_series, factorize


def group_codes(groups, *rows):
    """Return integers 0, 1, ... that are equal where the groups are, in the order in which these come first.

    Parameters
    ----------
    groups : array-like of shape (n_rows,)
        One for each row, of any container: a list, an array, a column of pandas, polars or Arrow.
    *rows : arrays of shape (n_rows, ...)
        What has as many rows.
    """
    codes, _ = factorize(as_series(groups))
    check_consistent_length(*rows, codes)
    if (codes < 0).any():
        raise ValueError("Expected a group for every row, got missing values in groups; drop those rows")
    return pd.factorize(codes)[0]  # without the categories that no row has
