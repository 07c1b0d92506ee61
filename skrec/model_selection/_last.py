"""The last rows of each user to test on."""

from collections.abc import Iterator
from numbers import Integral
from typing import Any, ClassVar

import numpy as np
from sklearn.model_selection import BaseCrossValidator

from skrec._validation import Interval, check_consistent_length, validate_params
from skrec.data import read_times
from skrec.model_selection._columns import column_of, groups_of, read_once


class LeaveLastOut(BaseCrossValidator):
    """Test on the last row of each user, training on the rows before it.

    Parameters
    ----------
    time : str or int
        Name or position of the column of `X` with the times, numbers or dates. Of rows at the same time the one further
        down is the later.
    user : str or int, default=None
        Name or position of the column of `X` with the users. None reads them from ``split(..., groups=...)``.
    n_splits : int, default=1
        With 2, the first split tests on the last row but one of each user, and leaves the last one alone, which the
        second split tests on: choose on the first, report on the second.
    n_last : int, default=1
        Rows of a user in a test part.

    See Also
    --------
    TemporalSplit : One point in time for all users.

    Notes
    -----
    Users who have no row before those to test on are not tested; what is not left for a later split trains. Training
    rows of other users may be later than a test row, so that what is popular then is known: see `TemporalSplit`.

    Examples
    --------
    >>> import pandas as pd
    >>> from skrec.model_selection import LeaveLastOut
    >>> X = pd.DataFrame({"user": list("abaabc"), "day": [1, 1, 3, 2, 2, 1]})
    >>> for train, test in LeaveLastOut("day", user="user", n_splits=2).split(X):
    ...     print(train, test)
    [0 1] [3]
    [0 1 3 5] [2 4]
    """

    # scikit-learn's metadata routing: GridSearchCV passes its groups on
    __metadata_request__split: ClassVar[dict] = {"groups": True}

    @validate_params(
        {
            "time": [str, Integral],
            "user": [str, Integral, None],
            "n_splits": [Interval(Integral, 1, None, closed="left")],
            "n_last": [Interval(Integral, 1, None, closed="left")],
        },
        prefer_skip_nested_validation=True,
    )
    def __init__(self, time: str | int, *, user: str | int | None = None, n_splits: int = 1, n_last: int = 1) -> None:
        self.time = time
        self.user = user
        self.n_splits = n_splits
        self.n_last = n_last

    def get_n_splits(self, X: Any = None, y: Any = None, groups: Any = None) -> Any:
        """Return the number of splits; nothing that is passed changes it."""
        return self.n_splits

    def split(self, X: Any, y: Any = None, groups: Any = None) -> Iterator[Any]:
        """Yield the positions of training and test rows, the last rows of the users in the last split.

        Parameters
        ----------
        X : DataFrame (pandas, polars), Arrow table or array-like of shape (n_rows, n_columns)
        y : object
            Not used.
        groups : array-like of shape (n_rows,), default=None
            The users, where `user` names no column.

        Yields
        ------
        train, test : ndarray of shape (n_train,) and (n_test,), int64
            In the order of the rows.

        Raises
        ------
        ValueError
            If a column is not there, a time or a user is missing, or no user has rows enough.
        TypeError
            If times are text.
        """
        X = read_once(X)
        times = read_times(column_of(X, self.time, "time"))
        users = groups_of(X, self.user, groups, "user")
        check_consistent_length(users, times.values)
        order = np.lexsort((times.values, users))  # stable
        size = np.bincount(users)[users]
        after = np.empty(len(users), np.int64)  # rows of the user after each row
        after[order] = np.cumsum(np.bincount(users))[users[order]] - 1 - np.arange(len(users))
        for left in range((self.n_splits - 1) * self.n_last, -1, -self.n_last):
            tested = size > left + self.n_last
            test = tested & (after >= left) & (after < left + self.n_last)
            train = (after >= left) & ~test
            if not test.any():
                raise ValueError(
                    f"Expected a user with more than {left + self.n_last} rows for n_splits={self.n_splits} and "
                    f"n_last={self.n_last}, got at most {size.max(initial=0)}; make them smaller"
                )
            yield np.flatnonzero(train), np.flatnonzero(test)
