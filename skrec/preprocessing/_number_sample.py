"""Numbers from everywhere, out of rows that come in parts."""

import numpy as np
import pandas as pd

from skrec.preprocessing._numeric import as_float

__all__ = ["NumberSample"]

SAMPLE_ROWS = 2**16


class NumberSample:
    """Keeps the numbers of every k-th row, and which columns have missing ones anywhere.

    Parameters
    ----------
    names : list of str
        The columns.
    n_rows : int
        Of all parts: k is the least of which at most `SAMPLE_ROWS` are kept.

    Attributes
    ----------
    missing : list of str
        Columns with missing numbers.
    """

    def __init__(self, names, n_rows):
        self.names, self.step = names, max(1, -(-n_rows // SAMPLE_ROWS))
        self.n_seen, self.kept, self._gaps = 0, [], np.zeros(len(names), bool)

    @property
    def missing(self):
        """Columns with missing numbers so far."""
        return [name for name, has in zip(self.names, self._gaps, strict=True) if has]

    def add(self, frame):
        """Take a part, and refuse what is no number in it."""
        columns = [as_float(frame[name]) for name in self.names]
        self._gaps |= np.array([np.isnan(column).any() for column in columns], bool)
        rows = slice(-self.n_seen % self.step, None, self.step)
        self.kept.append(pd.DataFrame({name: c[rows] for name, c in zip(self.names, columns, strict=True)}))
        self.n_seen += len(frame)

    def result(self):
        """Return the numbers that are kept, a frame of float64."""
        return pd.concat(self.kept, ignore_index=True)
