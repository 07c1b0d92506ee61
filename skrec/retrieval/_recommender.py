"""Lists of items from any fitted estimator."""

from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse

from skrec._text import quoted
from skrec._validation import check_is_fitted
from skrec._versions import VersionedPickle
from skrec.data import packed, packed_frame, positions, unpacked, unpacked_frame
from skrec.retrieval._allowed import check_enough, read_allow
from skrec.retrieval._at_most import Best, check_at_most
from skrec.retrieval._checks import (
    check_choice,
    check_filter,
    check_k,
    check_popularity,
    check_sides,
    read_ids,
    read_items,
    read_seen,
    read_users,
)
from skrec.retrieval._exact import ExactIndex
from skrec.retrieval._fingerprint import fingerprint_of
from skrec.retrieval._known import check_users
from skrec.retrieval._mmr import Diverse, check_diversity, cosines, shares
from skrec.retrieval._picks import picked
from skrec.retrieval._pipelines import NeedsBothSides, columns_of, has_sides, times_of
from skrec.retrieval._prepared_items import PreparedItems, name_of
from skrec.retrieval._select import nothing
from skrec.retrieval._snapshot import Snapshot
from skrec.retrieval._vectors import item_vectors


class Recommender(VersionedPickle):
    """Recommend items to users with any fitted estimator or Pipeline.

    An estimator with `embed_users` and `embed_items`, such as `TwoTowerClassifier`, goes through an index of its items'
    vectors. With any other one, each user meets every item in rows that the estimator scores, some at a time.

    Parameters
    ----------
    estimator : fitted estimator or Pipeline
        What it says of a row, `decision_function`, the probability of the second class, or `predict`, ranks the items.
        Once it is fitted again, or trained further, all calls refuse: make a new Recommender then.
    items : DataFrame of shape (n_items, n_columns)
        The catalogue: a row an item, its id and the item columns of the estimator. They may be new to the
        estimator, as long as it knows something of them: a category that `fit` had, a number.
    user, item : str, default="user_id" and "item_id"
        The columns of the ids; the estimator need not read them.
    index : ExactIndex, ApproximateIndex, ShardedIndex or None, default=None
        For an estimator with vectors, how they are searched: an index with its settings, or one that was built or
        loaded, which has to be of this estimator and these items. None is `ExactIndex()`.
    popularity : Series or None, default=None
        How often each item was taken, by its id: ``log["item_id"].value_counts()``. With it a user of whom the
        estimator knows nothing gets the most popular items, and a score that is NaN.
    unknown_items : {"drop", "score", "error"}, default="drop"
        What becomes of items of which the estimator knows nothing, such as ids that `fit` did not have: "drop" never
        recommends them, and warns when the Recommender is made; "score" lets the vector of unknown values score them,
        the same for all; "error" raises. They stay in the catalogue, and so in what `filter` is given for. If the
        estimator knows nothing of any item, that is an error.
    unknown_users : {"drop", "score", "error"}, default="error"
        What becomes of users of whom it knows nothing: "error" raises, unless `popularity` serves them; "drop" gives
        them no list, and warns in `recommend`; "score" lets the vector of unknown values, or an empty history, stand
        for them.

    Attributes
    ----------
    index_ : ExactIndex, ApproximateIndex, ShardedIndex or None
        The index of the items that can be recommended, None where the estimator has no vectors.
    fingerprint : str
        Of the estimator's weights and of these items; an index that was built here has it.

    Raises
    ------
    ValueError
        If an id is missing or comes twice, the id column is not there, the estimator knows nothing of the items, or
        the index is of another estimator or other items.
    TypeError
        If `items` is no frame, `index` no index or `popularity` no Series.

    Notes
    -----
    A Pipeline that begins with `HistoryEncoder` needs users with a time, or without one, which is then after all
    events: the history is all that they did. Such a user is known if the model knows something of that history.
    Early stopping, which holds rows out where there are many, may hold out all rows of an item: it is unknown then,
    unless ``early_stopping=False`` or rows of your own, `X_val`, leave each item to training.

    Memory beside the estimator, the items and the lists: 131,072 rows of the columns that the estimator reads, and
    what it makes of them, whatever the number of users and items. For 20 users and 900,000 items of five columns
    through DeepFM that is within 100 MiB. 64 users at a time meet some of the items, whose values are looked up once
    for all of them; a user's vector is computed once where there are vectors, and what `IntTowerClassifier` stores of
    an item once for all users.

    Examples
    --------
    >>> import pandas as pd
    >>> from skrec import MFClassifier
    >>> from skrec.retrieval import Recommender
    >>> log = pd.DataFrame({"user_id": list("aabbccdd"), "item_id": list("uvuvuwvw")})
    >>> model = MFClassifier(n_negatives=1, random_state=0).fit(log, [1] * 8)
    >>> recommender = Recommender(model, pd.DataFrame({"item_id": list("uvw")}))
    >>> recommender.recommend(["a", "c"], 2, exclude=log)[["user_id", "item_id", "rank"]]
      user_id item_id  rank
    0       a       w     1
    1       c       v     1
    >>> recommender.recommend(["z"], 2)
    Traceback (most recent call last):
        ...
    ValueError: MFClassifier knows nothing of 1 of 1 users, 'z' for one; leave them out, give users with columns ...
    """

    def __init__(
        self,
        estimator: Any,
        items: Any,
        *,
        user: str = "user_id",
        item: str = "item_id",
        index: Any = None,
        popularity: Any = None,
        unknown_items: str = "drop",
        unknown_users: str = "error",
    ) -> None:
        check_is_fitted(estimator)
        check_choice("unknown_items", unknown_items)
        check_choice("unknown_users", unknown_users)
        if popularity is not None and unknown_users != "error":
            raise ValueError(
                f"Expected popularity, which serves unknown users, or unknown_users, got both, "
                f"{quoted(unknown_users)}; leave one of them out"
            )
        self.estimator, self.user, self.item = estimator, user, item
        self.unknown_items, self.unknown_users = unknown_items, unknown_users
        self.items = read_items(items, item)
        self._ids = pd.Index(self.items[item])
        self._names = self._needed()
        classes = getattr(estimator, "classes_", ())
        if getattr(estimator, "n_outputs_", 1) > 1 or isinstance(classes, list):
            raise ValueError(
                f"Expected one score a row, got several targets from {self._name}; recommend with a model of one"
            )
        n_classes = len(classes)
        if n_classes > 2:
            raise ValueError(
                f"Expected one score a row, got {n_classes} classes from {self._name}; recommend with a binary "
                "classifier or a regressor"
            )
        self.popularity = popularity
        if popularity is not None:
            check_popularity(popularity, self._ids)
        self._snapshot = Snapshot(estimator)  # first, so that a fit that runs meanwhile is noticed
        self._prepared: Any = None
        try:
            self._prepared = self._prepare(index=index)
        except NeedsBothSides:
            if has_sides(estimator):
                raise
        prepared = self._prepared  # None where the first user has to tell which items are known
        self.index_ = prepared and prepared.index
        self.fingerprint = prepared.fingerprint if prepared else fingerprint_of(estimator, self._ids, self.items)

    def __getstate__(self) -> Any:
        frames = {name: packed_frame(getattr(self, name)) for name in ("items", "popularity")}
        return {**super().__getstate__(), "_ids": packed(self._ids), **frames}

    def __setstate__(self, state: Any) -> None:
        frames = {name: unpacked_frame(state[name]) for name in ("items", "popularity")}
        super().__setstate__({**state, "_ids": unpacked(state["_ids"]), **frames})

    def _prepare(self, **options):
        """Return the PreparedItems; `options` are what differs between a first call and one with a user at hand."""
        options = {"unknown_items": self.unknown_items, "popularity": self.popularity, **options}
        return PreparedItems(self.estimator, self._ids, self.items, self._names, **options)

    def recommend(
        self,
        users: Any,
        k: int = 10,
        *,
        exclude: Any = None,
        filter: Any = None,
        allow: Any = None,
        at_most: dict[str, int] | None = None,
        diversity: Any = None,
    ) -> pd.DataFrame:
        """Return the best items for each user.

        Parameters
        ----------
        users : DataFrame of shape (n_users, n_columns), or array-like of shape (n_users,)
            A row a user, with the user columns that the estimator reads; ids alone for an estimator that reads nothing
            else, times left out. The id may be the index, if that has its name.
        k : int, default=10
            Items for each user, at most as many as there are.
        exclude : DataFrame, optional
            Pairs that are not to be recommended, usually what users have already, with the two id columns. Users that
            are not asked for may be among them, and items that the catalogue does not have, unless all are.
        filter : callable or array-like of shape (n_items,), bool, optional
            Which items may be recommended to anybody, such as those in stock: one value for each row of `items`, or a
            function that gives them from `items`.
        allow : dict, DataFrame, or array or sparse array of shape (n_users, n_items), bool, optional
            Which items each user may get, beside `filter`. A dict of {column of `users`: column of `items`}, such as
            ``{"region": "sold_in"}``, allows an item where the two are equal, or, where the item's cell is a list, the
            user's value is in it; with several columns in all of them, and a missing value equals none. A frame has
            the allowed pairs, with the two id columns. An array has a row a user and a column an item, in their order.
        at_most : dict of {column: int}, optional
            How many items of a list may share a value of a column of `items`, such as ``{"category": 2}``; the best
            ones stay. A missing value is shared with nobody.
        diversity : float or MMR, optional
            How much of an item's worth it loses to being like those that are before it in the list, in [0, 1); see
            `MMR`, of which a float is the first parameter. The score stays the model's.

        Returns
        -------
        lists : DataFrame
            Columns user, item (under their names), "score" and "rank" (from 1), a row an item of a list; in the order
            of `users`, then of ranks. Of equal scores the one that comes first in `items` is ranked first. Lists are
            shorter than k where nothing is left. The score is `decision_function`, the probability or the
            prediction; of vectors their inner product.

        Raises
        ------
        ValueError
            If the estimator has learnt anew, k exceeds the catalogue, a user comes twice or is not known, a column
            is missing or on both sides, or a rule is not of these users and items.
        TypeError
            If `exclude` is no frame, values are text in one table and numbers in another, or items have no vectors by
            which `diversity` could tell how alike they are.

        Warns
        -----
        UserWarning
            If a user may get fewer than k items by `allow`.
        """
        self._check_unchanged()
        check_k(k, len(self._ids))
        users, people = read_users(users, self.user)
        check_sides(self._names, users, self.items, self._name, times_of(self.estimator))
        allowed = np.ones(len(self._ids), bool)
        if filter is not None:
            allowed = check_filter(filter(self.items) if callable(filter) else filter, len(self._ids))
        by_user = read_allow(allow, users, people, self.items, self._ids, self.user, self.item)
        limits, mmr = check_at_most(at_most, self.items), check_diversity(diversity, self.items)
        seen = read_seen(exclude, people, self._ids, self.user, self.item)
        if self._prepared is None and len(users):
            self._prepared = self._prepare(user=users.iloc[:1])
        check_enough(k, allowed, by_user, people)
        knows, kept = self._known(users, people), np.arange(len(people))
        if self.unknown_users == "drop":
            kept = np.flatnonzero(knows)
        found, pick = nothing(len(people), k, np.float64), self._pick(limits, mmr)
        for rows, search in ((kept[knows[kept]], "best"), (kept[~knows[kept]], "most_popular")):
            for part, may, may_not in [(rows, allowed, None)] if by_user is None else by_user.parts(rows):
                if len(part):
                    out = seen[part] if may_not is None else seen[part] + may_not
                    best = self._lists(search, users.iloc[part], k, pick, seen=out, allowed=allowed & may)
                    found.rows[part], found.scores[part] = best
        return self._frame(people, self.user, found)

    def similar_items(self, items: Any, k: int = 10) -> pd.DataFrame:
        """Return the items whose vectors point the same way.

        Parameters
        ----------
        items : array-like of shape (n_ids,), or DataFrame
            Ids in the catalogue, or rows of it.
        k : int, default=10
            Items for each, at most as many as there are others.

        Returns
        -------
        lists : DataFrame
            Columns item (under its name), "similar" (an id), "score" (the cosine) and "rank" (from 1).

        Raises
        ------
        TypeError
            If the estimator has no vectors of items: neither `embed_items` nor an `embedding` of the id column; or if
            ids are text and those of the catalogue numbers, or the other way round.
        ValueError
            If the estimator has learnt anew, an id is not in the catalogue or comes twice, or k is too large.
        """
        self._check_unchanged()
        ids = read_ids(items, self.item)
        rows = positions(ids.to_series(), self._ids, "items", "in the catalogue")
        if (rows < 0).any():
            raise ValueError(
                f"Expected ids of the catalogue, got {quoted(ids[rows < 0].tolist()[0])}, which it does not have"
            )
        check_k(k, len(self._ids) - 1)
        kept = self._ids if self._prepared is None else self._prepared.ids
        rows = kept.get_indexer(self._ids.take(rows))
        if (rows < 0).any():
            raise ValueError(
                f"Expected items that {self._name} knows anything of, got {quoted(ids[rows < 0].tolist()[0])}, which "
                "unknown_items='drop' left out; ask for others, or choose unknown_items='score'"
            )
        vectors = item_vectors(self.estimator, kept, self.item, self.index_)
        norms = np.linalg.norm(vectors, axis=1, keepdims=True)
        vectors = vectors / np.where(norms > 0, norms, 1)
        itself = sparse.csr_array((np.ones(len(rows)), (np.arange(len(rows)), rows)), (len(rows), len(kept)))
        found = ExactIndex().build(kept, vectors).search(vectors[rows], min(k, len(kept)), exclude=itself)
        lists = self._frame(ids, self.item, found)
        return lists.set_axis([self.item, "similar", "score", "rank"], axis=1)

    @property
    def _name(self):
        return name_of(self.estimator)

    def _check_unchanged(self):
        """Raise ValueError if what is kept of the items is not of the estimator as it now is."""
        self._snapshot.check(self.estimator, self._name)
        if self._prepared is not None:
            self._prepared.check_index()

    def _needed(self):
        """Return the columns that the estimator reads, or say that they are not known."""
        names = columns_of(self.estimator)
        if names is None:
            raise ValueError(
                f"Expected an estimator that was fitted on a frame with names, got {self._name} without "
                "feature_names_in_; fit it on a DataFrame"
            )
        return names

    def _lists(self, search, users, k, pick, **rules):
        """Return the Found of `users` by a method of PreparedItems, scores of what is popular NaN."""
        found = partial(getattr(self._prepared, search), users, **rules)
        best = found(k) if pick is None else picked(found, k, len(self._ids), pick)
        return best._replace(scores=np.full_like(best.scores, np.nan)) if search == "most_popular" else best

    def _pick(self, limits, mmr):
        """Return what picks lists from candidates, None where they are the best ones."""
        if (mmr is None and not limits) or self._prepared is None:
            return None
        prepared = self._prepared
        limits = [(codes[prepared.rows], limit) for codes, limit in limits]
        if mmr is None:
            return Best(limits)
        if mmr.by is not None:
            alike = shares(self.items[mmr.by].iloc[prepared.rows])
        else:
            alike = cosines(item_vectors(self.estimator, prepared.ids, self.item, prepared.index))
        return Diverse(mmr, alike, limits)

    def _known(self, users, people):
        """Return who gets a list of the model's, (n_users,) bool; unless the others may be, an error."""
        if self.unknown_users == "score" or not len(users):
            return np.ones(len(users), bool)
        knows = self._prepared.knows(users)
        if self.popularity is None:
            check_users(knows, people, self._name, self.unknown_users)
        return knows

    def _frame(self, people, name, found):
        """Return the lists as a frame."""
        query, place = np.nonzero(found.rows >= 0)
        kept = self._ids if self._prepared is None else self._prepared.ids
        return pd.DataFrame(
            {
                name: people.take(query),
                self.item if name != self.item else "similar": kept.take(found.rows[query, place]),
                "score": found.scores[query, place],
                "rank": place + 1,
            }
        )
