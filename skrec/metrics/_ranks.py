"""Which ranks the relevant items have: of scored rows, of a matrix of scores, of lists that end somewhere."""

from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy import sparse

from skrec._text import quoted
from skrec._validation import check_numbers
from skrec.data import positions
from skrec.metrics._groups import group_codes

CHUNK_NUMBERS = 2**23  # scores that are sorted at a time


class Ranks(NamedTuple):
    """Of each relevant item that is ranked its group and its rank there, both from 0, sorted by group, then rank.

    Groups without a relevant item are not counted.
    """

    group: np.ndarray  # (n_ranked,) int
    rank: np.ndarray  # (n_ranked,) int
    n_relevant: np.ndarray  # (n_groups,) int, those that are not ranked included


def ranks_of(y_true, y_score, groups):
    """Return the Ranks of scored rows in `groups`, or of two matrices (n_groups, n_items) where `groups` is None."""
    return _ranks_of_matrix(y_true, y_score) if groups is None else _ranks_of_rows(y_true, y_score, groups)


def ranks_of_lists(lists, relevant, user, item):
    """Return the Ranks of lists against what is relevant.

    Parameters
    ----------
    lists : DataFrame
        Columns `user`, `item` and "rank" (from 1), a row an item of a user's list.
    relevant : DataFrame
        Columns `user` and `item`, without missing ids; rows that repeat another count once.
    """
    people, catalogue = (pd.Index(relevant[name].drop_duplicates()) for name in (user, item))

    def pairs(frame):
        """Return one integer for each row, -1 where the user or the item is in no relevant row."""
        users, items = (
            positions(frame[name], ids, f"Column {quoted(name)} of the lists", "in the relevant rows")
            for name, ids in ((user, people), (item, catalogue))
        )
        return np.where((users < 0) | (items < 0), -1, users * len(catalogue) + items)

    wanted = np.unique(pairs(relevant))
    found = pairs(lists)
    hit = np.isin(found, wanted)
    group, rank = found[hit] // len(catalogue), lists["rank"].to_numpy()[hit] - 1
    order = np.lexsort((rank, group))
    return Ranks(group[order], rank[order], np.bincount(wanted // len(catalogue), minlength=len(people)))


def _ranks_of_rows(y_true, y_score, groups):
    relevant, score = check_numbers(y_true), check_numbers(y_score)
    codes = group_codes(groups, relevant, score)
    _check_relevant(relevant)
    order = np.lexsort((relevant, -score, codes))  # the last key counts first; of equal scores the relevant come last
    sorted_codes = codes[order]
    first = np.flatnonzero(np.diff(sorted_codes, prepend=-1))
    rank = np.arange(len(order)) - np.repeat(first, np.diff(first, append=len(order)))
    hit = relevant[order] == 1
    _, group, n_relevant = np.unique(sorted_codes[hit], return_inverse=True, return_counts=True)
    return Ranks(group, rank[hit], n_relevant)


def _ranks_of_matrix(y_true, y_score):
    """Return the Ranks of each row of `y_score`, some rows at a time.

    Notes
    -----
    Where n items that are not relevant score at least what the j-th best relevant item does (j = 0, 1, ...), its
    rank is n + j, ties against it. One sort of the row and two binary searches give n.
    """
    if np.ndim(y_score) != 2 or np.shape(y_true) != np.shape(y_score):
        raise ValueError(
            "Expected groups=..., or y_true and y_score as matrices with a row a user and a column an item, got "
            f"shapes {np.shape(y_true)} and {np.shape(y_score)}"
        )
    y_score, relevant = np.asarray(y_score), sparse.csr_array(y_true)
    relevant.eliminate_zeros()
    _check_relevant(relevant.data)
    counts = np.diff(relevant.indptr)
    ranks, step = [], max(1, CHUNK_NUMBERS // y_score.shape[1])
    for start in range(0, len(counts), step):
        scores = y_score[start : start + step]
        if np.isnan(scores).any() or np.isposinf(scores).any():
            raise ValueError("Expected scores, -inf where an item is not to be ranked, got NaN or infinity in y_score")
        for i, ordered in enumerate(np.sort(scores, axis=1), start):
            own = scores[i - start, relevant.indices[relevant.indptr[i] : relevant.indptr[i + 1]]]
            own = np.sort(own)
            at_least = len(ordered) - np.searchsorted(ordered, own)  # items that score as much, these included
            at_least -= len(own) - np.searchsorted(own, own)
            ranks.append((at_least + np.arange(len(own))[::-1])[::-1])
    present = counts > 0
    return Ranks(np.repeat(np.arange(present.sum()), counts[present]), np.concatenate(ranks), counts[present])


def _check_relevant(relevant):
    if not np.isin(relevant, (0, 1)).all():
        other = relevant[~np.isin(relevant, (0, 1))][0]
        raise ValueError(f"Expected y_true as 0 and 1, got {other:g}; say what is relevant, for instance y_true >= 4")
    if not np.any(relevant):
        raise ValueError("Expected a relevant row, y_true = 1, in at least one group, got none")
