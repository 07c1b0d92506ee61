"""Who did what when, in an order in which what came before is one search away."""

import numpy as np
import pyarrow as pa

_BLOCK_ROWS = 65536  # rows whose tokens are gathered at once


class Events:
    """The events of each user in the order of time.

    Parameters
    ----------
    users : ndarray of shape (n_events,), int64
        Codes, 0 and up.
    times : ndarray of shape (n_events,), numbers or datetime64
    n_users : int
        Codes are below it.

    Attributes
    ----------
    order : ndarray of shape (n_events,), int64
        The events by user, then time, then the order in which they were given.

    last : number, datetime64 or None
        The latest time, None without events.

    Notes
    -----
    A time is replaced by its rank among the distinct ones, so that user and time make one integer, which does not
    decrease along `order`: the events of a user before a time are those from the user's first one to where the
    integer of that user and time would be inserted on the left.
    """

    def __init__(self, users, times, n_users):
        by_time = np.argsort(times, kind="stable")
        times = times[by_time]
        new = np.ones(len(times), bool)
        new[1:] = times[1:] != times[:-1]
        self._moments = times[new]  # numpy's unique hashes, and takes ten times as long
        self.last = self._moments[-1] if len(self._moments) else None
        by_user = np.argsort(users[by_time], kind="stable")
        self.order = by_time[by_user]
        users = users[self.order]
        self._keys = self._key(users, (np.cumsum(new) - 1)[by_user])
        self._first = np.searchsorted(users, np.arange(n_users))

    def before(self, users, times, max_length):
        """Return for each row the user's latest events strictly before its time.

        Parameters
        ----------
        users : ndarray of shape (n_rows,), int64
            Codes, -1 for a user without events.
        times : ndarray of shape (n_rows,)
        max_length : int

        Returns
        -------
        start, stop : ndarray of shape (n_rows,), int64
            Row i has the events ``order[start[i]:stop[i]]``, the latest one last.
        """
        stop = _places(self._keys, self._key(users, _places(self._moments, times)))
        stop = np.where(users < 0, 0, stop)
        first = np.append(self._first, 0)[users]  # the last entry answers code -1
        return np.maximum(first, stop - max_length), stop

    def _key(self, users, ranks):
        return users * (len(self._moments) + 1) + ranks  # at most n_users * (n_events + 1), which 64 bits hold


def _places(values, wanted):
    """Return how many of sorted `values` are below each of `wanted`, which are sorted to stay in the cache."""
    order = np.argsort(wanted)
    places = np.empty(len(wanted), np.int64)
    places[order] = np.searchsorted(values, wanted[order])
    return places


def as_lists(tokens, start, stop):
    """Return the tokens of all ranges ``start[i]:stop[i]`` as Arrow lists.

    Parameters
    ----------
    tokens : pyarrow.Array of shape (n_events,)
    start, stop : ndarray of shape (n_rows,), int64

    Returns
    -------
    lists : pyarrow.ChunkedArray of shape (n_rows,)
        In blocks, so that the indices of the tokens need no memory of their size.
    """
    chunks = []
    for begin in range(0, len(start), _BLOCK_ROWS):
        block = slice(begin, begin + _BLOCK_ROWS)
        places, offsets = _flatten(start[block], stop[block])
        offsets = pa.array(offsets, pa.int32())  # refuses what 32 bits do not hold
        chunks.append(pa.ListArray.from_arrays(offsets, tokens.take(pa.array(places))))
    return pa.chunked_array(chunks, pa.list_(tokens.type))


def as_block(tokens, start, stop, width):
    """Return the tokens of all ranges as a block of (n_rows, width), float64, the last at the right, NaN before."""
    places, offsets = _flatten(start, stop)
    rows = np.repeat(np.arange(len(start)), stop - start)
    block = np.full((len(start), width), np.nan)
    block[rows, width + np.arange(len(places)) - offsets[1:][rows]] = np.asarray(tokens, np.float64)[places]
    return block


def _flatten(start, stop):
    """Return the integers of all ranges one after the other, and where each range begins."""
    lengths = stop - start
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    return np.arange(offsets[-1]) + np.repeat(start - offsets[:-1], lengths), offsets
