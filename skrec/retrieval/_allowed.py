"""Items that each user may get: rules of a shop, such as a region or a price list."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse

from skrec._text import quoted
from skrec._warn import warn
from skrec.data import SEQUENCE, as_pandas, factorize, is_frame, positions, role_of, tokens

TOGETHER = 16  # users of different rules that are searched together


class Allowed:
    """Which items each user may get.

    Parameters
    ----------
    whose : ndarray of shape (n_users,), int64
        The rule of each user.
    rules : sparse array of shape (n_rules, n_items), bool
    """

    def __init__(self, whose: np.ndarray, rules: sparse.csr_array) -> None:
        self.whose, self.rules = whose, rules

    def parts(self, users: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray, Any]]:
        """Yield some of `users` (n,), which items any of them may get (n_items,), and what each of them may not.

        The latter is sparse (n, n_items) bool, None for users of a rule. Users of one rule are searched together, and
        few users each of several rules, so that neither searches nor what they hold become many.
        """
        if not len(users):
            return
        order = np.argsort(self.whose[users], kind="stable")
        users = users[order]
        ends = np.flatnonzero(np.diff(self.whose[users], append=-1)) + 1
        few: list[np.ndarray] = []
        for of_rule in np.split(users, ends[:-1]):
            if len(of_rule) > TOGETHER:
                yield of_rule, self._row(self.whose[of_rule[0]]), None
                continue
            few.append(of_rule)
            if sum(map(len, few)) >= TOGETHER:
                yield self._together(np.concatenate(few))
                few = []
        if few:
            yield self._together(np.concatenate(few))

    def n_allowed(self, users: np.ndarray, allowed: np.ndarray) -> np.ndarray:
        """Return how many items each of `users` (n,) may get among those that all may, (n_items,) bool."""
        return (self.rules.astype(np.int64) @ allowed.astype(np.int64))[self.whose[users]]

    def _row(self, rule):
        row = np.zeros(self.rules.shape[1], bool)
        row[self.rules.indices[self.rules.indptr[rule] : self.rules.indptr[rule + 1]]] = True
        return row

    def _together(self, users):
        rules, place = np.unique(self.whose[users], return_inverse=True)
        masks = np.stack([self._row(rule) for rule in rules])
        any_of_them = masks.any(0)
        return users, any_of_them, sparse.csr_array(any_of_them & ~masks)[place]


def read_allow(
    allow: Any, users: pd.DataFrame, people: pd.Index, items: pd.DataFrame, ids: pd.Index, user: str, item: str
) -> Allowed | None:
    """Return which items each of the users may get, None for all.

    Parameters
    ----------
    allow : DataFrame, dict, array or sparse array, or None
        As `Recommender.recommend` takes it.
    users : DataFrame of shape (n_users, n_columns)
    people : pandas.Index of shape (n_users,)
    items : DataFrame of shape (n_items, n_columns)
    ids : pandas.Index of shape (n_items,)
    user, item : str

    Raises
    ------
    TypeError, ValueError
        As `Recommender.recommend` says.
    """
    if allow is None:
        return None
    if isinstance(allow, dict):
        return _of_columns(allow, users, items)
    if is_frame(allow):
        return _of_pairs(as_pandas(allow), people, ids, user, item)
    if not (sparse.issparse(allow) or isinstance(allow, np.ndarray)):
        raise TypeError(
            "Expected allow as a frame of pairs, a dict of {column of users: column of items}, or a boolean array of "
            f"users and items, got {type(allow).__name__}"
        )
    shape = (len(people), len(ids))
    if allow.shape != shape or allow.dtype != bool:
        raise ValueError(
            f"Expected allow as booleans of shape {shape}, a row a user and a column an item, got {allow.dtype} of "
            f"shape {allow.shape}; what all users may get is filter"
        )
    return Allowed(np.arange(len(people)), sparse.csr_array(allow))


def check_enough(k: int, allowed: np.ndarray, by_user: Allowed | None, people: pd.Index) -> None:
    """Warn if k is above the number of items that a user may get, of those that all may, (n_items,) bool."""
    if by_user is None:
        return
    n_allowed = by_user.n_allowed(np.arange(len(people)), allowed)
    short = np.flatnonzero(n_allowed < k)
    if len(short):
        warn(
            f"k={k} is above the {n_allowed[short[0]]} items that user {quoted(people[short[:1]].tolist()[0])} may get "
            f"by allow, and so for {len(short)} of {len(people)} users; their lists are shorter"
        )


def _of_pairs(pairs, people, ids, user, item):
    for name in (user, item):
        if name not in pairs:
            raise ValueError(f"allow has no column {quoted(name)}, it has {quoted(pairs.columns)}")
    users = positions(pairs[user], people, f"Column {quoted(user)} of allow", "in users")
    items = positions(pairs[item], ids, f"Column {quoted(item)} of allow", "in the catalogue")
    if len(items) and (items < 0).all():
        raise ValueError(
            f"Expected items of the catalogue in allow, got none, {quoted(pairs[item].tolist()[0])} for one; the "
            f"catalogue has ids like {quoted(ids.tolist()[0])}"
        )
    both = (users >= 0) & (items >= 0)
    rules = sparse.coo_array((np.ones(both.sum(), bool), (users[both], items[both])), (len(people), len(ids)))
    return Allowed(np.arange(len(people)), rules.tocsr())


def _of_columns(columns, users, items):
    """Return Allowed where of each pair of columns the item has the user's value."""
    if not columns:
        raise ValueError("Expected allow as {column of users: column of items}, got no column; leave allow out")
    for name, other in columns.items():
        for side, frame, column in (("users", users, name), ("items", items, other)):
            if column not in frame:
                raise ValueError(
                    f"allow={quoted(columns)} names {quoted(column)}, which is no column of {side}; it has "
                    f"{quoted(frame.columns)}"
                )
    own = {name: factorize(users[name].reset_index(drop=True)) for name in columns}
    codes = np.stack([codes for codes, _ in own.values()], 1)
    kinds, whose = np.unique(codes, axis=0, return_inverse=True)  # of users, (n_rules, n_columns)
    rules = None
    for place, (name, other) in enumerate(columns.items()):
        distinct, (values, offsets) = own[name][1], _flat(items[other])
        found = positions(values, distinct, f"Column {quoted(other)} of items", f"in column {quoted(name)} of users")
        there, rows = found >= 0, np.repeat(np.arange(len(items)), np.diff(offsets))
        # the last row is of users without a value, which no item has
        shape = (len(distinct) + 1, len(items))
        table = sparse.coo_array((np.ones(there.sum(), bool), (found[there], rows[there])), shape).tocsr()
        rule = table[kinds[:, place]]
        rules = rule if rules is None else rules.multiply(rule).tocsr()
    return Allowed(whose.reshape(-1), rules)


def _flat(column):
    """Return the values of a column of lists, or of a plain one, and where each row's begin."""
    if role_of(column) == SEQUENCE:
        return tokens(column)
    return column.reset_index(drop=True), np.arange(len(column) + 1)
