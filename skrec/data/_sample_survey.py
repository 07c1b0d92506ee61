"""Rows from everywhere, out of rows that come in chunks."""

import numpy as np
import pandas as pd

from skrec.data._row_groups import Sample

SAMPLE_ROWS = 2**16  # are kept at most: quantiles and the like are theirs


class SampleSurvey:
    """Keeps every k-th row.

    Parameters
    ----------
    n_rows : int
        All rows of all chunks, of other processes too: k is the least of which at most `SAMPLE_ROWS` are kept.
    """

    def __init__(self, n_rows):
        self.step = -(-n_rows // SAMPLE_ROWS)
        self.kept, self.n_seen = {}, 0

    def add(self, sample, first=None):
        """Take a chunk, a Sample; `first` is the number of its first row among all, by default the next one."""
        first = self.n_seen if first is None else first
        self.kept[first] = sample.take(np.arange(-first % self.step, sample.n_rows, self.step))
        self.n_seen = first + sample.n_rows

    def merge(self, other):
        """Take the rows of another SampleSurvey, whose chunks had other numbers."""
        self.kept |= other.kept

    def result(self):
        """Return the Sample, in the order of the rows."""
        frames, *numbers = zip(*(self.kept[first] for first in sorted(self.kept)), strict=True)
        return Sample(pd.concat(frames), *map(np.concatenate, numbers))
