"""Rows that come at once."""

from typing import Any, NamedTuple

import numpy as np
import pandas as pd


class Chunk(NamedTuple):
    """Checked rows that come at once: the columns as a pandas frame, the raw target, the weights."""

    frame: pd.DataFrame
    y: np.ndarray | None  # None of rows to predict
    weight: np.ndarray | None

    @property
    def n_rows(self) -> Any:
        """Number of rows."""
        return len(self.frame)

    def take(self, rows: Any) -> Any:
        """Return the chunk of `rows`, positions or a mask."""
        y, weight = (None if part is None else part[rows] for part in (self.y, self.weight))
        return Chunk(self.frame.iloc[rows], y, weight)
