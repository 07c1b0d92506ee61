"""What any estimator says of rows, as numbers."""

import numpy as np


def outputs_of(estimator, X):
    """Return the finest numbers that an estimator gives: before a squashing, or probabilities, or predictions.

    Returns
    -------
    outputs : ndarray of shape (n_rows, n_outputs)
    """
    for method in ("decision_function", "predict_proba", "predict"):
        if hasattr(estimator, method):
            given = getattr(estimator, method)(X)
            break
    else:
        raise TypeError(f"Expected a fitted estimator that predicts, got {type(estimator).__name__}")
    parts = given if isinstance(given, list) else [given]  # of several targets
    return np.hstack([np.asarray(part, dtype=float).reshape(len(X), -1) for part in parts])
