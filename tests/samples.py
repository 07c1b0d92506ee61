"""Small data with a known answer, and small estimators to learn it."""

from contextlib import contextmanager

import numpy as np
import pandas as pd
import pyarrow as pa
from sklearn.base import is_classifier

LIST = pd.ArrowDtype(pa.list_(pa.string()))
USERS, ITEMS = list("abcdef"), list("uvwxyz")


def mixed(n_rows=100, seed=0):
    """Return a typed frame: two id columns, a list column that holds items, and a number.

    Every user and every item is in the first six rows, so that any part of at least six rows has all.
    """
    rng = np.random.default_rng(seed)
    user = np.concatenate([USERS, rng.choice(USERS, n_rows)])[:n_rows]
    item = np.concatenate([ITEMS, rng.choice(ITEMS, n_rows)])[:n_rows]
    history = [list(rng.choice(ITEMS, rng.integers(0, 4))) for _ in range(n_rows)]
    return pd.DataFrame(
        {
            "user": user,
            "item": pd.Categorical(item),
            "history": pd.Series(history, dtype=LIST),
            "age": rng.normal(40, 10, n_rows),
        }
    )


def scores(frame):
    """Return what a row is worth: a pure interaction of user and item, and a little of the rest."""
    user = frame["user"].map(USERS.index).to_numpy(int)
    item = frame["item"].astype(str).map(ITEMS.index).to_numpy(int)
    match = np.where((user < 3) == (item < 3), 1.0, -1.0)
    return match + 0.2 * (frame["age"].to_numpy() - 40) / 10


def labels(frame):
    """Return "yes" where the score is positive, else "no"."""
    return np.where(scores(frame) > 0, "yes", "no")


def target(estimator, frame):
    """Return the target of `frame` for a classifier or a regressor."""
    return labels(frame) if is_classifier(estimator) else 3 + scores(frame)


def small(cls, **params):
    """Return an estimator that learns `mixed` in milliseconds, whichever of the parameters the class has."""
    wanted = {
        "embedding_dim": 4,
        "hidden_layer_sizes": (8,),
        "user": "user",
        "item": "item",
        "sequence_features": {"history": "item"},
        "loss": "bce",  # of labels, as all others learn
        "dropout": 0.0,
        "auxiliary_weight": 0.0,  # which draws
        "lr": 0.02,
        "max_epochs": 3,
        "random_state": 0,
    }
    names = cls().get_params()
    if "item" not in names:  # elsewhere `user` is a column that the model does not see
        wanted.pop("user")
    return cls(**{**{name: value for name, value in wanted.items() if name in names}, **params})


def fitted(cls, n_rows=100, **params):
    """Return `small(cls)` fitted on `mixed(n_rows)`, and the frame."""
    frame = mixed(n_rows)
    estimator = small(cls, **params)
    return estimator.fit(frame, target(estimator, frame)), frame


def outputs(estimator, X):
    """Return the finest predictions that the estimator has: logits, or numbers."""
    return estimator.decision_function(X) if hasattr(estimator, "decision_function") else estimator.predict(X)


def learnt(estimator):
    """Return the attributes that are not parameters."""
    return {name: value for name, value in vars(estimator).items() if name not in estimator.get_params(deep=False)}


@contextmanager
def unchanged(estimator, X=None):
    """Check that what happens inside leaves no trace in `estimator`, nor in its predictions for `X`."""
    before, predictions = learnt(estimator), None if X is None else outputs(estimator, X)
    history = None if X is None else [dict(epoch) for epoch in estimator.net_.history]
    yield
    after = learnt(estimator)
    assert after.keys() == before.keys()
    assert all(after[name] is before[name] for name in before)
    if X is not None:
        assert [dict(epoch) for epoch in estimator.net_.history] == history
        np.testing.assert_array_equal(outputs(estimator, X), predictions)
