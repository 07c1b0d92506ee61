"""Lists of items from any fitted estimator."""

import numpy as np
import pandas as pd
from scipy import sparse

from skrec._columns import as_pandas, is_frame
from skrec._validation import check_is_fitted
from skrec.retrieval._exact import ExactIndex
from skrec.retrieval._index import check_filter, check_fingerprint, check_k, digest
from skrec.retrieval._pairs import columns_of, cross, known, one_side, steps_of
from skrec.retrieval._select import best_of_matrix, nothing

PAIRS = 2**17  # rows that are scored at a time
USERS = 2**12  # users that are looked up in an index at a time


class Recommender:
    """Recommend items to users with any fitted estimator or Pipeline.

    An estimator with `embed_users` and `embed_items`, such as `TwoTowerClassifier`, goes through an index of its items'
    vectors. With any other one, each user meets every item in rows that the estimator scores, some at a time.

    Parameters
    ----------
    estimator : fitted estimator or Pipeline
        What it says of a row, `decision_function`, the probability of the second class, or `predict`, ranks the items.
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
        If `items` is no frame.

    Notes
    -----
    Memory beside the estimator, the items and the lists: 131,072 rows of the columns that the estimator reads, what
    it makes of them, and a score for each item. For 20 users and 900,000 items of five columns through DeepFM that
    is within 100 MiB. Nine tenths of the time are the net's; a user's vector is computed once where there are vectors.

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
        self.items = _with_ids(items, "items", item).reset_index(drop=True)
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
            counts = self._ids.map(popularity.to_dict()).to_numpy(np.float64, na_value=0.0)
            self._popularity = np.nan_to_num(counts)
        self.fingerprint = digest(self._ids, *_state(estimator), *_cells(self.items))
        self.index_ = self._make_index(index)

    def recommend(self, users, k=10, *, exclude=None, filter=None):
        """Return the best items for each user.

        Parameters
        ----------
        users : DataFrame of shape (n_users, n_columns), or array-like of shape (n_users,)
            A row a user, with the user columns that the estimator reads; ids alone for an estimator that reads nothing
            else. Without the id column, the index of the frame says who is who.
        k : int, default=10
            Items for each user, at most as many as there are.
        exclude : DataFrame, optional
            Pairs that are not to be recommended, usually what users have already, with the two id columns. Users and
            items that are not asked for may be among them.
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
            If k exceeds the catalogue, a user comes twice or is not known, or a column is missing or on both sides.
        """
        check_k(k, len(self._ids))
        users, people = self._read_users(users)
        allowed = self._allowed(filter)
        seen = self._seen(people, exclude)
        knows = known(self.estimator, users, self._names)
        if not knows.all() and self.popularity is None:
            strange = people[~knows].tolist()
            raise ValueError(
                f"{self._name} knows nothing of {len(strange)} of {len(people)} users, {strange[0]!r} for one; leave "
                "them out, give users with columns that it was fitted on, or let popularity=... fall back on what is "
                "popular"
            )
        found = nothing(len(people), k, np.float64)
        look_up = self._by_pairs if self.index_ is None else self._by_index
        for rows, search in ((np.flatnonzero(knows), look_up), (np.flatnonzero(~knows), self._by_popularity)):
            for part in self._portions(rows, search):
                found.rows[part], found.scores[part] = search(users.iloc[part], k, seen[part], allowed)
        return self._frame(people, self.user, found)

    def similar_items(self, items, k=10):
        """Return the items whose vectors point the same way.

        Parameters
        ----------
        items : array-like of shape (n_ids,)
            Ids in the catalogue.
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
            If an id is not in the catalogue, comes twice, or k is too large.
        """
        ids = pd.Index(items)
        rows = self._ids.get_indexer(ids)
        if (rows < 0).any():
            raise ValueError(
                f"Expected ids of the catalogue, got {ids[rows < 0].tolist()[0]!r}, which it does not have"
            )
        check_k(k, len(self._ids) - 1)
        vectors = self._item_vectors()
        norms = np.linalg.norm(vectors, axis=1, keepdims=True)
        vectors = vectors / np.where(norms > 0, norms, 1)
        itself = sparse.csr_array((np.ones(len(rows)), (np.arange(len(rows)), rows)), (len(rows), len(self._ids)))
        found = ExactIndex().build(self._ids, vectors).search(vectors[rows], k, exclude=itself)
        lists = self._frame(ids, self.item, found)
        return lists.set_axis([self.item, "similar", "score", "rank"], axis=1)

    @property
    def _name(self):
        return type(steps_of(self.estimator)[1]).__name__

    def _needed(self):
        """Return the columns that the estimator reads, or say that they are not known."""
        names = columns_of(self.estimator)
        if names is None:
            raise ValueError(
                f"Expected an estimator that was fitted on a frame with names, got {self._name} without "
                "feature_names_in_; fit it on a DataFrame"
            )
        return names

    def _make_index(self, index):
        last = steps_of(self.estimator)[1]
        if not (hasattr(last, "embed_users") and hasattr(last, "embed_items")):
            if index is not None:
                raise ValueError(
                    f"{self._name} has no vectors for an index: no embed_users and embed_items; leave it out"
                )
            return None
        index = ExactIndex() if index is None else index
        if hasattr(index, "ids"):
            check_fingerprint(index.fingerprint, self.fingerprint)
            return index
        vectors = self._embed(self.items, "embed_items")
        return index.build(self._ids, vectors, fingerprint=self.fingerprint)

    def _embed(self, frame, method):
        first, last = steps_of(self.estimator)
        if first is None:
            return getattr(last, method)(frame)
        return getattr(last, method)(first.transform(one_side(frame, self._names)))

    def _item_vectors(self):
        """Return a vector an item, without the bias that the index has beside."""
        last = steps_of(self.estimator)[1]
        if hasattr(last, "embedding") and self.item in {field.name for field in last.schema_.fields}:
            frame = last.embedding(self.item)
            if self.index_ is None or "bias" in frame:
                codes = frame.index[:-1].get_indexer(self._ids)  # -1, the last row, is the unknown one
                return frame[[name for name in frame if isinstance(name, int)]].to_numpy()[codes]
        if self.index_ is None:
            raise TypeError(
                f"{self._name} has no vectors of items: neither embed_items nor an embedding of {self.item!r}"
            )
        return self.index_.vectors

    def _read_users(self, users):
        """Return the users' frame and their ids, checked."""
        if not is_frame(users):
            users = pd.Series(users, name=self.user).to_frame()
        users = as_pandas(users)
        people = pd.Index(users.get(self.user, users.index))
        if not people.is_unique:
            raise ValueError(f"Expected each user once, got {people[people.duplicated()].tolist()[0]!r} more than once")
        both = [name for name in self._names if name in users and name in self.items]
        if both:
            raise ValueError(f"Expected each column in users or in items, got {both} in both; drop them from one")
        neither = [name for name in self._names if name not in users and name not in self.items]
        if neither:
            raise ValueError(
                f"Expected the columns that {self._name} was fitted on in users or in items, got {neither} in neither"
            )
        return users.reset_index(drop=True), people

    def _allowed(self, filter):
        if filter is None:
            return np.ones(len(self._ids), bool)
        return check_filter(filter(self.items) if callable(filter) else filter, len(self._ids))

    def _seen(self, people, exclude):
        """Return which items each user is not to get, sparse (n_users, n_items)."""
        shape = (len(people), len(self._ids))
        if exclude is None:
            return sparse.csr_array(shape, dtype=bool)
        if not is_frame(exclude):
            raise TypeError(f"Expected exclude as a frame, pandas, polars or Arrow, got {type(exclude).__name__}")
        exclude = as_pandas(exclude)
        for name in (self.user, self.item):
            if name not in exclude:
                raise ValueError(f"exclude has no column {name!r}, it has {list(exclude.columns)}")
        users, items = people.get_indexer(exclude[self.user]), self._ids.get_indexer(exclude[self.item])
        if len(items) and (items < 0).all():
            raise ValueError(
                f"Expected items of the catalogue in exclude, got none, {exclude[self.item].tolist()[0]!r} for one; "
                f"the catalogue has ids like {self._ids[0]!r}"
            )
        both = (users >= 0) & (items >= 0)
        return sparse.csr_array((np.ones(both.sum(), bool), (users[both], items[both])), shape)

    def _portions(self, rows, search):
        """Return `rows` in portions that `search` takes at a time."""
        size = USERS if search == self._by_index else max(1, PAIRS // len(self._ids))
        return [rows[start : start + size] for start in range(0, len(rows), size)]

    def _by_index(self, users, k, seen, allowed):
        filter = None if allowed.all() else allowed
        return self.index_.search(self._embed(users, "embed_users"), k, exclude=seen, filter=filter)

    def _by_pairs(self, users, k, seen, allowed):
        scores = np.full((len(users), len(self._ids)), -np.inf)
        rows = np.flatnonzero(allowed)
        step = max(1, PAIRS // len(users))
        for start in range(0, len(rows), step):
            part = rows[start : start + step]
            pairs = cross(users, self.items.iloc[part], self._names)
            scores[:, part] = self._scores(pairs).reshape(len(users), len(part))
        return _without(scores, seen, k)

    def _by_popularity(self, users, k, seen, allowed):
        scores = np.where(allowed, self._popularity, -np.inf)
        found = _without(np.tile(scores, (len(users), 1)), seen, k)
        return found._replace(scores=np.full(found.scores.shape, np.nan))

    def _scores(self, pairs):
        """Return what the estimator says of each row, (n_rows,)."""
        for method in ("decision_function", "predict_proba", "predict"):
            if hasattr(self.estimator, method):
                scores = np.asarray(getattr(self.estimator, method)(pairs))
                break
        return scores[:, 1] if scores.ndim > 1 else scores

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


def _without(scores, seen, k):
    """Return the Found of a matrix of scores, which it changes, without what users have seen."""
    seen = seen.tocoo()
    scores[seen.row, seen.col] = -np.inf
    return best_of_matrix(scores, k)


def _with_ids(X, role, *names):
    """Return the frame `X` as pandas, its id there, once each."""
    if not is_frame(X):
        raise TypeError(f"Expected {role} as a frame, pandas, polars or Arrow, got {type(X).__name__}")
    frame = as_pandas(X)
    for name in names:
        if name not in frame:
            raise ValueError(f"{role} has no column {name!r}, it has {list(frame.columns)}; name the id, item=...")
        if frame[name].isna().any():
            raise ValueError(f"Column {name!r} of {role} has missing ids; drop those rows")
        if not frame[name].is_unique:
            twice = frame[name][frame[name].duplicated()].tolist()[0]
            raise ValueError(f"{role} has more than one row for the item {twice!r}; expected one an item")
    if not len(frame):
        raise ValueError(f"Expected rows in {role}, got none")
    return frame


def _state(estimator):
    """Return the weights of what predicts, as arrays, and the categories that they belong to."""
    last = steps_of(estimator)[1]
    if not hasattr(last, "net_"):
        return []
    weights = last.net_.module_.state_dict()
    categories = [pd.Index(vocabulary.values) for vocabulary in last.schema_.vocabularies]
    return [*(weights[name].numpy() for name in sorted(weights)), *categories]


def _cells(frame):
    """Return a hash of each cell, an array a column; lists are hashed as text."""
    columns = []
    for name in frame:
        try:
            columns.append(pd.util.hash_pandas_object(frame[name], index=False).to_numpy())
        except (TypeError, NotImplementedError):
            columns.append(pd.util.hash_pandas_object(frame[name].map(str), index=False).to_numpy())
    return columns
