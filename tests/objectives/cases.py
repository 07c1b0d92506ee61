"""Positives of few users and items, and what an objective needs of an estimator."""

import numpy as np
import pandas as pd
import torch

from skrec.data import Classes, Survey
from skrec.engine import Batches
from skrec.estimators._columns import HistoryColumns, IdColumns, SideColumns
from skrec.objectives import Classification, Encoding

N_USERS, N_ITEMS = 6, 10
LABELS = Classification("Model", only_two=True)


def pairs(n_rows=20, seed=0):
    """Return who took what, each pair once; every user, and every item, is among them."""
    rng = np.random.default_rng(seed)
    every = [(item % N_USERS, item) for item in range(N_ITEMS)]
    rest = [(user, item) for user in range(N_USERS) for item in range(N_ITEMS) if (user, item) not in every]
    rows = every + [rest[place] for place in rng.permutation(len(rest))[: n_rows - len(every)]]
    frame = pd.DataFrame([rows[place] for place in rng.permutation(n_rows)], columns=["user", "item"])
    return frame.assign(user="u" + frame["user"].astype(str), item="i" + frame["item"].astype(str))


def histories(n_rows=20, seed=0):
    """Return `pairs` with the item's kind, a number and a history, with kinds, of the three items of the user."""
    frame = pairs(n_rows, seed)
    rng = np.random.default_rng(seed)
    past = [
        [f"i{(int(user[1:]) + item) % N_ITEMS}" for item in rng.permutation([1, 2, 3])[: rng.integers(0, 4)]]
        for user in frame["user"]
    ]
    kinds = [list(map(kind_of, cell)) for cell in past]
    return frame.assign(kind=frame["item"].map(kind_of), number=np.arange(n_rows) * 1.0, past=past, kinds=kinds)


def kind_of(item):
    return f"k{int(item[1:]) % 3}"


def ids(train):
    """Return the Encoding of a model of ids, learnt from a frame."""
    return encoding_of(train, IdColumns(user="user", item="item"))


def sides(train, user=None):
    """Return the Encoding of a model of two sides."""
    return encoding_of(train, SideColumns(user=user, user_features=["age"] if user else ["user"]))


def candidates(train):
    """Return the Encoding of a model of histories, whose user-id column is no feature."""
    return encoding_of(train, HistoryColumns(sequence_features={"past": "item", "kinds": "kind"}, user="user"))


def encoding_of(train, columns, classes=(0, 1)):
    roles, shared = columns.learn(train, True, "Model")
    schema = Survey(roles, shared).add(train).result()
    return Encoding(
        schema, lambda frame: columns.finish(schema.encode(frame), schema), Classes(np.array(classes)), columns
    )


def epoch(stream, size=1000, seed=None):
    """Return the batches of a pass, a shuffled one with a seed."""
    return list(Batches(stream, size, None if seed is None else torch.Generator().manual_seed(seed)))


def names_of(encoding, codes, column):
    """Return the values of `codes` of the categorical column at a place."""
    categorical = encoding.schema.of_role("categorical")
    return encoding.schema.vocabularies[categorical[column].vocabulary].decode(np.asarray(codes)).tolist()


def has(*frames):
    """Return {user: items of the user in any of the frames}."""
    return pd.concat(frames).groupby("user")["item"].agg(set).to_dict()
