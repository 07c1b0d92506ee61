"""Lists of items from any fitted estimator."""

import numpy as np
import pandas as pd
from scipy import sparse

from skrec._validation import check_is_fitted
from skrec.retrieval._checks import (
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
from skrec.retrieval._fingerprint import check_fingerprint, fingerprint_of
from skrec.retrieval._learnt import Learnt
from skrec.retrieval._pairs import columns_of, known, steps_of
from skrec.retrieval._scores import Crossed, Popular, Represented, best_of_pairs
from skrec.retrieval._select import nothing
from skrec.retrieval._vectors import best_of_index, item_vectors, make_index


class Recommender:
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
        estimator, as long as it knows something of each: a category that `fit` had, a number.
    user, item : str, default="user_id" and "item_id"
        The columns of the ids; the estimator need not read them.
    index : ExactIndex, ApproximateIndex or None, default=None
        For an estimator with vectors, how they are searched: an index with its settings, or one that was built or
        loaded, which has to be of this estimator and these items. None is `ExactIndex()`.
    popularity : Series or None, default=None
        How often each item was taken, by its id: ``log["item_id"].value_counts()``. With it a user of whom the
        estimator knows nothing gets the most popular items, and a score that is NaN; without it that is an error.

    Attributes
    ----------
    index_ : ExactIndex, ApproximateIndex or None
        The index, None where the estimator has no vectors.
    fingerprint : str
        Of the estimator's weights and of the items; an index that was built here has it.

    Raises
    ------
    ValueError
        If an id is missing or comes twice, the id column is not there, the estimator knows nothing of an item, or the
        index is of another estimator or other items.
    TypeError
        If `items` is no frame, `index` no index or `popularity` no Series.

    Notes
    -----
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

    def __init__(self, estimator, items, *, user="user_id", item="item_id", index=None, popularity=None):
        check_is_fitted(estimator)
        self.estimator, self.user, self.item = estimator, user, item
        self.items = read_items(items, item)
        self._ids = pd.Index(self.items[item])
        self._names = self._needed()
        n_classes = len(getattr(estimator, "classes_", ()))
        if n_classes > 2:
            raise ValueError(
                f"Expected one score a row, got {n_classes} classes from {self._name}; recommend with a binary "
                "classifier or a regressor"
            )
        strange = self._ids[~known(estimator, self.items, self._names)].tolist()
        if strange:
            raise ValueError(
                f"{self._name} knows nothing of {len(strange)} of {len(self._ids)} items, {strange[0]!r} for one; "
                "leave them out, or use a model with features of items"
            )
        self.popularity = popularity
        if popularity is not None:
            self._popular = Popular(check_popularity(popularity, self._ids))
        self.fingerprint = fingerprint_of(estimator, self._ids, self.items)
        self.index_ = make_index(index, estimator, self._ids, self.items, self._names, self.fingerprint)
        if self.index_ is None:
            kind = Represented if hasattr(steps_of(estimator)[1], "represent_items") else Crossed
            self._score = kind(estimator, self.items, self._names)
        self._learnt = Learnt(estimator)

    def recommend(self, users, k=10, *, exclude=None, filter=None):
        """Return the best items for each user.

        Parameters
        ----------
        users : DataFrame of shape (n_users, n_columns), or array-like of shape (n_users,)
            A row a user, with the user columns that the estimator reads; ids alone for an estimator that reads nothing
            else. The id may be the index, if that has its name.
        k : int, default=10
            Items for each user, at most as many as there are.
        exclude : DataFrame, optional
            Pairs that are not to be recommended, usually what users have already, with the two id columns. Users and
            items that are not asked for may be among them; if all are, types that differ are an error.
        filter : callable or array-like of shape (n_items,), bool, optional
            Which items may be recommended: one value for each row of `items`, or a function that gives them from
            `items`.

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
            If the estimator has learnt anew, k exceeds the catalogue, a user comes twice or is not known, or a column
            is missing or on both sides.
        TypeError
            If `exclude` is no frame.
        """
        self._check_unchanged()
        check_k(k, len(self._ids))
        users, people = read_users(users, self.user)
        check_sides(self._names, users, self.items, self._name)
        allowed = np.ones(len(self._ids), bool)
        if filter is not None:
            allowed = check_filter(filter(self.items) if callable(filter) else filter, len(self._ids))
        seen = read_seen(exclude, people, self._ids, self.user, self.item)
        found = nothing(len(people), k, np.float64)
        knows = self._known(users, people)
        for rows, search in ((np.flatnonzero(knows), self._search), (np.flatnonzero(~knows), self._search_popular)):
            if len(rows):
                found.rows[rows], found.scores[rows] = search(users.iloc[rows], k, seen[rows], allowed)
        return self._frame(people, self.user, found)

    def similar_items(self, items, k=10):
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
            If the estimator has no vectors of items: neither `embed_items` nor an `embedding` of the id column.
        ValueError
            If the estimator has learnt anew, an id is not in the catalogue or comes twice, or k is too large.
        """
        self._check_unchanged()
        ids = read_ids(items, self.item)
        rows = self._ids.get_indexer(ids)
        if (rows < 0).any():
            raise ValueError(
                f"Expected ids of the catalogue, got {ids[rows < 0].tolist()[0]!r}, which it does not have"
            )
        check_k(k, len(self._ids) - 1)
        vectors = item_vectors(self.estimator, self._ids, self.item, self.index_)
        norms = np.linalg.norm(vectors, axis=1, keepdims=True)
        vectors = vectors / np.where(norms > 0, norms, 1)
        itself = sparse.csr_array((np.ones(len(rows)), (np.arange(len(rows)), rows)), (len(rows), len(self._ids)))
        found = ExactIndex().build(self._ids, vectors).search(vectors[rows], k, exclude=itself)
        lists = self._frame(ids, self.item, found)
        return lists.set_axis([self.item, "similar", "score", "rank"], axis=1)

    @property
    def _name(self):
        return type(steps_of(self.estimator)[1]).__name__

    def _check_unchanged(self):
        """Raise ValueError if what is kept of the items is not of the estimator as it now is."""
        self._learnt.check(self.estimator, self._name)
        if self.index_ is not None:
            check_fingerprint(self.index_.fingerprint, self.fingerprint)

    def _needed(self):
        """Return the columns that the estimator reads, or say that they are not known."""
        names = columns_of(self.estimator)
        if names is None:
            raise ValueError(
                f"Expected an estimator that was fitted on a frame with names, got {self._name} without "
                "feature_names_in_; fit it on a DataFrame"
            )
        return names

    def _known(self, users, people):
        """Return which users the estimator knows anything of, (n_users,) bool; without popularity, all or an error."""
        if not len(users):
            return np.ones(0, bool)
        knows = known(self.estimator, users, self._names)
        if not knows.all() and self.popularity is None:
            strange = people[~knows].tolist()
            raise ValueError(
                f"{self._name} knows nothing of {len(strange)} of {len(people)} users, {strange[0]!r} for one; leave "
                "them out, give users with columns that it was fitted on, or let popularity=... fall back on what is "
                "popular"
            )
        return knows

    def _search(self, users, k, seen, allowed):
        """Return the Found of users whom the estimator knows."""
        if self.index_ is None:
            return best_of_pairs(self._score, users, k, seen, allowed)
        return best_of_index(self.index_, self.estimator, self._names, users, k, seen, allowed)

    def _search_popular(self, users, k, seen, allowed):
        """Return the Found of the others."""
        found = best_of_pairs(self._popular, users, k, seen, allowed)
        return found._replace(scores=np.full_like(found.scores, np.nan))

    def _frame(self, people, name, found):
        """Return the lists as a frame."""
        query, place = np.nonzero(found.rows >= 0)
        return pd.DataFrame(
            {
                name: people.take(query),
                self.item if name != self.item else "similar": self._ids.take(found.rows[query, place]),
                "score": found.scores[query, place],
                "rank": place + 1,
            }
        )
