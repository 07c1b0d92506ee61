"""Negatives for logs of what users did."""

from numbers import Integral
from typing import Any

import numpy as np
import pandas as pd
from sklearn.utils import check_random_state
from sklearn.utils._param_validation import validate_params

from skrec._text import quoted
from skrec._validation import Interval, StrOptions
from skrec.data import (
    SEQUENCE,
    Vocabulary,
    check_equal,
    example,
    factorize,
    frame_of,
    is_enum,
    is_frame,
    refuse_lazy,
    role_of,
)
from skrec.sampling._exclusion import ExclusionSampler
from skrec.sampling._lists import ListDraws


@validate_params(
    {
        "n_per_positive": [Interval(Integral, 1, None, closed="left")],
        "strategy": [StrOptions({"uniform", "popularity", "in_list"})],
        "random_state": ["random_state"],
    },
    prefer_skip_nested_validation=True,
)
def add_negatives(
    positives: Any,
    n_per_positive: int,
    *,
    user: str = "user_id",
    item: str = "item_id",
    label: str = "label",
    strategy: str = "uniform",
    within: str | None = None,
    log: Any = None,
    items: Any = None,
    random_state: Any = None,
) -> pd.DataFrame:
    """Add to each row of what users took some items that they did not take, labelled 0.

    Parameters
    ----------
    positives : DataFrame of shape (n_positives, n_columns)
        A row for each item that a user took, pandas, polars or Arrow.
    n_per_positive : int
        Negatives that follow each positive.
    user, item : str, default="user_id" and "item_id"
        The columns of the ids.
    label : str, default="label"
        The column that the result has beside.
    strategy : {"uniform", "popularity", "in_list"}, default="uniform"
        Whether all items are equally likely, each in proportion to its rows in `log`, or those alone that are in the
        same list or category as the positive: harder to tell from it than any item.
    within : str, optional
        The column of lists or categories for "in_list". A column of `items` if that is a frame with it, else of `log`,
        where an item may be in several.
    log : DataFrame, optional
        All that is known of who took what: nothing that a user has here, or among `positives`, becomes that user's
        negative. `positives` if not given.
    items : DataFrame or list of str, optional
        What is known of items. A frame has a row an item, with the column `item`: its other columns are joined to all
        rows of the result, and its items are the ones to draw. A list names columns of `log` that belong to the item;
        the items to draw are then those of `log`. If not given, a column of `log` belongs to the item where all rows
        of an item agree.
    random_state : int, RandomState instance or None, default=None
        An int gives the same draws in each call.

    Returns
    -------
    frame : DataFrame of shape (n_positives * (1 + n_per_positive), n_columns + 1)
        Each positive, labelled 1, and after it its negatives, labelled 0. A negative has the item columns of its item
        and all others of its positive. Columns keep their dtypes; a category gains the items that it lacked.

    Raises
    ------
    ValueError
        If a user has every item (of a list), an id is missing, or a column is not there.
    TypeError
        If `positives` is no frame, or ids are text in one frame and numbers in another.

    Notes
    -----
    The negatives of a row are drawn with replacement. "popularity" never draws an item without rows in `log`.

    Examples
    --------
    >>> import pandas as pd
    >>> from skrec.sampling import add_negatives
    >>> taken = pd.DataFrame({"user_id": ["ann", "ann", "bob"], "item_id": ["tea", "jam", "tea"]})
    >>> items = pd.DataFrame({"item_id": ["tea", "jam", "rum"], "price": [3.0, 4.0, 20.0]})
    >>> add_negatives(taken[1:], 1, log=taken, items=items, random_state=0)
      user_id item_id  price  label
    0     ann     jam    4.0      1
    1     ann     rum   20.0      0
    2     bob     tea    3.0      1
    3     bob     rum   20.0      0

    A negative of the same kind as the positive:

    >>> items = items.assign(kind=["drink", "food", "drink"])
    >>> add_negatives(taken[:1], 1, items=items, strategy="in_list", within="kind", random_state=0)
      user_id item_id  price   kind  label
    0     ann     tea    3.0  drink      1
    1     ann     rum   20.0  drink      0
    """
    positives = _frame(positives, "positives", user, item)
    log = positives if log is None else _frame(log, "log", user, item)
    if label in positives.columns:
        raise ValueError(
            f"positives has a column {quoted(label)} already; drop it, and the rows that are no positives, "
            "or name another one, label=..."
        )
    for name in (user, item):
        _check_kind(name, positives, log, "log")
    if (strategy == "in_list") != (within is not None):
        raise ValueError(
            f'Expected within=..., the column of lists, with strategy="in_list" and with no other, got {within=} and '
            f"{strategy=}"
        )
    people = Vocabulary.learn(positives[user])
    features = _item_columns(positives, log, items, user, item, within)
    known = Vocabulary.learn(features[item])
    own = known.encode(positives[item])
    if not own.all():
        missing = positives[item][own == 0].tolist()[0]
        source = "items" if is_frame(items) else "log"
        raise ValueError(
            f"{source} has no row for the item {quoted(missing)} of positives; add one, or leave out its rows"
        )
    frames = [positives] if log is positives else [positives, log]
    pairs = _pairs(frames, people, known, user, item)
    owners = np.repeat(people.encode(positives[user]).astype(np.int64) - 1, n_per_positive)
    order = np.argsort(owners, kind="stable")  # a user's draws look up neighbouring places of memory
    uniform = check_random_state(random_state).random_sample(len(owners))
    drawn = np.empty(len(owners), np.int64)
    if within is None:
        mass = np.ones(len(known) - 1, np.int64)
        if strategy == "popularity":
            mass = np.bincount(known.encode(log[item]), minlength=len(known))[1:]
        drawn[order] = _sampler(pairs, mass, people, strategy).draw(owners[order], uniform)
    else:
        lists, of = _lists(frames, features, known, pairs, people, item, within)
        low, high = lists.room(owners, np.repeat(of, n_per_positive))
        _check_room(high - low, positives, n_per_positive, within)
        drawn[order] = lists.draw(owners[order], uniform, low[order], high[order])
    chosen = np.column_stack([own - 1, drawn.reshape(-1, n_per_positive)])

    n_rows, width = chosen.shape
    frame = positives.iloc[np.repeat(np.arange(n_rows), width)].reset_index(drop=True)
    frame[item] = _typed(known.values, positives[item]).take(chosen.ravel())
    rows = np.argsort(known.encode(features[item]))[chosen.ravel()]
    for name in features.columns.drop(item):
        frame[name] = features[name].array.take(rows)
    frame[label] = np.tile(np.arange(width) == 0, n_rows).astype(np.int64)
    return frame


def _pairs(frames, people, known, user, item):
    """Return the codes of who has what, two arrays of int64."""
    owners, own = ([ids.encode(f[name]) for f in frames] for ids, name in ((people, user), (known, item)))
    of, what = np.concatenate(owners).astype(np.int64), np.concatenate(own).astype(np.int64)
    both = (of > 0) & (what > 0)
    return of[both] - 1, what[both] - 1


def _sampler(pairs, mass, people, strategy):
    """Return what each user does not have."""
    sampler = ExclusionSampler(pairs[0], pairs[1], mass, len(people) - 1)
    full = people.values[sampler.room == 0].tolist()
    if full:
        raise ValueError(
            f"{len(full)} of {len(people) - 1} users, {quoted(full[0])} for one, have all of the {(mass > 0).sum()} "
            "items "
            f"that could be drawn with strategy={quoted(strategy)}; leave out their rows, or let items=... name more "
            "items"
        )
    return sampler


def _lists(frames, features, known, pairs, people, item, within):
    """Return what is in each list, and the code of the list of each positive."""
    positives = frames[0]
    sources = [features] if within in features.columns else [frame for frame in frames if within in frame.columns]
    if not sources or within not in [*features.columns, *positives.columns]:
        raise ValueError(
            f"within names the column {quoted(within)}, which neither items nor positives have; name the column of "
            "lists"
        )
    if any(role_of(source[within]) == SEQUENCE for source in sources):
        raise TypeError(
            f"Column {quoted(within)}: expected the list or category of a row, one value, got lists; explode it"
        )
    lists = ListDraws(
        [(source[within], known.encode(source[item]).astype(np.int64) - 1) for source in sources],
        len(known) - 1,
        pairs[0],
        pairs[1],
        len(people) - 1,
    )
    if within in positives.columns:
        of = lists.code(positives[within])
    else:
        of = lists.code(features[within])[np.argsort(known.encode(features[item]))][known.encode(positives[item]) - 1]
    if (of < 0).any():
        row = int((of < 0).argmax())
        raise ValueError(
            f"The positive in row {row}, item {quoted(positives[item].tolist()[row])}, is in no list of column "
            f"{quoted(within)}; leave it out, or fill the column"
        )
    return lists, of


def _check_room(room, positives, n_per_positive, within):
    empty = np.flatnonzero((room == 0)[::n_per_positive])
    if len(empty):
        raise ValueError(
            f"{len(empty)} of {len(positives)} positives, row {empty[0]} for one, have no other item in their "
            f"{quoted(within)} that their user does not have; leave out these rows, or draw from all items"
        )


def _item_columns(positives, log, items, user, item, within):
    """Return a frame with a row an item: the ids that may be drawn, and what else belongs to an item."""
    refuse_lazy(items, "items")
    if is_frame(items):
        items = _frame(items, "items", item)
        _check_kind(item, positives, items, "items")
        if not items[item].is_unique:
            twice = items[item][items[item].duplicated()].tolist()[0]
            raise ValueError(f"items has more than one row for the item {quoted(twice)}; expected one an item")
        if user in items.columns:
            raise ValueError(f"items has the column {quoted(user)} of users; expected columns of items alone")
        return items
    names = _shared_by_an_item(positives, log, (user, item, within)) if items is None else list(items)
    for name in names:
        if name not in log.columns:
            raise ValueError(
                f"items names the column {quoted(name)}, which log does not have; it has {quoted(log.columns)}"
            )
    if not names and log is not positives:
        return pd.concat([log[item].drop_duplicates(), positives[item].drop_duplicates()]).drop_duplicates().to_frame()
    features = log[[item, *names]]
    for name in names:
        if not _agree(_codes(log[name]), _codes(log[item])):
            raise ValueError(
                f"Column {quoted(name)} does not belong to the item: log has rows of one item that differ in it; "
                f"leave it out of items, or pass a frame of items with one value for each, for instance "
                f"items=log.groupby({quoted(item)}, as_index=False)[{quoted(names)}].last()"
            )
    return features[~log[item].duplicated()].reset_index(drop=True)


def _shared_by_an_item(positives, log, others):
    """Return the columns beside `others`, (user, item, within), in which all rows of an item agree."""
    names = [name for name in log.columns if name in positives.columns and name not in others]
    if not names:
        return []
    user, item, _ = others
    users, ids = _codes(log[user]), _codes(log[item])
    found, unclear = [], []
    for name in names:
        codes = _codes(log[name])
        if (codes == codes[0]).all() or not _agree(codes, ids):
            continue
        found.append(name)
        if len(np.unique(ids)) == len(ids) or _agree(codes, users):
            unclear.append(name)
    if unclear:
        raise ValueError(
            f"Whether the columns {quoted(unclear)} belong to the item or to the user cannot be seen from these rows; "
            "name those of the item, items=[...], or give a frame of items"
        )
    return found


def _agree(codes, groups):
    """Whether `codes` are equal within each group."""
    _, first, group = np.unique(groups, return_index=True, return_inverse=True)
    return bool((codes[first][group] == codes).all())


def _codes(column):
    """Return integers that are equal where the cells are."""
    try:
        return factorize(column)[0]
    except (TypeError, NotImplementedError):  # lists, which have no hash
        return factorize(column.map(str))[0]


def _typed(values, like):
    """Return distinct values in the dtype of the column `like`, a category extended by what it lacks."""
    dtype = like.dtype
    if isinstance(dtype, pd.CategoricalDtype):
        lacking = values[~values.isin(dtype.categories)]
        categories = dtype.categories.append(lacking) if len(lacking) else dtype.categories
        dtype = pd.CategoricalDtype(categories, ordered=dtype.ordered)
    return pd.array(values, dtype=dtype)


def _check_kind(name, positives, other, role):
    """Raise TypeError if ids are text in one frame and not in the other, where none would be found."""
    by_text = is_enum(positives[name].dtype) or is_enum(other[name].dtype)
    values, known = example(other[name]), example(positives[name])
    check_equal(values, known, f"Column {quoted(name)} of {role}", source="in positives", by_text=by_text)


def _frame(X, role, *ids):
    """Return the frame `X` as pandas, its id columns there and without gaps."""
    frame = frame_of(X, role)
    for name in ids:
        if name not in frame.columns:
            raise ValueError(
                f"{role} has no column {quoted(name)}, it has {quoted(frame.columns)}; name the ids, user=... item=..."
            )
        if frame[name].isna().any():
            raise ValueError(f"Column {quoted(name)} of {role} has missing ids; drop those rows")
    if not len(frame):
        raise ValueError(f"Expected rows in {role}, got none")
    return frame
