"""Rows from everywhere, out of rows that come in chunks."""

from typing import Any

import numpy as np
import pandas as pd

from skrec.data._chunk import Chunk

SAMPLE_ROWS = 2**16  # are kept at most: quantiles and the like are theirs


class SampleSurvey:
    """Keeps every k-th row.

    Parameters
    ----------
    n_rows : int
        All rows of all chunks, of other processes too: k is the least of which at most `SAMPLE_ROWS` are kept.
    """

    def __init__(self, n_rows: int) -> None:
        self.step = -(-n_rows // SAMPLE_ROWS)
        self.kept: dict = {}
        self.n_seen = 0

    def add(self, chunk: Any, first: Any = None) -> None:
        """Take a chunk; `first` is the number of its first row among all, by default the next one."""
        first = self.n_seen if first is None else first
        self.kept[first] = chunk.take(np.arange(-first % self.step, chunk.n_rows, self.step))
        self.n_seen = first + chunk.n_rows

    def merge(self, other: Any) -> None:
        """Take the rows of another SampleSurvey, whose chunks had other numbers."""
        self.kept |= other.kept

    def result(self) -> Any:
        """Return them as a Chunk, in the order of the rows."""
        frames, *numbers = zip(*(self.kept[first] for first in sorted(self.kept)), strict=True)
        return Chunk(pd.concat(frames), *map(np.concatenate, numbers))
