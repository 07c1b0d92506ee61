"""Metrics of rankings, one ranking a group."""

from numbers import Integral
from typing import NamedTuple

import numpy as np
import pandas as pd
from sklearn.utils._param_validation import validate_params

from skrec._validation import Interval, check_consistent_length, check_numbers

RANKING = {"k": [Interval(Integral, 1, None, closed="left")]}


@validate_params(RANKING, prefer_skip_nested_validation=True)
def hit_rate_at_k(y_true, y_score, *, groups, k=10):
    r"""Share of users to whom the k best of their rows show something relevant.

    .. math:: \mathrm{HR@}k = \frac{1}{|U|} \sum_{u \in U} 1[\min_{i \in R_u} \mathrm{rank}_u(i) \le k]

    with the relevant rows :math:`R_u` of user u and the rank 1, 2, ... of a row among the user's.

    Parameters
    ----------
    y_true : array-like of shape (n_rows,), 0 or 1
        Whether the row is relevant.
    y_score : array-like of shape (n_rows,), float
        The higher, the better the rank. Where a relevant row ties with others, they are ranked before it.
    groups : array-like of shape (n_rows,)
        The user of each row, or whatever makes one ranking. Groups without a relevant row are left out.
    k : int, default=10
        Ranks that count.

    Returns
    -------
    score : float in [0, 1]

    Raises
    ------
    ValueError
        If a score is not finite, `y_true` has other values than 0 and 1 or no 1, a group is missing, or lengths differ.

    References
    ----------
    He et al. (2017), Neural Collaborative Filtering, section 4.1: one relevant row and 99 others a user.

    Examples
    --------
    Ann's relevant row is second, bob's is first, yet shares its score with the other and is ranked after it:

    >>> from skrec.metrics import hit_rate_at_k
    >>> groups = ["ann", "ann", "ann", "bob", "bob"]
    >>> y_true, y_score = [0, 1, 0, 1, 0], [0.9, 0.8, 0.1, 0.5, 0.5]
    >>> hit_rate_at_k(y_true, y_score, groups=groups, k=2)
    1.0
    >>> hit_rate_at_k(y_true, y_score, groups=groups, k=1)
    0.0
    """
    ranks = _relevant_ranks(y_true, y_score, groups)
    hit = np.zeros(ranks.n_groups, bool)
    hit[ranks.group[ranks.rank < k]] = True
    return float(hit.mean())


@validate_params(RANKING, prefer_skip_nested_validation=True)
def ndcg_at_k(y_true, y_score, *, groups, k=10):
    r"""How close the k best rows of a user are to a ranking with the relevant ones in front.

    .. math::

        \mathrm{NDCG@}k = \frac{1}{|U|} \sum_{u \in U}
        \frac{\sum_{i \in R_u, \mathrm{rank}_u(i) \le k} 1 / \log_2(1 + \mathrm{rank}_u(i))}
        {\sum_{r = 1}^{\min(k, |R_u|)} 1 / \log_2(1 + r)}

    with the relevant rows :math:`R_u` of user u and the rank 1, 2, ... of a row among the user's.

    Parameters
    ----------
    y_true : array-like of shape (n_rows,), 0 or 1
        Whether the row is relevant.
    y_score : array-like of shape (n_rows,), float
        The higher, the better the rank. Where a relevant row ties with others, they are ranked before it.
    groups : array-like of shape (n_rows,)
        The user of each row, or whatever makes one ranking. Groups without a relevant row are left out.
    k : int, default=10
        Ranks that count.

    Returns
    -------
    score : float in [0, 1]

    Raises
    ------
    ValueError
        If a score is not finite, `y_true` has other values than 0 and 1 or no 1, a group is missing, or lengths differ.

    See Also
    --------
    sklearn.metrics.ndcg_score : graded relevance, a matrix with a row a user, the mean over the orders of ties.

    References
    ----------
    Järvelin, Kekäläinen (2002), Cumulated gain-based evaluation of IR techniques, section 3.

    Examples
    --------
    Ann's relevant row is second, 1 / log2(3) = 0.63; bob's is first, 1. With a tie bob's would be second, too:

    >>> from skrec.metrics import ndcg_at_k
    >>> groups = ["ann", "ann", "ann", "bob", "bob"]
    >>> round(ndcg_at_k([0, 1, 0, 1, 0], [0.9, 0.8, 0.1, 0.5, 0.4], groups=groups), 4)
    0.8155
    >>> round(ndcg_at_k([0, 1, 0, 1, 0], [0.9, 0.8, 0.1, 0.5, 0.5], groups=groups), 4)
    0.6309
    """
    ranks = _relevant_ranks(y_true, y_score, groups)
    counts = np.bincount(ranks.group, minlength=ranks.n_groups)
    counted = ranks.rank < k
    gain = np.bincount(ranks.group[counted], 1 / np.log2(2 + ranks.rank[counted]), minlength=ranks.n_groups)
    ideal = np.cumsum(1 / np.log2(2 + np.arange(counts.max())))
    return float((gain / ideal[np.minimum(counts, k) - 1]).mean())


class Ranks(NamedTuple):
    """Of each relevant row its group and its rank in it, both from 0; groups without one are not counted."""

    group: np.ndarray  # (n_relevant,) int
    rank: np.ndarray  # (n_relevant,) int
    n_groups: int


def _relevant_ranks(y_true, y_score, groups):
    relevant, score = check_numbers(y_true), check_numbers(y_score)
    codes, _ = pd.factorize(np.asarray(groups) if isinstance(groups, (list, tuple)) else groups)
    check_consistent_length(relevant, score, codes)
    if (codes < 0).any():
        raise ValueError("Expected a group for every row, got missing values in groups; drop those rows")
    if not np.isin(relevant, (0, 1)).all():
        other = relevant[~np.isin(relevant, (0, 1))][0]
        raise ValueError(f"Expected y_true as 0 and 1, got {other:g}; say what is relevant, for instance y_true >= 4")
    if not relevant.any():
        raise ValueError("Expected a relevant row, y_true = 1, in at least one group, got none")
    order = np.lexsort((relevant, -score, codes))  # the last key counts first; of equal scores the relevant come last
    sorted_codes = codes[order]
    first = np.flatnonzero(np.diff(sorted_codes, prepend=-1))
    rank = np.arange(len(order)) - np.repeat(first, np.diff(first, append=len(order)))
    hit = relevant[order] == 1
    present, group = np.unique(sorted_codes[hit], return_inverse=True)
    return Ranks(group, rank[hit], len(present))
