"""The best items of users whose every pair with an item is scored, some at a time.

What scores is called with users, a frame, and positions in the catalogue, and returns (n_users, n_positions).
"""

import numpy as np

from skrec.data import packed_frame, unpacked_frame
from skrec.retrieval._pairs import cross
from skrec.retrieval._pipelines import coded_columns, steps_of, times_of, typed_side
from skrec.retrieval._select import best_of_matrix, merged, nothing

PAIRS = 2**17  # scored at a time
USERS = 64  # among them: what is made of an item's cells serves all of these


class Crossed:
    """Scores from an estimator that reads rows of a user and an item."""

    def __init__(self, estimator, items, names):
        self.__setstate__({"estimator": estimator, "items": items, "names": names})

    def __getstate__(self):
        return {"estimator": self.estimator, "items": packed_frame(self.items), "names": self.names}

    def __setstate__(self, state):
        self.estimator, self.names = state["estimator"], state["names"]
        self.items = unpacked_frame(state["items"])
        self.coded, self.times = coded_columns(self.estimator), times_of(self.estimator)

    def __call__(self, users, rows):
        pairs = cross(users, self.items.iloc[rows], self.names, self.coded, self.times)
        for method in ("decision_function", "predict_proba", "predict"):
            if hasattr(self.estimator, method):
                scores = np.asarray(getattr(self.estimator, method)(pairs))
                break
        return (scores[:, 1] if scores.ndim > 1 else scores).reshape(len(users), len(rows))


class Represented:
    """Scores from an estimator that represents items once, whoever comes: `represent_items` and `score_items`."""

    def __init__(self, estimator, items, names):
        self.estimator, self.names, self.one_item = estimator, names, items.iloc[:1]
        self.items = steps_of(estimator)[1].represent_items(typed_side(estimator, items, names))

    def __getstate__(self):
        return {**vars(self), "one_item": packed_frame(self.one_item)}

    def __setstate__(self, state):
        vars(self).update(state, one_item=unpacked_frame(state["one_item"]))

    def __call__(self, users, rows):
        users = typed_side(self.estimator, users, self.names, self.one_item)
        return steps_of(self.estimator)[1].score_items(users, self.items[rows])


class Popular:
    """Scores that are the same for everybody."""

    def __init__(self, popularity):
        self.popularity = popularity

    def __call__(self, users, rows):
        return np.tile(self.popularity[rows], (len(users), 1))


def best_of_pairs(score, users, k, seen, allowed):
    """Return the Found of `users`.

    Parameters
    ----------
    score : callable
        See above.
    users : DataFrame of shape (n_users, n_columns)
    k : int
    seen : sparse array of shape (n_users, n_items), bool
        What is not to be found.
    allowed : ndarray of shape (n_items,), bool
        What may be.
    """
    found = nothing(len(users), k, np.float64)
    for start in range(0, len(users), USERS):
        block = slice(start, start + USERS)
        best = _best_of_block(score, users.iloc[block], k, seen[block].tocsc(), np.flatnonzero(allowed))
        found.rows[block], found.scores[block] = best
    return found


def _best_of_block(score, users, k, seen, rows):
    found = nothing(len(users), k, np.float64)
    step = max(1, PAIRS // len(users))
    for start in range(0, len(rows), step):
        part = rows[start : start + step]
        scores = np.array(score(users, part), np.float64)
        out = seen[:, part].tocoo()
        scores[out.row, out.col] = -np.inf
        best = best_of_matrix(scores, min(k, len(part)))
        found = merged(found, best._replace(rows=np.append(part, -1)[best.rows]), k)  # -1 stays -1
    return found
