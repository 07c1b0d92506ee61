"""Metrics of rankings, one ranking a group."""

from numbers import Integral

import numpy as np

from skrec._validation import Interval, validate_params
from skrec.metrics._ranks import ranks_of

RANKING = {"k": [Interval(Integral, 1, None, closed="left")]}


@validate_params(RANKING, prefer_skip_nested_validation=True)
def hit_rate_at_k(y_true, y_score, *, groups=None, k=10):
    r"""Share of users to whom the k best show something relevant.

    .. math::

        \mathrm{HR@}k = \frac{1}{|U|} \sum_{u \in U} 1[\min_{i \in R_u} \mathrm{rank}_u(i) \le k]

    with the relevant items :math:`R_u` of user u and the rank 1, 2, ... of an item among the user's.

    Parameters
    ----------
    y_true : array-like of shape (n_rows,) or (n_users, n_items), 0 or 1
        What is relevant; the matrix may be sparse.
    y_score : array-like of shape (n_rows,) or (n_users, n_items), float
        The higher, the better the rank. Where something relevant ties with others, they are ranked before it. -inf in
        a matrix ranks an item last.
    groups : array-like of shape (n_rows,), optional
        The user of each row, or whatever makes one ranking. Without it a row of the matrices is a ranking. Groups
        without anything relevant are left out.
    k : int, default=10
        Ranks that count.

    Returns
    -------
    score : float in [0, 1]

    Raises
    ------
    ValueError
        If a score is not finite, `y_true` has other values than 0 and 1 or no 1, a group is missing, or shapes differ.

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
    return float(hit_rates(ranks_of(y_true, y_score, groups), k).mean())


@validate_params(RANKING, prefer_skip_nested_validation=True)
def recall_at_k(y_true, y_score, *, groups=None, k=10):
    r"""Share of what is relevant to a user that the k best show, the mean over users.

    .. math::

        \mathrm{Recall@}k = \frac{1}{|U|} \sum_{u \in U} \frac{|\{i \in R_u : \mathrm{rank}_u(i) \le k\}|}{|R_u|}

    with the relevant items :math:`R_u` of user u and the rank 1, 2, ... of an item among the user's.

    Parameters
    ----------
    y_true : array-like of shape (n_rows,) or (n_users, n_items), 0 or 1
        What is relevant; the matrix may be sparse.
    y_score : array-like of shape (n_rows,) or (n_users, n_items), float
        The higher, the better the rank. Where something relevant ties with others, they are ranked before it. -inf in
        a matrix ranks an item last.
    groups : array-like of shape (n_rows,), optional
        The user of each row, or whatever makes one ranking. Without it a row of the matrices is a ranking. Groups
        without anything relevant are left out.
    k : int, default=10
        Ranks that count.

    Returns
    -------
    score : float in [0, 1]

    Raises
    ------
    ValueError
        If a score is not finite, `y_true` has other values than 0 and 1 or no 1, a group is missing, or shapes differ.

    See Also
    --------
    precision_at_k : The share of the k best that is relevant.

    Notes
    -----
    A user to whom more than k items are relevant cannot reach 1. Some divide by min(k, |R_u|) instead.

    Examples
    --------
    Of ann's two relevant rows one is among the best two, of bob's one all:

    >>> from skrec.metrics import recall_at_k
    >>> groups = ["ann", "ann", "ann", "bob", "bob"]
    >>> recall_at_k([0, 1, 1, 1, 0], [0.9, 0.8, 0.1, 0.5, 0.4], groups=groups, k=2)
    0.75

    The same of every item, a row a user:

    >>> recall_at_k([[0, 1, 1], [1, 0, 0]], [[0.9, 0.8, 0.1], [0.5, 0.4, 0.3]], k=2)
    0.75
    """
    return float(recalls(ranks_of(y_true, y_score, groups), k).mean())


@validate_params(RANKING, prefer_skip_nested_validation=True)
def precision_at_k(y_true, y_score, *, groups=None, k=10):
    r"""Share of the k best that is relevant, the mean over users.

    .. math::

        \mathrm{Precision@}k = \frac{1}{|U|} \sum_{u \in U} \frac{|\{i \in R_u : \mathrm{rank}_u(i) \le k\}|}{k}

    with the relevant items :math:`R_u` of user u and the rank 1, 2, ... of an item among the user's.

    Parameters
    ----------
    y_true : array-like of shape (n_rows,) or (n_users, n_items), 0 or 1
        What is relevant; the matrix may be sparse.
    y_score : array-like of shape (n_rows,) or (n_users, n_items), float
        The higher, the better the rank. Where something relevant ties with others, they are ranked before it. -inf in
        a matrix ranks an item last.
    groups : array-like of shape (n_rows,), optional
        The user of each row, or whatever makes one ranking. Without it a row of the matrices is a ranking. Groups
        without anything relevant are left out.
    k : int, default=10
        Ranks that count.

    Returns
    -------
    score : float in [0, 1]

    Raises
    ------
    ValueError
        If a score is not finite, `y_true` has other values than 0 and 1 or no 1, a group is missing, or shapes differ.

    See Also
    --------
    recall_at_k : The share of what is relevant that the k best show.

    Notes
    -----
    It is divided by k also where a user has fewer rows than that.

    Examples
    --------
    One of ann's best two rows is relevant, and one of bob's:

    >>> from skrec.metrics import precision_at_k
    >>> groups = ["ann", "ann", "ann", "bob", "bob"]
    >>> precision_at_k([0, 1, 1, 1, 0], [0.9, 0.8, 0.1, 0.5, 0.4], groups=groups, k=2)
    0.5
    """
    return float(precisions(ranks_of(y_true, y_score, groups), k).mean())


@validate_params(RANKING, prefer_skip_nested_validation=True)
def map_at_k(y_true, y_score, *, groups=None, k=10):
    r"""Mean average precision: the precision at each relevant rank up to k, averaged by user, then over users.

    .. math::

        \mathrm{MAP@}k = \frac{1}{|U|} \sum_{u \in U} \frac{1}{\min(k, |R_u|)}
        \sum_{i \in R_u, \mathrm{rank}_u(i) \le k}
        \frac{|\{j \in R_u : \mathrm{rank}_u(j) \le \mathrm{rank}_u(i)\}|}{\mathrm{rank}_u(i)}

    with the relevant items :math:`R_u` of user u and the rank 1, 2, ... of an item among the user's.

    Parameters
    ----------
    y_true : array-like of shape (n_rows,) or (n_users, n_items), 0 or 1
        What is relevant; the matrix may be sparse.
    y_score : array-like of shape (n_rows,) or (n_users, n_items), float
        The higher, the better the rank. Where something relevant ties with others, they are ranked before it. -inf in
        a matrix ranks an item last.
    groups : array-like of shape (n_rows,), optional
        The user of each row, or whatever makes one ranking. Without it a row of the matrices is a ranking. Groups
        without anything relevant are left out.
    k : int, default=10
        Ranks that count.

    Returns
    -------
    score : float in [0, 1]

    Raises
    ------
    ValueError
        If a score is not finite, `y_true` has other values than 0 and 1 or no 1, a group is missing, or shapes differ.

    See Also
    --------
    sklearn.metrics.label_ranking_average_precision_score : All ranks of a matrix, ties counted otherwise.

    Examples
    --------
    Ann's relevant rows are second and third, (1/2 + 2/3) / 2 = 0.583; bob's is first, 1:

    >>> from skrec.metrics import map_at_k
    >>> groups = ["ann", "ann", "ann", "bob", "bob"]
    >>> round(map_at_k([0, 1, 1, 1, 0], [0.9, 0.8, 0.1, 0.5, 0.4], groups=groups), 4)
    0.7917
    """
    return float(average_precisions(ranks_of(y_true, y_score, groups), k).mean())


@validate_params(RANKING, prefer_skip_nested_validation=True)
def mrr_at_k(y_true, y_score, *, groups=None, k=10):
    r"""Mean reciprocal rank: one over the rank of the first relevant row, 0 where it is beyond k.

    .. math::

        \mathrm{MRR@}k = \frac{1}{|U|} \sum_{u \in U} \frac{1[r_u \le k]}{r_u},
        \qquad r_u = \min_{i \in R_u} \mathrm{rank}_u(i)

    with the relevant items :math:`R_u` of user u and the rank 1, 2, ... of an item among the user's.

    Parameters
    ----------
    y_true : array-like of shape (n_rows,) or (n_users, n_items), 0 or 1
        What is relevant; the matrix may be sparse.
    y_score : array-like of shape (n_rows,) or (n_users, n_items), float
        The higher, the better the rank. Where something relevant ties with others, they are ranked before it. -inf in
        a matrix ranks an item last.
    groups : array-like of shape (n_rows,), optional
        The user of each row, or whatever makes one ranking. Without it a row of the matrices is a ranking. Groups
        without anything relevant are left out.
    k : int, default=10
        Ranks that count.

    Returns
    -------
    score : float in [0, 1]

    Raises
    ------
    ValueError
        If a score is not finite, `y_true` has other values than 0 and 1 or no 1, a group is missing, or shapes differ.

    Examples
    --------
    Ann's first relevant row is second, bob's is first:

    >>> from skrec.metrics import mrr_at_k
    >>> groups = ["ann", "ann", "ann", "bob", "bob"]
    >>> mrr_at_k([0, 1, 1, 1, 0], [0.9, 0.8, 0.1, 0.5, 0.4], groups=groups)
    0.75
    """
    return float(reciprocal_ranks(ranks_of(y_true, y_score, groups), k).mean())


@validate_params(RANKING, prefer_skip_nested_validation=True)
def ndcg_at_k(y_true, y_score, *, groups=None, k=10):
    r"""How close the k best of a user are to a ranking with the relevant ones in front.

    .. math::

        \mathrm{NDCG@}k = \frac{1}{|U|} \sum_{u \in U}
        \frac{\sum_{i \in R_u, \mathrm{rank}_u(i) \le k} 1 / \log_2(1 + \mathrm{rank}_u(i))}
        {\sum_{r = 1}^{\min(k, |R_u|)} 1 / \log_2(1 + r)}

    with the relevant items :math:`R_u` of user u and the rank 1, 2, ... of an item among the user's.

    Parameters
    ----------
    y_true : array-like of shape (n_rows,) or (n_users, n_items), 0 or 1
        What is relevant; the matrix may be sparse.
    y_score : array-like of shape (n_rows,) or (n_users, n_items), float
        The higher, the better the rank. Where something relevant ties with others, they are ranked before it. -inf in
        a matrix ranks an item last.
    groups : array-like of shape (n_rows,), optional
        The user of each row, or whatever makes one ranking. Without it a row of the matrices is a ranking. Groups
        without anything relevant are left out.
    k : int, default=10
        Ranks that count.

    Returns
    -------
    score : float in [0, 1]

    Raises
    ------
    ValueError
        If a score is not finite, `y_true` has other values than 0 and 1 or no 1, a group is missing, or shapes differ.

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
    return float(normalized_gains(ranks_of(y_true, y_score, groups), k).mean())


def hit_rates(ranks, k):
    """Return for each group whether something relevant is within k, (n_groups,)."""
    return (_hits(ranks, k) > 0).astype(float)


def recalls(ranks, k):
    """Return the recall of each group, (n_groups,)."""
    return _hits(ranks, k) / ranks.n_relevant


def precisions(ranks, k):
    """Return the precision of each group, (n_groups,)."""
    return _hits(ranks, k) / k


def average_precisions(ranks, k):
    """Return the average precision of each group, (n_groups,)."""
    before = np.arange(len(ranks.group)) - np.searchsorted(ranks.group, ranks.group)  # relevant ones, in the group
    precision = (1 + before) / (1 + ranks.rank)
    return _total(ranks, k, precision) / np.minimum(ranks.n_relevant, k)


def reciprocal_ranks(ranks, k):
    """Return one over the first relevant rank of each group, 0 beyond k, (n_groups,)."""
    first = np.diff(ranks.group, prepend=-1) > 0
    return _total(ranks, k, first / (1 + ranks.rank))


def normalized_gains(ranks, k):
    """Return the discounted gain of each group over the best that it can have, (n_groups,)."""
    ideal = np.cumsum(1 / np.log2(2 + np.arange(min(k, ranks.n_relevant.max()))))
    return _total(ranks, k, 1 / np.log2(2 + ranks.rank)) / ideal[np.minimum(ranks.n_relevant, k) - 1]


def _hits(ranks, k):
    return _total(ranks, k, np.ones(len(ranks.rank)))


def _total(ranks, k, values):
    """Return the sum of the values of ranks below k in each group, (n_groups,)."""
    return np.bincount(ranks.group, values * (ranks.rank < k), minlength=len(ranks.n_relevant))


METRICS = {
    "hit_rate": hit_rates,
    "recall": recalls,
    "precision": precisions,
    "map": average_precisions,
    "mrr": reciprocal_ranks,
    "ndcg": normalized_gains,
}
