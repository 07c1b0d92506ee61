"""Users, items and models to recommend with, and what lists have to be."""

import numpy as np
import pandas as pd

from tests.samples import ITEMS, LIST, USERS, outputs, small, target

N_USERS, N_ITEMS = 12, 23


def people():
    """Return users, the last half of them new: an id that training lacks, and an age."""
    rng = np.random.default_rng(1)
    return pd.DataFrame({"user": USERS + list("ghijkl"), "age": rng.normal(40, 10, N_USERS)})


def catalogue():
    """Return items, most of them new: an id, and a list of which training has the values."""
    rng = np.random.default_rng(2)
    genres = [list(rng.choice(ITEMS, 2)) for _ in range(N_ITEMS)]
    ids = ITEMS + [f"new{i}" for i in range(N_ITEMS - len(ITEMS))]
    return pd.DataFrame({"item": ids, "genres": pd.Series(genres, dtype=LIST)})


def log(n_rows=120):
    """Return rows of known users and items, with the columns of both."""
    rng = np.random.default_rng(3)
    users, items = rng.integers(0, len(USERS), n_rows), rng.integers(0, len(ITEMS), n_rows)
    users[:6], items[:6] = range(6), range(6)
    return people().iloc[users].reset_index(drop=True).join(catalogue().iloc[items].reset_index(drop=True))


def is_of_ids(estimator):
    """Whether it reads two id columns and nothing else."""
    return {"user", "item"} <= estimator.get_params().keys() and "categorical_features" not in estimator.get_params()


def fitted(cls, **params):
    """Return the estimator fitted on `log`, the ids alone where it reads no more, and users and items that it knows."""
    estimator, frame, users, items = small(cls), log(), people(), catalogue()
    options = {"sequence_features": {"genres": "item"}, "user_features": ["user", "age"], **params}
    if {"max_length", "user_features"} <= estimator.get_params().keys():  # whose histories are the user's alone
        options["sequence_features"] = None
    estimator.set_params(**{name: value for name, value in options.items() if name in estimator.get_params()})
    y = target(estimator, frame)
    if is_of_ids(estimator):
        return estimator.fit(frame[["user", "item"]], y), users[:6][["user"]], items[:6][["item"]]
    return estimator.fit(frame, y), users, items


def brute(estimator, users, items):
    """Return the score of every pair, (n_users, n_items)."""
    pairs = users.merge(items, how="cross")[list(estimator.feature_names_in_)]
    return outputs(estimator, pairs).reshape(len(users), len(items)).astype(np.float64)


def check_lists(lists, scores, users, items, k, out):
    """Check each list against the sorted scores; scores may be off by a constant for each user."""
    rows = pd.Index(items["item"]).get_indexer(lists["item"])
    for u, user in enumerate(users["user"]):
        own = (lists["user"] == user).to_numpy()
        found, left = rows[own], np.flatnonzero(~out[u])
        assert lists["rank"][own].tolist() == list(range(1, min(k, len(left)) + 1))
        assert len(set(found)) == len(found)
        assert not out[u, found].any()
        best = np.sort(scores[u, left])[::-1][: len(found)]
        np.testing.assert_allclose(scores[u, found], best, atol=1e-5)
        if len(found):
            given = lists["score"].to_numpy()[own]
            np.testing.assert_allclose(given - given[0], scores[u, found] - scores[u, found[0]], atol=1e-4)
