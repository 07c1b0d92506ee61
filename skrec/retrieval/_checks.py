"""What a recommender is given: the catalogue, users, what they have seen, what may be shown."""

from numbers import Integral

import numpy as np
import pandas as pd
from scipy import sparse

from skrec._text import quoted
from skrec.data import as_pandas, as_series, frame_of, is_frame, positions, refuse_lazy

UNKNOWN = ("drop", "score", "error")


def read_items(items, name):
    """Return the catalogue as pandas, its ids in column `name`, each there and once."""
    frame = frame_of(items, "items")
    if name not in frame:
        raise ValueError(f"items has no column {quoted(name)}, it has {quoted(frame.columns)}; name the id, item=...")
    if frame[name].isna().any():
        raise ValueError(f"Column {quoted(name)} of items has missing ids; drop those rows")
    if not frame[name].is_unique:
        twice = frame[name][frame[name].duplicated()].tolist()[0]
        raise ValueError(f"items has more than one row for the item {quoted(twice)}; expected one an item")
    if not len(frame):
        raise ValueError("Expected rows in items, got none")
    return frame.reset_index(drop=True)


def read_ids(items, name):
    """Return ids, one, some, or those of a frame in column `name`, as an index."""
    refuse_lazy(items, "items")
    if is_frame(items):
        return pd.Index(read_items(items, name)[name])
    return pd.Index([items] if np.isscalar(items) else as_series(items))


def read_users(users, name):
    """Return users, a frame or their ids alone, as a pandas frame, and their ids, each once."""
    refuse_lazy(users, "users")
    if not is_frame(users):
        users = as_series(users).rename(name).to_frame()
    frame = as_pandas(users)
    if name not in frame and frame.index.name != name:
        raise ValueError(
            f"users has no column {quoted(name)}, nor an index of that name, it has {quoted(frame.columns)}; name the "
            "id, Recommender(..., user=...)"
        )
    people = pd.Index(frame.get(name, frame.index))
    if not people.is_unique:
        twice = people[people.duplicated()].tolist()[0]
        raise ValueError(
            f"Expected each user once, got {quoted(twice)} more than once; drop_duplicates gives a row a user"
        )
    return frame.reset_index(drop=name in frame), people


def check_sides(names, users, items, model, optional=()):
    """Raise ValueError unless each of the columns that the `model` reads is on one side, or `optional` and on none."""
    both = [name for name in names if name in users and name in items]
    if both:
        raise ValueError(f"Expected each column in users or in items, got {quoted(both)} in both; drop them from one")
    neither = [name for name in names if name not in users and name not in items and name not in optional]
    if neither:
        raise ValueError(
            f"Expected the columns that {model} was fitted on in users or in items, got {quoted(neither)} in neither; "
            "give frames that have them"
        )


def read_seen(exclude, people, ids, user, item):
    """Return which items each user is not to get, sparse (n_users, n_items) bool, from pairs in a frame."""
    shape = (len(people), len(ids))
    if exclude is None:
        return sparse.csr_array(shape, dtype=bool)
    exclude = frame_of(exclude, "exclude")
    for name in (user, item):
        if name not in exclude:
            raise ValueError(f"exclude has no column {quoted(name)}, it has {quoted(exclude.columns)}")
    users = positions(exclude[user], people, f"Column {quoted(user)} of exclude", "in users")
    items = positions(exclude[item], ids, f"Column {quoted(item)} of exclude", "in the catalogue")
    if len(items) and (items < 0).all():
        raise ValueError(
            f"Expected items of the catalogue in exclude, got none, {quoted(exclude[item].tolist()[0])} for one; "
            f"the catalogue has ids like {quoted(ids.tolist()[0])}"
        )
    both = (users >= 0) & (items >= 0)
    return sparse.csr_array((np.ones(both.sum(), bool), (users[both], items[both])), shape)


def check_popularity(popularity, ids):
    """Return how often each item was taken, (n_items,) float, zero where nothing is said."""
    if not isinstance(popularity, pd.Series):
        raise TypeError(
            'Expected popularity as a Series of counts by item, such as log["item_id"].value_counts(), '
            f"got {type(popularity).__name__}"
        )
    place = positions(popularity.index.to_series(), ids, "The index of popularity", "in the catalogue")
    counts = np.full(len(ids), np.nan)
    counts[place[place >= 0]] = popularity.to_numpy(np.float64, na_value=np.nan)[place >= 0]
    if np.isnan(counts).all():
        raise ValueError(
            f"Expected popularity by the ids of the catalogue, like {quoted(ids.tolist()[0])}, got none of them in "
            "its index"
        )
    return np.nan_to_num(counts)


def check_choice(name, value):
    """Raise ValueError unless `value` says what becomes of users or items of whom the estimator knows nothing."""
    if value not in UNKNOWN:
        raise ValueError(f"Expected {name} as one of {UNKNOWN}, got {quoted(value)}")


def check_k(k, n_items):
    """Raise ValueError if k is no number of items that there are."""
    if not isinstance(k, Integral) or isinstance(k, bool) or k < 1:
        raise ValueError(f"Expected k as an int of at least 1, got {quoted(k)}")
    if k > n_items:
        raise ValueError(f"Expected k of at most the {n_items} items of the catalogue, got {k}; lower k")


def check_filter(allowed, n_items):
    """Return a mask of items as an array, (n_items,) bool."""
    allowed = np.asarray(allowed)
    if allowed.shape != (n_items,) or allowed.dtype != bool:
        raise ValueError(
            f"Expected filter as {n_items} booleans, one for each item, got {allowed.dtype} of shape {allowed.shape}; "
            "items[...].isin(ids) makes them from ids"
        )
    return allowed
