"""Interaction logs to histories: what a user did before the row."""

from numbers import Integral
from typing import Any, ClassVar, Self

import numpy as np
import pandas as pd
import pyarrow as pa
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from skrec._learnt import at_one_moment, learning
from skrec._text import quoted
from skrec._validation import (
    Whole,
    _check_feature_names_in,
    _fit_context,
    check_consistent_length,
    column_or_1d,
)
from skrec.data import (
    Vocabulary,
    as_pandas,
    check_same_kind,
    is_frame,
    moment_after,
    raw_rows,
    read_times,
    refuse_columns,
    warn_of_positive,
)
from skrec.preprocessing._category import check_scalars
from skrec.preprocessing._events import Events, as_block, as_lists
from skrec.preprocessing._frames import TypedFrameMixin, read
from skrec.preprocessing._selection import column_name
from skrec.preprocessing._tokens import token_array

_COLUMN = [str, Integral]
_EXACT = 2**53  # up to here integers are exact as float64


class HistoryEncoder(TypedFrameMixin, BaseEstimator):
    """Add to each row what its user did strictly before its time, newest last.

    A model of behaviour sequences learns from such histories; a history that holds the row itself, or anything later,
    gives the answer away. Neither is possible here: only events of an earlier time count.

    Parameters
    ----------
    user, item, time : str or int, default=0, 1 and -1
        Names or positions of the columns, -1 being the last. Times are numbers or dates, rows may be in any order.
    columns : list of str or int, str, int or None, default=None
        Further columns of the events, such as the item's category, of which histories are made beside that of `item`.
    max_length : int, default=50
        Of a longer history the newest events are kept.

    Attributes
    ----------
    columns_ : list of str
        The columns of which histories are made, `item` first.
    now_ : int, float or pandas.Timestamp
        The first moment after all events: at this time a row has all that its user did. `skrec.retrieval.Recommender`
        takes it for users who come without a time.
    n_features_in_ : int
        Number of columns seen in `fit`.
    feature_names_in_ : ndarray of shape (`n_features_in_`,), object
        Their names, where all of them are strings.

    See Also
    --------
    SequenceEncoder : For histories that are there already, as lists or as text.
    TableEncoder : Selects from the result, by name, what a model shall see.

    Notes
    -----
    The histories of `fit`'s own rows obey the same rule as those of any later row, so that
    ``fit(X, y).transform(X)`` and ``fit_transform(X, y)`` agree, and a Pipeline trains on what it will see.

    Events at the same time of one user follow each other in the order of the log's rows, and none is in the history of
    another. Dates count to the microsecond. Events without user or item are left out; one without category is a
    missing token in that history, so that all histories of a row stay as long as each other. A user without earlier
    events, a missing one and one whom the log does not know have empty histories.

    The time of a search and of the lists: n log(n), and one step for each token; nothing is done row by row.

    A pyarrow.dataset.Dataset of rows is encoded a part at a time; the events come as a frame, `log`.

    Parquet files with such columns are read with ``pandas.read_parquet(..., dtype_backend="pyarrow")`` or by polars;
    without its Arrow backend pandas 3.1 does not read the lists that it wrote.

    A frame with a list column ``hist_<column>`` for each of `columns_` comes out, except for a plain array of numbers,
    of which scikit-learn asks that its rows stay rows of an array: there each history is `max_length` columns, filled
    from the right, NaN before it begins.

    Examples
    --------
    >>> import pandas as pd
    >>> from skrec.preprocessing import HistoryEncoder
    >>> log = pd.DataFrame({
    ...     "user": ["ann", "ann", "bob", "ann"], "item": ["tea", "jam", "tea", "rum"], "day": [1, 2, 2, 5],
    ... })
    >>> encoder = HistoryEncoder("user", "item", "day").fit(log)
    >>> encoder.transform(log)
      user item  day       hist_item
    0  ann  tea    1              []
    1  ann  jam    2         ['tea']
    2  bob  tea    2              []
    3  ann  rum    5   ['tea' 'jam']
    >>> encoder.transform(pd.DataFrame({"user": ["ann", "eve"], "item": ["gin", "tea"], "day": [9, 9]}))
      user item  day              hist_item
    0  ann  gin    9    ['tea' 'jam' 'rum']
    1  eve  tea    9                     []
    >>> HistoryEncoder("user", "item", "day").fit(log.astype({"day": str}))
    Traceback (most recent call last):
        ...
    TypeError: Column 'day': expected times as numbers or dates, got text such as '1'; convert it with ...
    """

    _parameter_constraints: ClassVar[dict] = {
        "user": _COLUMN,
        "item": _COLUMN,
        "time": _COLUMN,
        "columns": ["array-like", *_COLUMN, None],
        "max_length": [Whole(1)],
    }

    def __init__(
        self,
        user: str | int = 0,
        item: str | int = 1,
        time: str | int = -1,
        *,
        columns: Any = None,
        max_length: int = 50,
    ) -> None:
        self.user = user
        self.item = item
        self.time = time
        self.columns = columns
        self.max_length = max_length

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(self, X: Any, y: Any = None, *, log: Any = None) -> Self:
        """Remember what each user did, and when.

        Parameters
        ----------
        X : DataFrame (pandas, polars), Arrow table or array-like of shape (n_rows, n_columns)
        y : array-like of shape (n_rows,), default=None
            Without `log`, the rows of `X` that are positive are the events: numbers above zero, True, or the second of
            two text labels in their order, of which a warning tells. Without `y` all rows are.
        log : DataFrame (pandas, polars), Arrow table or array-like of shape (n_events, n_log_columns), default=None
            The events, if not in `X`: found in it under the names of the columns of `X`. `y` plays no part then. In a
            Pipeline it arrives by metadata routing, ``set_fit_request(log=True)``. scikit-learn cuts what has as many
            rows as `X` into the folds of a cross-validation; a log of another length stays whole.

        Returns
        -------
        self : object

        Raises
        ------
        TypeError
            If times are text, or a column has lists, dates or values of several types.
        ValueError
            If a column is not there, a time is missing, `log` has no rows, or `y` cannot be told positive.
        """
        with learning(self) as work:
            raw = raw_rows(X, y)
            if raw is not None and log is None:
                raise ValueError(
                    "Expected the events as log=..., a frame, where X is a Dataset: HistoryEncoder holds them in memory"
                )
            frame = read(work, X if raw is None else raw.head, reset=True, finite=True)
            events = _positives(frame, y) if log is None else _table(log)
            work._find_columns(frame, events, "X" if log is None else "log")
            work._learn(events)
            work._rows(frame)
            numbers = not is_frame(X) and all(dtype.kind in "fiu" for dtype in frame.dtypes)
            work._plain = numbers and all(pa.types.is_primitive(tokens.type) for tokens in work._tokens)
        return self

    @at_one_moment
    def transform(self, X: Any) -> Any:
        """Return the columns of `X` and the histories of its rows.

        Parameters
        ----------
        X : DataFrame (pandas, polars), Arrow table or array-like of shape (n_rows, n_columns)
            Of a typed frame the columns of user and time, found by name in any order and among others; those of
            `fit` that it has are passed on, in the order of `fit`. Users whom `fit` saw or not.

        Returns
        -------
        X_out : DataFrame of shape (n_rows, n_columns + n_histories)
            The columns of `fit` that are there, and the histories as Arrow lists, in `columns_`' order. A float array
            for an array of numbers, see Notes.

        Raises
        ------
        TypeError, ValueError
            If a time is missing, or times or users are of another kind than in `fit`, or integers of an array are not
            exact as floats.
        """
        check_is_fitted(self)
        if (raw := raw_rows(X)) is not None:
            return raw.encoded(self.transform, [name for name in self._names_in if name in raw.names])
        frame = read(self, X, reset=False, finite=True, needed=[self._user, self._time])
        users, times = self._rows(frame)
        start, stop = self._events.before(users, times, self.max_length)
        if self._plain and not is_frame(X) and self._container() == "default":
            return np.column_stack([_exact(frame), *(as_block(t, start, stop, self.max_length) for t in self._tokens)])
        frame = frame.copy(deep=False)
        for name, tokens in zip(self.columns_, self._tokens, strict=True):
            frame[f"hist_{name}"] = pd.arrays.ArrowExtensionArray(as_lists(tokens, start, stop))
        return self._deliver(frame, as_array=False)

    @property
    @at_one_moment
    def now_(self) -> Any:
        """The first moment after all events."""
        check_is_fitted(self)
        return moment_after(self._events.last, self._kind)

    @at_one_moment
    def get_feature_names_out(self, input_features: Any = None) -> np.ndarray:
        """Return the names of the output's columns.

        Parameters
        ----------
        input_features : array-like of shape (`n_features_in_`,), default=None
            There for scikit-learn: the names of `fit` if given, which change nothing.

        Returns
        -------
        names : ndarray of shape (n_columns_out,), object
            Where `fit` saw an array of numbers, ``hist_<column>_<i>``, the newest event last.
        """
        check_is_fitted(self)
        _check_feature_names_in(self, input_features)
        names = [f"hist_{name}" for name in self.columns_]
        if self._plain and self._container() == "default":
            names = [f"{name}_{i}" for name in names for i in range(self.max_length)]
        return np.array([*self._names_in, *names], dtype=object)

    def __sklearn_tags__(self) -> Any:
        """A missing time is refused."""
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = False
        return tags

    def _find_columns(self, frame, events, source):
        """Learn the names of the columns: user and time in `frame`, all of them in `events`, which is `source`."""
        columns = [self.columns] if isinstance(self.columns, (str, Integral)) else list(self.columns or [])
        keys = [("user", self.user), ("time", self.time), ("item", self.item), *(("columns", key) for key in columns)]
        needed = 1 + max((key for _, key in keys if isinstance(key, Integral)), default=0)
        if frame.shape[1] < needed:
            raise ValueError(
                f"Found a table with {frame.shape[1]} feature(s) while a minimum of {needed} is required by "
                f"{type(self).__name__}(user={quoted(self.user)}, item={quoted(self.item)}, "
                f"time={quoted(self.time)}); name its columns"
            )
        names = []
        for role, key in keys:
            known = role in ("user", "time") or isinstance(key, Integral)
            name = column_name(frame, key, role) if known else key
            names.append(column_name(events, name, role, source))
        self._user, self._time, *made = names
        self.columns_ = list(dict.fromkeys(made))
        self._names_in = list(frame.columns)
        taken = [f"hist_{name}" for name in self.columns_ if f"hist_{name}" in self._names_in]
        if taken:
            raise ValueError(
                f"Expected the names of histories to be free, X has {quoted(taken)} already; rename or drop them"
            )

    def _learn(self, events):
        """Learn who did what when."""
        for name in (self._user, *self.columns_):
            check_scalars(events[name])
        times = read_times(events[self._time])
        users = Vocabulary.learn(events[self._user])
        codes = users.encode(events[self._user]).astype(np.int64) - 1
        complete = np.flatnonzero((codes >= 0) & events[self.columns_[0]].notna().to_numpy())
        self._users, self._kind = users, times.kind
        self._events = Events(codes[complete], times.values[complete], len(users) - 1)
        order = complete[self._events.order]
        self._tokens = [token_array(events[name].iloc[order]) for name in self.columns_]

    def _rows(self, frame):
        """Return the users' codes, int64, -1 where unknown, and the times of the rows of `frame`."""
        users = frame[self._user]
        check_scalars(users)
        codes = self._users.encode(users, source="in the events").astype(np.int64) - 1
        times = read_times(frame[self._time])
        check_same_kind(times.kind, self._kind, "X", "the events")
        return codes, times.values


def _positives(frame, y):
    """Return the rows of `frame` that `y` says are positive, all without it."""
    if y is None:
        return frame
    y = column_or_1d(y, warn=True)
    check_consistent_length(frame, y)
    if pd.isna(y).any():
        raise ValueError("Input y contains NaN; drop the rows without a label")
    y = pd.Series(y).infer_objects().to_numpy()
    if y.dtype.kind in "biuf":
        return frame[y > 0]
    labels = np.unique(y)
    if len(labels) != 2:
        raise ValueError(
            f"Expected y as numbers, positive above zero, or as two text labels, got {len(labels)} of them, "
            f"{quoted(labels[0])} for one; say which are positive, such as y == {quoted(labels[0])}"
        )
    warn_of_positive(labels, "HistoryEncoder")
    return frame[y == labels[1]]


def _table(log):
    """Return `log` as a frame with string names, those of an array as `read` gives them."""
    refuse_columns(log)
    frame = as_pandas(log) if is_frame(log) else pd.DataFrame(np.asarray(log)).infer_objects()
    if not len(frame):
        raise ValueError("Expected events in log, got no rows; leave log out, and the rows of X are the events")
    named = all(isinstance(name, str) for name in frame.columns)
    return frame if named else frame.set_axis([f"x{i}" for i in range(frame.shape[1])], axis=1)


def _exact(frame):
    """Return the numbers of an array as floats, refusing integers that collapse."""
    numbers = frame.to_numpy()
    if numbers.dtype.kind != "f" and ((numbers > _EXACT) | (numbers < -_EXACT)).any():
        raise ValueError(
            f"Expected integers within 2**53 in an array, got {numbers.max()}; pass a frame, which keeps ids"
        )
    return numbers
