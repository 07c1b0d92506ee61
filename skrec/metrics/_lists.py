"""What lists are like beside being right: how much of the catalogue, how unknown, how varied."""

from typing import Any

import numpy as np
import pandas as pd

from skrec._text import quoted
from skrec.data import as_series, positions
from skrec.metrics._groups import group_codes


def catalogue_coverage(items: Any, catalogue: Any) -> float:
    r"""Share of the catalogue that is in somebody's list.

    .. math:: \frac{|\bigcup_u L_u|}{|C|}

    with the lists :math:`L_u` and the catalogue C.

    Parameters
    ----------
    items : array-like of shape (n_rows,) or (n_lists, k)
        Ids in the lists.
    catalogue : array-like of shape (n_items,)
        All ids that could have been.

    Returns
    -------
    coverage : float in [0, 1]

    Raises
    ------
    ValueError
        If the catalogue is empty or lacks an id of the lists.
    TypeError
        If ids are text in one and numbers in the other.

    Examples
    --------
    Two lists of two, three different items of four:

    >>> from skrec.metrics import catalogue_coverage
    >>> catalogue_coverage([["tea", "jam"], ["tea", "rum"]], ["tea", "jam", "rum", "gin"])
    0.75
    """
    known = pd.Index(_flat(catalogue)).unique()
    if not len(known):
        raise ValueError("Expected items in the catalogue, got none")
    return len(np.unique(_places(_flat(items), known, "catalogue"))) / len(known)


def novelty(items: Any, taken: Any, *, groups: Any) -> float:
    r"""How unlikely what the lists show is to be met by chance, in bits.

    .. math:: \frac{1}{|U|} \sum_{u \in U} \frac{1}{|L_u|} \sum_{i \in L_u} -\log_2 \frac{\max(n_i, 1)}{\sum_j n_j}

    with the lists :math:`L_u` and the number :math:`n_i` of times that item i was taken.

    Parameters
    ----------
    items : array-like of shape (n_rows,)
        Ids in the lists.
    taken : array-like of shape (n_events,)
        The item of each row of a log. One that it lacks counts as taken once.
    groups : array-like of shape (n_rows,)
        The list of each row, usually its user.

    Returns
    -------
    bits : float, at least 0

    Raises
    ------
    ValueError
        If lengths differ or nothing was taken.
    TypeError
        If ids are text in `items` and numbers in `taken`, or the other way round.

    References
    ----------
    Vargas, Castells (2011), Rank and Relevance in Novelty and Diversity Metrics for Recommender Systems, section 4.1.

    Examples
    --------
    Tea is half of what is taken, 1 bit; jam and rum are a quarter each, 2 bits:

    >>> from skrec.metrics import novelty
    >>> novelty(["tea", "jam", "jam", "rum"], ["tea", "tea", "jam", "rum"], groups=["ann", "ann", "bob", "bob"])
    1.75
    """
    taken = _flat(taken)
    if not len(taken):
        raise ValueError("Expected items that were taken, got none")
    times = taken.value_counts()
    place = positions(_flat(items), times.index, "items", "in taken")
    counts = np.append(times.to_numpy(np.int64), 1)[place]  # the last entry answers -1
    codes, n_lists = _codes(groups, counts)
    bits = -np.log2(counts / len(taken))
    sums = np.bincount(codes, bits, minlength=n_lists) / np.bincount(codes, minlength=n_lists)
    return float(sums.mean())


def intra_list_diversity(items: Any, vectors: Any, *, groups: Any) -> float:
    r"""How unlike each other the items of a list are: one minus the cosine of their vectors, averaged over pairs.

    .. math:: \frac{1}{|U|} \sum_{u \in U} \frac{2}{|L_u| (|L_u| - 1)} \sum_{\{i, j\} \subset L_u} 1 - \cos(v_i, v_j)

    over the lists :math:`L_u` of at least two items.

    Parameters
    ----------
    items : array-like of shape (n_rows,)
        Ids in the lists.
    vectors : DataFrame of shape (n_items, n_dimensions)
        A vector an item, the id as index: an embedding, or one column a genre.
    groups : array-like of shape (n_rows,)
        The list of each row, usually its user.

    Returns
    -------
    diversity : float in [0, 2]

    Raises
    ------
    ValueError
        If an item has no vector, a vector is zero, lengths differ, or no list has two items.
    TypeError
        If ids are text in `items` and numbers in `vectors`, or the other way round.

    Notes
    -----
    With unit vectors and their sum s, the cosines of all ordered pairs of a list of n add up to :math:`|s|^2 - n`.

    References
    ----------
    Ziegler et al. (2005), Improving Recommendation Lists Through Topic Diversification, section 3.3.

    Examples
    --------
    Ann's two are unrelated, bob's are alike:

    >>> import pandas as pd
    >>> from skrec.metrics import intra_list_diversity
    >>> vectors = pd.DataFrame([[1.0, 0.0], [0.0, 1.0], [0.0, 2.0]], index=["tea", "rum", "gin"])
    >>> intra_list_diversity(["tea", "rum", "rum", "gin"], vectors, groups=["ann", "ann", "bob", "bob"])
    0.5
    """
    items = _flat(items)
    rows = vectors.to_numpy(np.float64)[_places(items, vectors.index, "vectors")]
    norms = np.linalg.norm(rows, axis=1, keepdims=True)
    if not norms.all():
        raise ValueError(
            f"Expected vectors of some length, got zeros for {quoted(items[norms[:, 0] == 0].tolist()[0])}"
        )
    codes, n_lists = _codes(groups, rows)
    sums = np.zeros((n_lists, rows.shape[1]))
    np.add.at(sums, codes, rows / norms)
    n = np.bincount(codes, minlength=n_lists)
    if not (n > 1).any():
        raise ValueError("Expected a list of at least two items, got none")
    sums, n = sums[n > 1], n[n > 1]
    return float(np.mean(1 - (np.square(sums).sum(1) - n) / (n * (n - 1))))


def _codes(groups, rows):
    codes = group_codes(groups, rows)
    return codes, codes.max(initial=-1) + 1


def _flat(ids):
    """Return ids, one a row or in a matrix, as a Series."""
    return pd.Series(np.ravel(ids)) if np.ndim(ids) > 1 else as_series(ids)


def _places(items, known, name):
    """Return the places of items in `known`, an Index, where all have to be."""
    place = positions(items, known, "items", f"in {name}")
    if (place < 0).any():
        missing = quoted(items[place < 0].tolist()[0])
        raise ValueError(f"Expected every item of the lists in {name}, got none for {missing}")
    return place
