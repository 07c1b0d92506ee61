"""Earlier rows to train on, later ones to test on."""

from collections.abc import Iterator
from datetime import timedelta
from numbers import Integral, Real
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from sklearn.model_selection import BaseCrossValidator

from skrec._text import quoted
from skrec._validation import Interval, check_consistent_length, validate_params
from skrec.data import read_times
from skrec.model_selection._columns import column_of, groups_of, read_once

_CONSTRAINTS = {
    "time": [str, Integral],
    "n_splits": [Interval(Integral, 1, None, closed="left")],
    # numpy's spans first, as Python counts them among the integers
    "gap": [np.timedelta64, Interval(Real, 0, None, closed="left"), str, timedelta, pd.offsets.BaseOffset],
    "window": [np.timedelta64, Interval(Real, 0, None, closed="neither"), str, timedelta, pd.offsets.BaseOffset, None],
}


class TemporalSplit(BaseCrossValidator):
    """Test on one block of time after the other, each time training on what came before it.

    No row of a training part is as late as any of its test part: rows of the same time are never split.

    Parameters
    ----------
    time : str or int
        Name or position of the column of `X` with the times, numbers or dates. Rows may be in any order.
    n_splits : int, default=5
        Number of test blocks. Time is cut so that these, and one more in front, have about the same number of rows.
    gap : number, str, Timedelta or timedelta64, default=0
        How long before its test block a training part ends: a number in the unit of the times, or where they are dates
        a span such as ``"7D"``.
    window : number, str, Timedelta or timedelta64, default=None
        How long a training part is, at most: a window that rolls. None takes all that came before, and expands.

    See Also
    --------
    GroupedTemporalSplit : Keeps groups, such as sessions, whole.
    sklearn.model_selection.TimeSeriesSplit : Cuts by the number of rows, in the order that they have.

    Examples
    --------
    >>> import pandas as pd
    >>> from skrec.model_selection import TemporalSplit
    >>> X = pd.DataFrame({"item": list("abcdef"), "day": [1, 4, 2, 2, 3, 5]})
    >>> for train, test in TemporalSplit("day", n_splits=2).split(X):
    ...     print(X["day"][train].tolist(), X["day"][test].tolist())
    [1] [2, 2, 3]
    [1, 2, 2, 3] [4, 5]
    >>> next(TemporalSplit("day", n_splits=2, gap=1).split(X))
    Traceback (most recent call last):
        ...
    ValueError: Expected rows to train on before each test block, got none before 2 with gap=1 and window=None; ...
    """

    @validate_params(_CONSTRAINTS, prefer_skip_nested_validation=True)
    def __init__(self, time: str | int, n_splits: int = 5, *, gap: Any = 0, window: Any = None) -> None:
        self.time = time
        self.n_splits = n_splits
        self.gap = gap
        self.window = window

    def get_n_splits(self, X: Any = None, y: Any = None, groups: Any = None) -> Any:
        """Return the number of splits; nothing that is passed changes it."""
        return self.n_splits

    def split(self, X: Any, y: Any = None, groups: Any = None) -> Iterator[Any]:
        """Yield the positions of training and test rows, the earliest test block first.

        Parameters
        ----------
        X : DataFrame (pandas, polars), Arrow table or array-like of shape (n_rows, n_columns)
        y : object
            Not used.
        groups : array-like of shape (n_rows,), default=None
            Read by a `GroupedTemporalSplit` whose `group` names no column.

        Yields
        ------
        train, test : ndarray of shape (n_train,) and (n_test,), int64
            In the order of the rows.

        Raises
        ------
        ValueError
            If the column is not there, times are missing, too few of them differ, or a training part has no row.
        TypeError
            If times are text, or `gap` and `window` are of another kind than they.
        """
        first, last, kind = self._spans(read_once(X), groups)
        gap = _span(self.gap, kind, "gap")
        window = None if self.window is None else _span(self.window, kind, "window")
        cuts = self._cuts(first)
        for start, stop in zip(cuts, [*cuts[1:], None], strict=True):
            test = (first >= start) if stop is None else (first >= start) & (first < stop)
            train = last < start - gap
            if window is not None:
                train &= first >= start - gap - window
            if not train.any():
                raise ValueError(
                    f"Expected rows to train on before each test block, got none before {start} with "
                    f"gap={quoted(self.gap)} and window={quoted(self.window)}; shorten the gap, widen the window, or "
                    "make n_splits smaller"
                )
            yield np.flatnonzero(train), np.flatnonzero(test)

    def _spans(self, X, groups):
        """Return when each row begins and ends, here the same, and the kind of time."""
        times = read_times(column_of(X, self.time, "time"))
        return times.values, times.values, times.kind

    def _cuts(self, first):
        """Return where the test blocks begin, shape (n_splits,)."""
        ordered = np.sort(first)
        starts = np.arange(self.n_splits + 1) * len(ordered) // (self.n_splits + 1)
        cuts = ordered[starts[: len(ordered)]]
        if len(cuts) <= self.n_splits or not (cuts[:-1] < cuts[1:]).all():
            raise ValueError(
                f"Expected enough different times for {self.n_splits} test blocks and rows before them, got "
                f"{len(np.unique(ordered))} in {len(ordered)} rows, or too many at one time; make n_splits smaller"
            )
        return cuts[1:]


class GroupedTemporalSplit(TemporalSplit):
    """Test on one block of time after the other, with every group, such as a session, whole on one side.

    A group belongs to the block in which it begins; a training part has the groups that ended before. Groups that began
    before a test block and go on in it are on neither side of that split.

    Parameters
    ----------
    time : str or int
        Name or position of the column of `X` with the times, numbers or dates. Rows may be in any order.
    n_splits : int, default=5
        Number of test blocks. Time is cut so that these, and one more in front, have about the same number of rows.
    group : str or int, default=None
        Name or position of the column of `X` with the groups. None reads them from ``split(..., groups=...)``.
    gap : number, str, Timedelta or timedelta64, default=0
        How long before its test block a training part ends: a number in the unit of the times, or where they are dates
        a span such as ``"7D"``.
    window : number, str, Timedelta or timedelta64, default=None
        How long a training part is, at most: a window that rolls. None takes all that came before, and expands.

    Examples
    --------
    >>> import pandas as pd
    >>> from skrec.model_selection import GroupedTemporalSplit
    >>> X = pd.DataFrame({"session": list("aabbccdd"), "day": [1, 1, 2, 4, 4, 5, 6, 7]})
    >>> for train, test in GroupedTemporalSplit("day", n_splits=2, group="session").split(X):
    ...     print(X["session"][train].tolist(), X["session"][test].tolist())
    ['a', 'a'] ['b', 'b']
    ['a', 'a'] ['c', 'c', 'd', 'd']
    """

    # scikit-learn's metadata routing: GridSearchCV passes its groups on
    __metadata_request__split: ClassVar[dict] = {"groups": True}

    @validate_params({**_CONSTRAINTS, "group": [str, Integral, None]}, prefer_skip_nested_validation=True)
    def __init__(
        self, time: str | int, n_splits: int = 5, *, group: str | int | None = None, gap: Any = 0, window: Any = None
    ) -> None:
        super().__init__(time, n_splits, gap=gap, window=window)
        self.group = group

    def _spans(self, X, groups):
        """Return when the group of each row begins and ends, and the kind of time."""
        times = read_times(column_of(X, self.time, "time"))
        codes = groups_of(X, self.group, groups, "group")
        check_consistent_length(codes, times.values)
        order = np.lexsort((times.values, codes))
        begin = np.flatnonzero(np.diff(codes[order], prepend=-1))
        size = np.diff(begin, append=len(order))
        first, last = np.empty_like(times.values), np.empty_like(times.values)
        first[order] = np.repeat(times.values[order][begin], size)
        last[order] = np.repeat(times.values[order][begin + size - 1], size)
        return first, last, times.kind


def _span(value, kind, name):
    """Return a span of time that can be taken from times of a kind."""
    number = isinstance(value, Real) and not isinstance(value, np.timedelta64)
    if kind == "numbers":
        if number:
            return value
        raise TypeError(f"Expected {name} as a number, for the times are {kind}, got {quoted(value)}")
    if number and value:
        raise TypeError(
            f'Expected {name} as a span such as "7D" or a Timedelta, for the times are {kind}, got {quoted(value)}'
        )
    try:
        span = pd.Timedelta(value)
    except (ValueError, TypeError, OverflowError) as error:
        raise ValueError(
            f'Expected {name} as a span that is always as long, such as "7D" or pandas.Timedelta(days=7), got '
            f"{quoted(value)}"
        ) from error
    if not span >= pd.Timedelta(0):  # what is not a time is not
        raise ValueError(f"Expected {name} as a span of at least 0, got {quoted(value)}")
    return span.to_timedelta64().astype("timedelta64[us]")
