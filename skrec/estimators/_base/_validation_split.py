"""Validation rows that a splitter holds out."""

import numpy as np
from sklearn.model_selection import check_cv
from sklearn.utils import _safe_indexing

from skrec._text import quoted
from skrec._validation import check_consistent_length
from skrec.data import refuse_datasets


def split_rows(settings, X, y, sample_weight):
    """Return the arguments X, y and sample_weight of `fit`, those of the training rows and of the validation rows.

    Parameters
    ----------
    settings : NetEstimator
        With a `validation_split`.
    X, y, sample_weight : as in `fit`
    """
    refuse_datasets(X, "validation_split", "hold out row groups by early_stopping=True, or pass a second one as X_val")
    check_consistent_length(X, y, *([] if sample_weight is None else [sample_weight]))
    splits = list(check_cv(settings.validation_split).split(X, y))
    parts = [np.asarray(part) for part in splits[-1]] if splits else []
    if len(parts) != 2 or not all(len(part) for part in parts):
        raise ValueError(
            f"The 'validation_split' parameter of {type(settings).__name__} must give rows to train on and rows to "
            f"hold out. Got {quoted(settings.validation_split)} instead, whose last split has none"
        )

    def rows(part):
        return tuple(None if array is None else _safe_indexing(array, part) for array in (X, y, sample_weight))

    return rows(parts[0]), rows(parts[1])
