"""Users alone and items alone through a whole pipeline, to what a model makes of each.

Functions, for `TableEncoder.transform` goes on refusing a frame without columns of `fit`: whoever transforms a frame
wants all that the model behind it reads, and an encoder that fills or leaves out what is not there would hide a column
that was forgotten, or a typing error in its name. Here the function's name says the side, whose columns are checked.
"""

from typing import Any

import numpy as np

from skrec._validation import check_is_fitted
from skrec.data import check_there, frame_of
from skrec.retrieval._pipelines import columns_of, columns_of_sides, steps_of, typed_side


def embed_users(estimator: Any, X: Any) -> np.ndarray:
    """Return the vectors of users, from their columns alone, through a Pipeline too.

    Parameters
    ----------
    estimator : fitted estimator or Pipeline
        Whose last step has `embed_users`, such as `TwoTowerClassifier`.
    X : DataFrame (pandas, polars) or Arrow table of shape (n_users, n_columns)
        Raw rows, as the first step reads them; columns of items are not needed, nor read. With `HistoryEncoder` in the
        pipeline, users without a time have the history of all that they did.

    Returns
    -------
    vectors : ndarray of shape (n_users, D), or of several vectors a user (n_users, K, D), float
        Whose inner products with those of `embed_items`, or the largest of them, rank as the model does.

    Raises
    ------
    TypeError
        If the estimator has no such vectors, or a pipeline gets no frame.
    ValueError
        If a column of the users is not there, or a first step refuses rows without those of items.

    Examples
    --------
    >>> import pandas as pd
    >>> from sklearn.pipeline import make_pipeline
    >>> from skrec import TwoTowerClassifier
    >>> from skrec.preprocessing import TableEncoder
    >>> from skrec.retrieval import embed_items, embed_users
    >>> log = pd.DataFrame({"user": ["ann", "ann", "bob", "bob"] * 50, "item": ["tea", "jam", "rum", "ale"] * 50})
    >>> pipe = make_pipeline(TableEncoder(categorical=["user", "item"]), TwoTowerClassifier(loss="softmax"))
    >>> pipe = pipe.fit(log, [1] * 200)
    >>> (embed_users(pipe, log[["user"]][:1]) @ embed_items(pipe, log[["item"]][:4]).T).shape
    (1, 4)
    """
    return _of_side(estimator, X, 0, "embed_users")


def embed_items(estimator: Any, X: Any) -> np.ndarray:
    """Return the vectors of items, from their columns alone, through a Pipeline too.

    Parameters
    ----------
    estimator : fitted estimator or Pipeline
        Whose last step has `embed_items`, such as `TwoTowerClassifier`.
    X : DataFrame (pandas, polars) or Arrow table of shape (n_items, n_columns)
        Raw rows, as the first step reads them, of items that `fit` had or new ones; columns of users are not needed,
        nor read.

    Returns
    -------
    vectors : ndarray of shape (n_items, D), float
        For an index, or to be multiplied with those of `embed_users`.

    Raises
    ------
    TypeError
        If the estimator has no such vectors, or a pipeline gets no frame.
    ValueError
        If a column of the items is not there, or a first step refuses rows without those of users.

    See Also
    --------
    embed_users : Has an example.
    """
    return _of_side(estimator, X, 1, "embed_items")


def represent_items(estimator: Any, X: Any) -> np.ndarray:
    """Return what a model has to know of items until users come, from the items' columns alone.

    Parameters
    ----------
    estimator : fitted estimator or Pipeline
        Whose last step has `represent_items`: `IntTowerClassifier`.
    X : DataFrame (pandas, polars) or Arrow table of shape (n_items, n_columns)
        Raw rows, as for `embed_items`.

    Returns
    -------
    items : ndarray of shape (n_items, n_numbers), float
        For `score_items`.

    Raises
    ------
    TypeError, ValueError
        As `embed_items`.
    """
    return _of_side(estimator, X, 1, "represent_items")


def score_items(estimator: Any, X: Any, items: Any) -> np.ndarray:
    """Return the log odds of each user with each item that was represented before.

    Parameters
    ----------
    estimator : fitted estimator or Pipeline
    X : DataFrame (pandas, polars) or Arrow table of shape (n_users, n_columns)
        Raw rows, as for `embed_users`.
    items : ndarray of shape (n_items, n_numbers)
        Of `represent_items`.

    Returns
    -------
    scores : ndarray of shape (n_users, n_items), float

    Raises
    ------
    TypeError, ValueError
        As `embed_users`.
    """
    return _of_side(estimator, X, 0, "score_items", items)


def _of_side(estimator, X, side, method, *args):
    """Return what a method of the last step makes of rows of one side, user 0 or item 1."""
    check_is_fitted(estimator)
    first, last = steps_of(estimator)
    if not hasattr(last, method):
        raise TypeError(
            f"{type(last).__name__} has no {method}; expected a model of two sides, as TwoTowerClassifier, which has "
            "embed_users and embed_items, and IntTowerClassifier, which has represent_items and score_items"
        )
    if first is not None:
        frame, names = frame_of(X, "X"), columns_of(estimator)
        if names is None:
            raise TypeError(
                f"Expected a pipeline that was fitted on a frame with names, got one whose {type(first[0]).__name__} "
                f"saw none, so that columns of one side cannot be told; fit it on a DataFrame, or call {method} of the "
                "last step"
            )
        sides = columns_of_sides(estimator, names)
        check_there(frame.columns.tolist(), sides[side])
        other = set(sides[1 - side]) - set(sides[side])
        X = typed_side(estimator, frame[[name for name in names if name in frame and name not in other]], names)
    return getattr(last, method)(X, *args)
