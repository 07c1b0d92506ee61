"""Data sets of different kinds, each with training, validation and test rows, for `defaults.py` beside this file.

A set is a function that returns the frame, the target and, where its rows are in the order of time, True. Text and bool
are categories, all else is numbers. Defaults are chosen on the sets of `CHOOSE`, by their validation rows; those of
`CONFIRM` are looked at afterwards.
"""

import json
import os
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numeric_embeddings import make_census
from scipy.special import expit
from sklearn import datasets as sklearn_datasets

from skrec.datasets import fetch_movielens, make_ctr
from skrec.sampling import add_negatives

TRAIN_ROWS, OTHER_ROWS = 20_000, 10_000  # at most


class Parts(NamedTuple):
    """Training, validation and test rows, each a pair of frame and target."""

    train: Any
    valid: Any
    test: Any
    is_class: bool


def load(name, n_rows=TRAIN_ROWS):
    """Return the Parts of a set, with at most `n_rows` to learn from; they are the same in each call."""
    X, y, *in_time = (CHOOSE | CONFIRM)[name]()
    y = np.asarray(y)
    n_rows = min(n_rows, len(X) * 6 // 10)
    n_others = min(OTHER_ROWS, len(X) * 2 // 10)
    order = np.arange(len(X))
    if not in_time:
        np.random.default_rng(0).shuffle(order)
    elif n_rows + 2 * n_others < len(X):  # every k-th row, so that all of the time is there
        order = order[np.linspace(0, len(X) - 1, n_rows + 2 * n_others).astype(int)]
    cuts = np.cumsum([n_rows, n_others, n_others])
    parts = [(X.iloc[rows].reset_index(drop=True), y[rows]) for rows in np.split(order[: cuts[-1]], cuts[:-1])]
    return Parts(*parts, y.dtype.kind in "bi")


def folder(name):
    """Return a folder of SKREC_DATA."""
    return Path(os.environ["SKREC_DATA"]) / name


def as_text(frame, names):
    """Return the frame with some columns as text, which is a category."""
    return frame.assign(**{name: frame[name].astype(str) for name in names})


def movielens(columns):
    """Return the ratings of MovieLens-100k with some columns, and the stars."""
    data = fetch_movielens("100k")
    frame = data.ratings.merge(data.users, on="user_id").merge(data.movies, on="item_id")
    frame = as_text(frame, ["user_id", "item_id", "gender", "occupation"])
    return frame[columns], frame["rating"]


SIDES = ["user_id", "item_id", "age", "gender", "occupation", "release_year"]


def likes_of_100k():
    """Whether a rating is 4 or 5 stars, at random."""
    X, y = movielens(SIDES)
    return X.fillna({"release_year": X["release_year"].median()}), y >= 4


def stars_of_ids():
    """The stars by user and movie alone, at random."""
    X, y = movielens(["user_id", "item_id"])
    return X, y.astype(float)


def stars_with_sides():
    """The stars by all columns, at random."""
    X, y = movielens(SIDES)
    return X.fillna({"release_year": X["release_year"].median()}), y.astype(float)


def likes_of_1m():
    """Whether a rating is 4 or 5 stars, cut by time."""
    users, movies = (pd.read_parquet(folder("ml-1m-binary") / f"{name}.parquet") for name in ("users", "movies"))
    parts = [pd.read_parquet(folder("ml-1m-binary") / f"{name}.parquet") for name in ("train", "valid", "test")]
    sampled = [
        part.sample(min(len(part), n), random_state=0) for part, n in zip(parts, (20_000, 6_666, 6_666), strict=True)
    ]
    frame = pd.concat(sampled, ignore_index=True).merge(users, "left").merge(movies, "left")
    frame = frame.assign(year=frame["title"].str[-5:-1].astype(float), zip_area=frame["zip_code"].str[:3])
    names = ["user_id", "movie_id", "gender", "occupation", "zip_area"]
    return as_text(frame, names)[[*names, "age", "year"]].astype({"age": float}), frame["liked"], True


def purchases(log, items):
    """Return purchases in time order, each beside an item that the user did not buy, and whether it was bought."""
    rows = add_negatives(log, 1, items=items, random_state=0)
    columns = [name for name in rows if name not in ("label", "time")]
    return as_text(rows[columns], columns), rows["label"], True


def grocery():
    """Whether a user bought an item, beside one that is drawn; cut by time."""
    log, items = (pd.read_csv(folder("amazon-grocery") / f"{name}.csv") for name in ("interactions", "items"))
    return purchases(log.sort_values("time", kind="stable"), items)


def beauty():
    """The same with the item before as a column, cut in each user's sequence: the files have no times."""
    lines = (folder("amazon-beauty") / "sequences.txt").read_text().splitlines()
    attributes = json.loads((folder("amazon-beauty") / "item_attributes.json").read_text())
    rows = []
    for user, *items in map(str.split, lines):
        steps = zip(items, ["none", *items], strict=False)
        rows += [(place / len(items), user, item, before) for place, (item, before) in enumerate(steps)]
    log = pd.DataFrame(sorted(rows), columns=["time", "user_id", "item_id", "before"])
    items = pd.DataFrame({"item_id": log["item_id"].unique()})
    items["brand"] = [str(max(attributes.get(item, [0]))) for item in items["item_id"]]
    return purchases(log, items)


def bulk():
    """Whether a line of an invoice is of 12 pieces and more, of a wholesaler; cut by time."""
    log = pd.read_parquet(folder("online-retail") / "transactions.parquet").sort_values("invoice_date", kind="stable")
    X = log.assign(hour=log["invoice_date"].dt.hour + 0.0, day=log["invoice_date"].dt.day_name())
    names = ["customer_id", "stock_code", "country", "day"]
    return as_text(X, names)[[*names, "unit_price", "hour"]], log["quantity"] >= 12, True


def made(n_samples=40_000, **options):
    """Return a set of `make_ctr`."""

    def of_a_machine():
        data = make_ctr(n_samples, random_state=1, **options)
        return data.X, data.y

    return of_a_machine


def census():
    """Who earns much: columns of which most are zero, curves and steps; a table that no README has figures of."""
    X, y, _ = make_census(40_000, 2)
    return X, y


def steps():
    """Numbers that count by steps, bands and in pairs, and two categories."""
    rng, n = np.random.default_rng(3), 40_000
    X = pd.DataFrame({f"n{j}": rng.normal(size=n) for j in range(6)})
    X = X.assign(a=rng.integers(0, 30, n).astype(str), b=rng.integers(0, 200, n).astype(str))
    of_a, of_b = rng.normal(0, 0.5, 30), rng.normal(0, 0.5, 200)
    logit = 1.5 * (X["n0"] > 0.3) + 1.2 * X["n1"].between(-0.5, 0.4) - 1.5 * (X["n2"] > 1) * (X["n3"] < 0)
    logit += np.sin(4 * X["n4"]) + of_a[X["a"].astype(int)] + of_b[X["b"].astype(int)] - 1
    return X, rng.random(n) < expit(logit)


def heavy_tails():
    """Counts and amounts over many orders of magnitude, with a median of which most are near zero."""
    rng, n = np.random.default_rng(4), 40_000
    X = pd.DataFrame({f"amount{j}": rng.lognormal(0, 2, n) for j in range(4)})
    X["count"] = rng.geometric(1 / (1 + rng.lognormal(1, 1, n))) - 1.0
    X["ratio"] = rng.standard_cauchy(n)
    X["kind"] = rng.integers(0, 12, n).astype(str)
    logit = 0.6 * np.log(X["amount0"]) - 0.4 * np.log(X["amount1"]) * (X["count"] > 2) + np.tanh(X["ratio"])
    logit += rng.normal(0, 0.6, 12)[X["kind"].astype(int)] - 0.8 * (X["count"] == 0)
    return X, rng.random(n) < expit(logit)


def amounts():
    """A number to predict from numbers and categories: products, curves and noise."""
    rng, n = np.random.default_rng(5), 20_000
    X = pd.DataFrame({f"n{j}": rng.random(n) for j in range(8)}).assign(kind=rng.integers(0, 20, n).astype(str))
    y = 10 * np.sin(np.pi * X["n0"] * X["n1"]) + 20 * (X["n2"] - 0.5) ** 2 + 10 * X["n3"] + 5 * X["n4"]
    return X, y + rng.normal(0, 3, 20)[X["kind"].astype(int)] + rng.normal(0, 2, n)


def bundled(name, is_positive=None):
    """Return a set that scikit-learn has."""

    def of_scikit_learn():
        data = getattr(sklearn_datasets, f"load_{name}")(as_frame=True)
        y = data.target if is_positive is None else is_positive(data.target)
        return data.data, y

    return of_scikit_learn


CHOOSE = {
    "likes of ML-100k": likes_of_100k,
    "stars, ids alone": stars_of_ids,
    "grocery": grocery,
    "bulk orders": bulk,
    "made: few values": made(n_sequence=0, cardinality=20, n_categorical=8),
    "made: many ids": made(n_sequence=0, n_numeric=0, n_categorical=3, cardinality=[3000, 1000, 50], power=0.8),
    "made: census": census,
    "breast cancer": bundled("breast_cancer"),
}
CONFIRM = {
    "likes of ML-1M": likes_of_1m,
    "stars, with sides": stars_with_sides,
    "beauty": beauty,
    "made: click log": made(n_sequence=0, cardinality=[2000, 500, 200, 100, 50, 10], positive_rate=0.1),
    "made: ids alone": made(n_sequence=0, n_numeric=0, n_categorical=5, cardinality=[1500, 1500, 100, 30, 10]),
    "made: steps": steps,
    "made: heavy tails": heavy_tails,
    "made: amounts": amounts,
    "digits: is it an 8": bundled("digits", lambda y: y == 8),
    "diabetes": bundled("diabetes"),
}
