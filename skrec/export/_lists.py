"""List columns on their way to a net: those that are cut, and those that are made of a log.

Shape letters: B rows, T tokens in all rows together, L length of a list.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from skrec.data import Vocabulary
from skrec.export._columns import Codes, Column, Raw

_EXACT = 2**53  # up to here integers are exact as doubles


@dataclass(frozen=True)
class Cut(Column):
    """A list column of which `max_length` tokens are kept, the last ones or the first.

    Parameters
    ----------
    of : Column
    max_length : int
    keeps_last : bool
    """

    of: Column
    max_length: int
    keeps_last: bool

    @property
    def name(self):  # type: ignore[override]  # a field elsewhere
        return self.of.name

    def tokens(self, graph, codes):
        tokens, lengths = self.of.tokens(graph, codes)
        stop = graph.add("CumSum", [lengths, graph.constant(np.array(0))])
        start, most = graph.add("Sub", [stop, lengths]), graph.constant(np.array([self.max_length]))
        if self.keeps_last:
            start = graph.add("Max", [start, graph.add("Sub", [stop, most])])
        else:
            stop = graph.add("Min", [stop, graph.add("Add", [start, most])])
        places, lengths = ranges(graph, start, stop)
        return graph.add("Gather", [tokens, places]), lengths


@dataclass(frozen=True)
class History(Column):
    """What a row's user did strictly before its time, as a HistoryEncoder has it: the log is in the graph.

    Parameters
    ----------
    user, time : Column
    encoder : HistoryEncoder
        Fitted.
    place : int
        Which of its lists.
    """

    user: Column
    time: Column
    encoder: Any
    place: int

    @property
    def name(self):  # type: ignore[override]  # a field elsewhere
        return f"hist_{self.encoder.columns_[self.place]}"

    def tokens(self, graph, codes):
        places, lengths = graph.once(id(self.encoder), lambda: ranges(graph, *self._before(graph)))
        events = pd.Series(pd.arrays.ArrowExtensionArray(self.encoder._tokens[self.place]), name=self.name)
        known = np.append(0, codes.codes)[Vocabulary(codes.values).encode(events)]
        return graph.add("Gather", [graph.constant(np.append(known, 0)), places]), lengths

    def _before(self, graph):
        """Return where among all events those of the rows begin and end, two names of int64 (B,)."""
        events = self.encoder._events
        code = self.user.codes(graph, Codes.of_vocabulary(self.encoder._users))  # 0 for a user without events
        rank = _places(graph, _plain(events._moments), self._times(graph, events))
        user = graph.add("Sub", [code, graph.constant(np.array(1))])
        key = graph.add("Mul", [user, graph.constant(np.array(len(events._moments) + 1))])
        stop = _places(graph, events._keys, graph.add("Add", [key, rank]))
        known = graph.add("Greater", [code, graph.constant(np.array(0))])
        stop = graph.add("Where", [known, stop, graph.constant(np.array(0))])
        first = graph.add("Gather", [graph.constant(np.array([0, *events._first])), code])
        newest = graph.add("Sub", [stop, graph.constant(np.array(self.encoder.max_length))])
        return graph.add("Max", [first, newest]), stop

    def _times(self, graph, events):
        """Return the name of the times of the rows, in the dtype of the events' moments as `_plain` has them."""
        if not isinstance(self.time, Raw):
            return self.time.number().of.values(graph)
        moments = _plain(events._moments)
        if moments.dtype.kind == "f":
            return graph.number(self.time.name)
        if events._moments.dtype.kind == "M":
            graph.notes.setdefault("dates", {})[self.time.name] = self.encoder._kind
        return graph.integers(self.time.name)


def ranges(graph, start, stop):
    """Return all integers from `start` to below `stop`, row after row, (T,), and how many they are of each row."""
    one, zero = graph.constant(np.array(1)), graph.constant(np.array(0))
    axes = graph.constant(np.array([1]))
    lengths = graph.add("Sub", [stop, start])
    steps = graph.add("Range", [zero, graph.add("ReduceMax", [lengths], keepdims=0), one])
    grid = graph.add("Add", [graph.add("Unsqueeze", [start, axes]), steps])  # (B, L)
    there = graph.add("Less", [grid, graph.add("Unsqueeze", [stop, axes])])
    flat = graph.add("Reshape", [there, graph.constant(np.array([-1]))])
    return graph.add("Compress", [grid, flat]), lengths


def _plain(moments):
    """Return sorted moments as numbers: microseconds of dates, floats where they hold all integers that there are."""
    if moments.dtype.kind == "M":
        return moments.astype("datetime64[us]").astype(np.int64)
    exact = not len(moments) or max(abs(int(moments[0])), abs(int(moments[-1]))) <= _EXACT
    return moments.astype(np.float64) if moments.dtype.kind == "f" or exact else moments


def _places(graph, values, wanted):
    """Return how many of sorted `values`, an array, are below each of `wanted`, (B,) int64, by halving."""
    n_steps = len(values).bit_length()
    above = np.inf if values.dtype.kind == "f" else np.iinfo(np.int64).max
    padded = graph.constant(np.append(values, np.full(2**n_steps - len(values), above, values.dtype)))
    place = graph.add("Sub", [graph.add("Cast", [wanted], to=7), graph.add("Cast", [wanted], to=7)])  # zeros
    for step in reversed(range(n_steps)):
        probe = graph.add("Add", [place, graph.constant(np.array(2**step - 1))])
        below = graph.add("Less", [graph.add("Gather", [padded, probe]), wanted])
        further = [below, graph.constant(np.array(2**step)), graph.constant(np.array(0))]
        place = graph.add("Add", [place, graph.add("Where", further)])
    return place
