"""The items of a catalogue that can be recommended, and what scores them."""

from skrec.data import packed, packed_frame, unpacked, unpacked_frame
from skrec.retrieval._checks import check_popularity
from skrec.retrieval._fingerprint import check_fingerprint, fingerprint_of
from skrec.retrieval._known import kept_items, known
from skrec.retrieval._pipelines import steps_of
from skrec.retrieval._scores import Crossed, Popular, Represented, best_of_pairs
from skrec.retrieval._vectors import best_of_index, make_index


class PreparedItems:
    """The items that an estimator is asked about, prepared once for all users.

    Parameters
    ----------
    estimator : fitted estimator or Pipeline
    ids : pandas.Index of shape (n_items,)
    items : DataFrame of shape (n_items, n_columns)
        The catalogue.
    names : list of str
        All columns that the estimator reads.
    unknown_items : {"drop", "score", "error"}
    popularity : Series or None
    index : ExactIndex, ApproximateIndex, ShardedIndex or None
    user : DataFrame of shape (1, n_columns), optional
        For a first step that cannot read items alone.

    Attributes
    ----------
    rows : ndarray of shape (n_kept,), int64
        Positions in the catalogue.
    ids : pandas.Index of shape (n_kept,)
    index : ExactIndex, ApproximateIndex, ShardedIndex or None
    fingerprint : str
        Of the estimator and the items that are kept.
    """

    def __init__(self, estimator, ids, items, names, unknown_items, popularity, *, index=None, user=None):
        self.estimator, self.names, self.n_items = estimator, names, len(ids)
        self.rows = kept_items(known(estimator, items, names, user), ids, name_of(estimator), unknown_items)
        if len(self.rows) < len(ids):
            items = items.iloc[self.rows].reset_index(drop=True)
        self.ids, self.one_item = ids[self.rows], items.iloc[:1]
        self.popular = None if popularity is None else Popular(check_popularity(popularity, ids)[self.rows])
        self.fingerprint = fingerprint_of(estimator, self.ids, items)
        self.index = make_index(index, estimator, self.ids, items, names, self.fingerprint)
        if self.index is None:
            kind = Represented if hasattr(steps_of(estimator)[1], "represent_items") else Crossed
            self.score = kind(estimator, items, names)

    def __getstate__(self):
        return {**vars(self), "ids": packed(self.ids), "one_item": packed_frame(self.one_item)}

    def __setstate__(self, state):
        kept = {"ids": unpacked(state["ids"]), "one_item": unpacked_frame(state["one_item"])}
        vars(self).update({**state, **kept})

    def check_index(self):
        """Raise ValueError if the index was built again, of something else."""
        if self.index is not None:
            check_fingerprint(self.index.fingerprint, self.fingerprint)

    def knows(self, users):
        """Return which users the estimator knows anything of, (n_users,) bool."""
        return known(self.estimator, users, self.names, self.one_item)

    def best(self, users, k, seen, allowed):
        """Return the Found of `users` among the kept items; `seen` and `allowed` are of the whole catalogue."""
        seen, allowed = self._kept(seen, allowed)
        if self.index is None:
            return best_of_pairs(self.score, users, k, seen, allowed)
        return best_of_index(self.index, self.estimator, self.names, users, self.one_item, k, seen, allowed)

    def most_popular(self, users, k, seen, allowed):
        """Return the same of what is popular, and how popular it is."""
        return best_of_pairs(self.popular, users, k, *self._kept(seen, allowed))

    def _kept(self, seen, allowed):
        whole = len(self.rows) == self.n_items
        return (seen, allowed) if whole else (seen[:, self.rows], allowed[self.rows])


def name_of(estimator):
    """Return the name of the class that predicts."""
    return type(steps_of(estimator)[1]).__name__
