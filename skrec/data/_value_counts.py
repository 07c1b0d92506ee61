"""How often the values of a column occur, which may come in chunks."""

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from skrec._text import brief, quoted, shortened
from skrec.data._columns import is_enum
from skrec.data._distinct import as_index, distinct, factorize
from skrec.data._vocabulary_survey import PENDING_VALUES

__all__ = ["ValueCounts"]


class ValueCounts:
    """Counts the values of a column.

    Parameters
    ----------
    name : object
        Of the column, for errors.

    Attributes
    ----------
    n_rows : int
        Cells so far, missing ones too.
    by_text : bool or None
        Whether each chunk was a polars Enum; None before the first.

    Notes
    -----
    The values of a single chunk are what `factorize` gives; several are put together as Arrow arrays.
    """

    def __init__(self, name: Any) -> None:
        self.name, self.n_rows, self.by_text = name, 0, None
        self.single: Any = None  # values and counts of the first chunk, until a second one comes
        self.held: list[pa.Table] = []
        self.n_pending = 0

    def add(self, column: pd.Series) -> None:
        """Count a chunk."""
        by_text = is_enum(column.dtype)
        self.n_rows += len(column)
        if self.by_text is None:
            self.single, self.by_text = _counted(*factorize(column)), by_text
            return
        self.by_text = self.by_text and by_text
        self._unify()
        self._hold(*_counted(*distinct(column)))
        if self.n_pending > max(PENDING_VALUES, len(self.held[0])):
            self._combine()

    def result(self) -> tuple[pd.Index, np.ndarray]:
        """Return the distinct values, in any order, and how often each occurs, (n_values,) int64."""
        if self.single is not None:
            return self.single
        self._combine()
        (table,) = self.held
        return as_index(table["value"].combine_chunks()), table["count"].to_numpy()

    def _unify(self):
        if self.single is not None:
            values, counts = self.single
            self._hold(pa.array(values), counts)
            self.single = None

    def _hold(self, values, counts):
        there = np.flatnonzero(counts)
        self.held.append(pa.table({"value": values.take(pa.array(there)), "count": counts[there]}))
        self.n_pending += len(there)

    def _combine(self):
        filled = [table for table in self.held if len(table)] or self.held[:1]
        try:
            table = pa.concat_tables(filled, promote_options="permissive")
        except (pa.ArrowTypeError, pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
            raise TypeError(
                f"Column {quoted(self.name)}: expected values of one type in all chunks, text, numbers or booleans, "
                f"got others ({shortened(error)}); give it one type where it is written"
            ) from brief(error)
        table = table.group_by("value").aggregate([("count", "sum")])
        self.held, self.n_pending = [pa.table({"value": table["value"], "count": table["count_sum"]})], 0


def _counted(codes, values):
    return values, np.bincount(codes[codes >= 0], minlength=len(values))
