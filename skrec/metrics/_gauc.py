"""The area under the ROC curve, user by user."""

from typing import Any

import numpy as np

from skrec._validation import check_numbers, validate_params
from skrec.metrics._groups import group_codes


@validate_params({"return_left_out": ["boolean"]}, prefer_skip_nested_validation=True)
def gauc_score(y_true: Any, y_score: Any, *, groups: Any, return_left_out: bool = False) -> Any:
    r"""How well the rows of each user are ordered: the mean of the users' AUC, weighted by their rows.

    A ranking is shown to one user, so that which users click more, and AUC over all rows rewards, does not count here.

    .. math:: \mathrm{GAUC} = \frac{\sum_u n_u \, \mathrm{AUC}_u}{\sum_u n_u}

    over the users with rows of both classes, with the number of impressions :math:`n_u` of a user.

    Parameters
    ----------
    y_true : array-like of shape (n_rows,), 0 or 1
        Whether the row was clicked, bought, ...
    y_score : array-like of shape (n_rows,), float
        The higher, the likelier. A tie counts one half.
    groups : array-like of shape (n_rows,)
        The user of each row, or whatever makes one ranking; a list, an array, a column of pandas, polars or Arrow.
    return_left_out : bool, default=False
        Whether to return also how many groups have one class only, and are left out.

    Returns
    -------
    score : float in [0, 1]
    n_left_out : int
        Where asked for.

    Raises
    ------
    ValueError
        If a score is not finite, `y_true` has other values than 0 and 1, a group is missing, lengths differ, or no
        group has both classes.

    See Also
    --------
    sklearn.metrics.roc_auc_score : One area over all rows.

    References
    ----------
    Zhou et al. (2018), Deep Interest Network for Click-Through Rate Prediction, equation 7, there with clicks or
    impressions as weights.

    Examples
    --------
    Both users are ordered rightly, though bob's scores are higher throughout; eve has one class:

    >>> from skrec.metrics import gauc_score
    >>> y_true, y_score = [1, 0, 1, 0, 0], [0.4, 0.1, 0.9, 0.8, 0.5]
    >>> gauc_score(y_true, y_score, groups=["ann", "ann", "bob", "bob", "eve"], return_left_out=True)
    (1.0, 1)

    As a scorer, with the groups from metadata routing:

    >>> import sklearn
    >>> from sklearn.metrics import make_scorer
    >>> with sklearn.config_context(enable_metadata_routing=True):
    ...     scorer = make_scorer(gauc_score, response_method=("decision_function", "predict_proba"))
    ...     scorer = scorer.set_score_request(groups=True)  # GridSearchCV(..., scoring=scorer).fit(X, y, groups=users)
    """
    clicked, score = check_numbers(y_true), check_numbers(y_score)
    codes = group_codes(groups, clicked, score)
    if not np.isin(clicked, (0, 1)).all():
        other = clicked[~np.isin(clicked, (0, 1))][0]
        raise ValueError(f"Expected y_true as 0 and 1, got {other:g}; say what is positive, for instance y_true >= 4")
    auc, size = _areas(clicked == 1, score, codes)
    left_out = np.isnan(auc)
    if left_out.all():
        raise ValueError(
            f"Expected a group with both classes, got one class only in each of {len(auc)}; pass more rows"
        )
    result = float(np.average(auc[~left_out], weights=size[~left_out]))
    return (result, int(left_out.sum())) if return_left_out else result


def _areas(clicked, score, codes):
    """Return the AUC of each group, NaN where one class is all, and its number of rows."""
    order = np.lexsort((score, codes))  # the last key counts first
    clicked, score, codes = clicked[order], score[order], codes[order]
    new = np.ones(len(codes), bool)
    new[1:] = (np.diff(codes) != 0) | (np.diff(score) != 0)
    ties = np.cumsum(new) - 1  # which run of equal scores a row is in
    below = np.concatenate([[0], np.cumsum(~clicked)])  # rows not clicked before each row
    start = np.flatnonzero(new)
    middle = (below[start] + below[np.append(start[1:], len(codes))]) / 2  # half of the ties are below
    size, n_clicked = np.bincount(codes), np.bincount(codes, clicked)
    first = below[np.cumsum(size) - size]
    won = np.bincount(codes, clicked * (middle[ties] - first[codes]))
    pairs = n_clicked * (size - n_clicked)
    return np.divide(won, pairs, out=np.full(len(size), np.nan), where=pairs > 0), size
