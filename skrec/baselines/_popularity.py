"""What most people took."""

from numbers import Real
from typing import Any, ClassVar

import numpy as np

from skrec._text import quoted
from skrec._validation import Interval, Whole
from skrec.baselines._baseline import Baseline
from skrec.data import column_of, read_times


class Popularity(Baseline):
    """Rank items by how often they were taken, of late or ever; the same for everybody.

    Parameters
    ----------
    user, item : str or int, default=0 and 1
        The columns of the ids, by name or position.
    time : str, int or None, default=None
        With `half_life`, the column of the times, numbers or dates.
    half_life : float or None, default=None
        After how long a row counts half, in the unit of the times, of dates in days; None counts all rows the same.

    Attributes
    ----------
    popularity_ : ndarray of shape (n_items + 1,)
        How often each item was taken, the first of unknown ones zero.
    schema_ : Schema
        The ids.
    n_features_in_ : int
        Columns of the data.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Their names, where all are strings.

    Examples
    --------
    >>> import pandas as pd
    >>> from skrec.baselines import Popularity
    >>> log = pd.DataFrame({"user": list("aabbc"), "item": list("uvuwu"), "day": [1, 9, 2, 9, 1]})
    >>> Popularity().fit(log[["user", "item"]]).decision_function(log[["user", "item"]][:2])
    array([3., 1.])
    >>> late = Popularity(user="user", item="item", time="day", half_life=1.0).fit(log)
    >>> bool(late.decision_function(log)[1] > late.decision_function(log)[0])
    True
    """

    _parameter_constraints: ClassVar[dict] = {
        **Baseline._parameter_constraints,
        "time": [str, Whole(-(2**63)), None],
        "half_life": [Interval(Real, 0, None, closed="neither"), None],
    }

    def __init__(self, *, user: Any = 0, item: Any = 1, time: Any = None, half_life: float | None = None) -> None:
        self.user, self.item, self.time, self.half_life = user, item, time, half_life

    def _learn(self, frame, codes, there):
        if (self.time is None) != (self.half_life is None):
            raise ValueError(
                f"Expected time and half_life together, got time={quoted(self.time)} and half_life={self.half_life}; "
                "name the column and after how long a row counts half, or leave both out"
            )
        weight = np.ones(there.sum())
        if self.time is not None:
            name = self.time if isinstance(self.time, str) else frame.columns[self.time]
            times = read_times(frame.loc[there, column_of(frame, name, "time")])
            age = times.values.max() - times.values
            days = age / np.timedelta64(1, "D") if age.dtype.kind == "m" else age
            weight = 0.5 ** (days / self.half_life)
        self.popularity_ = np.bincount(codes[there, 1], weight, minlength=self._taken_.shape[1])

    def _scores(self, users):
        return np.tile(self.popularity_, (len(users), 1))
