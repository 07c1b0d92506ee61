"""The categories of a column that comes in chunks."""

from typing import Any

import numpy as np
import pyarrow as pa

from skrec._text import brief, quoted, shortened
from skrec.data._columns import is_enum
from skrec.data._distinct import as_index, distinct
from skrec.data._vocabulary import Vocabulary

PENDING_VALUES = 2**18  # are held before they are merged, at least


class VocabularySurvey:
    """Learns the vocabulary of a column.

    Parameters
    ----------
    name : object
        The column that an error speaks of.
    declared : bool, default=False
        Let the vocabulary hold every category that a dtype declares, not only those that rows have.

    Notes
    -----
    The vocabulary is the same whatever the chunks and their order. That of a single chunk also knows the chunk's dtype,
    whose rows it recodes without hashing. In memory are the distinct values, at most twice, and a constant besides.
    """

    def __init__(self, name: Any, *, declared: bool = False) -> None:
        self.name, self.declared = name, declared
        self.single = None  # the vocabulary of the first chunk, until a second one comes
        self.by_text = None  # whether each chunk was a polars Enum; None before the first
        self.known, self.n_pending = pa.chunked_array([], pa.null()), 0
        self.pending: list = []

    def __getstate__(self) -> Any:
        return {**vars(self), "single": None, "known": self.values(), "pending": [], "n_pending": 0}

    def add(self, column: Any) -> None:
        """Learn from a chunk, a Series of shape (n_rows,)."""
        by_text = is_enum(column.dtype)
        if self.by_text is None:
            self.single, self.by_text = Vocabulary.learn(column, declared=self.declared), by_text
            return
        codes, values = distinct(column)
        present = np.zeros(len(values) + 1, bool)
        present[codes] = True  # code -1, missing, marks the last
        if not (self.declared or present[:-1].all()):
            values = values.filter(pa.array(present[:-1]))
        self._take(values, by_text)

    def merge(self, other: Any) -> None:
        """Learn what another VocabularySurvey has."""
        if self.by_text is None:
            self.single, self.by_text, self.known = other.single, other.by_text, other.values()
        elif other.by_text is not None:
            self._take(other.values(), other.by_text)

    def result(self) -> Any:
        """Return the Vocabulary."""
        if self.single is not None:
            return self.single
        return Vocabulary.of(as_index(self.values()), self.name, by_text=bool(self.by_text))

    def values(self) -> Any:
        """Return the distinct values as an Arrow array, in any order."""
        if self.single is not None:
            return pa.array(self.single.values)
        self._combine()
        return self.known

    def _take(self, values, by_text):
        self.known, self.single = self.values() if self.single is not None else self.known, None
        self.pending.append(values)
        self.n_pending += len(values)
        self.by_text = self.by_text and by_text
        # combined only when they are as many as what is known: each value is hashed a few times at most
        if self.n_pending > max(PENDING_VALUES, len(self.known)):
            self._combine()

    def _combine(self):
        columns = [pa.table({"value": part}) for part in (self.known, *self.pending) if len(part)]
        if self.pending and columns:
            try:
                self.known = pa.concat_tables(columns, promote_options="permissive")["value"].unique()
            except (pa.ArrowTypeError, pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
                raise TypeError(
                    f"Column {quoted(self.name)}: expected categories of one type in all chunks, text, numbers or "
                    f"booleans, got others ({shortened(error)}); give it one type, for instance with .astype(str)"
                ) from brief(error)
        self.pending, self.n_pending = [], 0
