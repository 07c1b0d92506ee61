"""Metrics of rankings, one ranking a group."""

import numpy as np

from skrec.metrics._ranking_metric import ranking_metric


@ranking_metric
def hit_rate_at_k(ranks, k):
    r"""Share of users to whom the k best show something relevant.

    .. math::

        \mathrm{HR@}k = \frac{1}{|U|} \sum_{u \in U} 1[\min_{i \in R_u} \mathrm{rank}_u(i) \le k]

    with the relevant items :math:`R_u` of user u and the rank 1, 2, ... of an item among the user's.

    {parameters}

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
    return (_hits(ranks, k) > 0).astype(float)


@ranking_metric
def recall_at_k(ranks, k):
    r"""Share of what is relevant to a user that the k best show, the mean over users.

    .. math::

        \mathrm{Recall@}k = \frac{1}{|U|} \sum_{u \in U} \frac{|\{i \in R_u : \mathrm{rank}_u(i) \le k\}|}{|R_u|}

    with the relevant items :math:`R_u` of user u and the rank 1, 2, ... of an item among the user's.

    {parameters}

    See Also
    --------
    precision_at_k : The share of the k best that is relevant.

    Notes
    -----
    A user to whom more than k items are relevant cannot reach 1. Some divide by min(k, ``|R_u|``) instead.

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
    return _hits(ranks, k) / ranks.n_relevant


@ranking_metric
def precision_at_k(ranks, k):
    r"""Share of the k best that is relevant, the mean over users.

    .. math::

        \mathrm{Precision@}k = \frac{1}{|U|} \sum_{u \in U} \frac{|\{i \in R_u : \mathrm{rank}_u(i) \le k\}|}{k}

    with the relevant items :math:`R_u` of user u and the rank 1, 2, ... of an item among the user's.

    {parameters}

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
    return _hits(ranks, k) / k


@ranking_metric
def map_at_k(ranks, k):
    r"""Mean average precision: the precision at each relevant rank up to k, averaged by user, then over users.

    .. math::

        \mathrm{MAP@}k = \frac{1}{|U|} \sum_{u \in U} \frac{1}{\min(k, |R_u|)}
        \sum_{i \in R_u, \mathrm{rank}_u(i) \le k}
        \frac{|\{j \in R_u : \mathrm{rank}_u(j) \le \mathrm{rank}_u(i)\}|}{\mathrm{rank}_u(i)}

    with the relevant items :math:`R_u` of user u and the rank 1, 2, ... of an item among the user's.

    {parameters}

    See Also
    --------
    sklearn.metrics.label_ranking_average_precision_score : All ranks of a matrix, ties counted otherwise.

    Notes
    -----
    By its divisor a perfect list has 1 for any k. trec_eval, and with it ir-measures, divides by ``|R_u|``, which is
    less where more than k items are relevant; of k as large as every ``|R_u|`` both are the same.

    Examples
    --------
    Ann's relevant rows are second and third, (1/2 + 2/3) / 2 = 0.583; bob's is first, 1:

    >>> from skrec.metrics import map_at_k
    >>> groups = ["ann", "ann", "ann", "bob", "bob"]
    >>> round(map_at_k([0, 1, 1, 1, 0], [0.9, 0.8, 0.1, 0.5, 0.4], groups=groups), 4)
    0.7917
    """
    before = np.arange(len(ranks.group)) - np.searchsorted(ranks.group, ranks.group)  # relevant ones, in the group
    precision = (1 + before) / (1 + ranks.rank)
    return _total(ranks, k, precision) / np.minimum(ranks.n_relevant, k)


@ranking_metric
def mrr_at_k(ranks, k):
    r"""Mean reciprocal rank: one over the rank of the first relevant row, 0 where it is beyond k.

    .. math::

        \mathrm{MRR@}k = \frac{1}{|U|} \sum_{u \in U} \frac{1[r_u \le k]}{r_u},
        \qquad r_u = \min_{i \in R_u} \mathrm{rank}_u(i)

    with the relevant items :math:`R_u` of user u and the rank 1, 2, ... of an item among the user's.

    {parameters}

    Examples
    --------
    Ann's first relevant row is second, bob's is first:

    >>> from skrec.metrics import mrr_at_k
    >>> groups = ["ann", "ann", "ann", "bob", "bob"]
    >>> mrr_at_k([0, 1, 1, 1, 0], [0.9, 0.8, 0.1, 0.5, 0.4], groups=groups)
    0.75
    """
    first = np.diff(ranks.group, prepend=-1) > 0
    return _total(ranks, k, first / (1 + ranks.rank))


@ranking_metric
def ndcg_at_k(ranks, k):
    r"""How close the k best of a user are to a ranking with the relevant ones in front.

    .. math::

        \mathrm{NDCG@}k = \frac{1}{|U|} \sum_{u \in U}
        \frac{\sum_{i \in R_u, \mathrm{rank}_u(i) \le k} 1 / \log_2(1 + \mathrm{rank}_u(i))}
        {\sum_{r = 1}^{\min(k, |R_u|)} 1 / \log_2(1 + r)}

    with the relevant items :math:`R_u` of user u and the rank 1, 2, ... of an item among the user's.

    {parameters}

    See Also
    --------
    sklearn.metrics.ndcg_score : graded relevance, a matrix with a row a user, the mean over the orders of ties.

    Notes
    -----
    The ideal ranking ends at k as well, so that a perfect list has 1 for any k; trec_eval and ir-measures do the same.

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
    ideal = np.cumsum(1 / np.log2(2 + np.arange(min(k, ranks.n_relevant.max()))))
    return _total(ranks, k, 1 / np.log2(2 + ranks.rank)) / ideal[np.minimum(ranks.n_relevant, k) - 1]


def _hits(ranks, k):
    return _total(ranks, k, np.ones(len(ranks.rank)))


def _total(ranks, k, values):
    """Return the sum of the values of ranks below k in each group, (n_groups,)."""
    return np.bincount(ranks.group, values * (ranks.rank < k), minlength=len(ranks.n_relevant))


METRICS = {
    "hit_rate": hit_rate_at_k.of_groups,
    "recall": recall_at_k.of_groups,
    "precision": precision_at_k.of_groups,
    "map": map_at_k.of_groups,
    "mrr": mrr_at_k.of_groups,
    "ndcg": ndcg_at_k.of_groups,
}
