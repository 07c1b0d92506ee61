"""Probabilities learnt where negatives are rarer than they are."""

from numbers import Real
from typing import Any

import numpy as np

from skrec._validation import Interval, validate_params


@validate_params(
    {"y_prob": ["array-like"], "rate": [Interval(Real, 0, 1, closed="right")]}, prefer_skip_nested_validation=True
)
def undo_downsampling(y_prob: Any, rate: Any) -> np.ndarray:
    r"""Return the probabilities among all rows, from a model that was trained on a share of the negatives.

    Fewer negatives train faster, but the model then predicts as if positives were more frequent than they are: rankings
    are right, probabilities, and what is expected of them, too high.

    .. math:: q = \frac{p}{p + (1 - p) / w}

    Parameters
    ----------
    y_prob : array-like of shape (n_rows,) or (n_rows, 2), float in [0, 1]
        Predicted probabilities p of the positive class, or of both, as `predict_proba` gives them.
    rate : float in (0, 1]
        The share w of negatives that was kept, at random; all positives were.

    Returns
    -------
    y_prob : ndarray of the same shape, float64
        Probabilities q, in the same order.

    Raises
    ------
    ValueError
        If a probability is not in [0, 1], or the shape is another one.

    References
    ----------
    He et al. (2014), Practical Lessons from Predicting Clicks on Ads at Facebook, section 6.3.

    Examples
    --------
    With a tenth of the negatives a model says 1/2 where 1 of 11 rows is positive:

    >>> from skrec.sampling import undo_downsampling
    >>> undo_downsampling([0.0, 0.5, 1.0], 0.1).round(4)
    array([0.    , 0.0909, 1.    ])
    """
    prob = np.asarray(y_prob, np.float64)
    if prob.ndim not in (1, 2) or (prob.ndim == 2 and prob.shape[1] != 2):
        raise ValueError(
            f"Expected y_prob of shape (n_rows,) or (n_rows, 2), got {prob.shape}; the classes must be two"
        )
    if not ((prob >= 0) & (prob <= 1)).all():
        wrong = prob[~((prob >= 0) & (prob <= 1))][0]
        raise ValueError(f"Expected probabilities between 0 and 1 in y_prob, got {wrong}; pass those of predict_proba")
    positive = prob if prob.ndim == 1 else prob[:, 1]
    negative = 1 - prob if prob.ndim == 1 else prob[:, 0]
    total = positive + negative / rate
    if prob.ndim == 1:
        return positive / total
    return np.column_stack([negative / rate / total, positive / total])
