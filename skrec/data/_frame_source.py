"""Rows in memory."""

from hashlib import blake2b

import numpy as np
import pandas as pd

from skrec.data._split import shuffled, stratified
from skrec.data._weights import even_exponent, scaled

COMPARED_ROWS = 256


class FrameSource:
    """Rows in memory, all in one chunk.

    Attributes
    ----------
    n_rows : int
    exponent : int
    head : DataFrame
        The first rows, here all.
    """

    def __init__(self, chunk, exponent=0):
        self.chunk, self._exponent = chunk, exponent

    @property
    def exponent(self):
        """Weights are those that were given, divided by 2**exponent."""
        return self._exponent

    def scaled_to(self, exponent):
        """Return the same rows, whose weights are divided by 2**exponent."""
        if exponent == self.exponent:
            return self
        weight = scaled(self.chunk.weight, exponent - self.exponent)
        return FrameSource(self.chunk._replace(weight=weight), exponent)

    def identity(self):
        """Return what other processes know the rows by: their kind, how many, and a digest of some of them."""
        some = np.unique(np.linspace(0, max(self.n_rows - 1, 0), COMPARED_ROWS).astype(np.int64))[: self.n_rows]
        frame, y, weight = self.chunk.take(some)
        cells = [list(frame.columns), *(frame[name].tolist() for name in frame), y.tolist(), weight.tolist()]
        return "frame", self.n_rows, blake2b(repr(cells).encode(), digest_size=16).hexdigest()

    def part(self, rank, size):
        """Return the rows of one of some processes that have the same ones, of a Dataset before any has been read."""
        chunk = self.chunk.take(np.arange(rank, self.n_rows, size))
        if not chunk.n_rows:
            raise ValueError(f"Expected a row at least for each of {size} processes, got {self.n_rows}; pass more rows")
        return FrameSource._normalized(chunk, self.exponent)

    @property
    def n_rows(self):
        """Number of rows."""
        return self.chunk.n_rows

    @property
    def n_targets(self):
        """Number of targets of a row."""
        return 1 if self.chunk.y.ndim == 1 else self.chunk.y.shape[1]

    @property
    def head(self):
        """The columns of the rows, or of the first ones."""
        return self.chunk.frame

    def chunks(self, order=None):
        """Yield the rows in Chunks."""
        yield self.chunk

    def rows(self, encode, stream):
        """Return `encode` of the only chunk; of a Dataset `stream` of itself."""
        return encode(self.chunk)

    def whole(self, refusal):
        """Return all rows as one Chunk; of a Dataset raise `refusal`, a ValueError."""
        return self.chunk

    def reading(self, names):
        """Return itself; of a Dataset the same rows with fewer columns."""
        return self

    def labels(self):
        """Return the labels that there are, each once, in any order."""
        return pd.unique(self.chunk.y)

    def where(self, mask):
        """Return the rows of which `mask`, a callable of a Chunk that returns (n_rows,) bool, is true."""
        kept = mask(self.chunk)
        if kept.all():
            return self
        chunk = self.chunk.take(np.flatnonzero(kept))
        return FrameSource._normalized(chunk, self.exponent)

    def only(self, label):
        """Return the rows of a label."""
        return self.where(lambda chunk: chunk.y == label)

    def map(self, function, factor):
        """Return a source of what `function` makes of each Chunk and its number: `factor` times as many rows."""
        return FrameSource(function(self.chunk, 0), self.exponent)

    def can_hold_out(self, fraction):
        """Return whether a `fraction` is a row, or a group, at least."""
        return True

    def split(self, fraction, seed, *, by_label):
        """Return two sources in place of this: a random `fraction` of the rows is in the second.

        Raises
        ------
        ValueError
            If that cannot be; with `by_label`, each label stays in the first.
        """
        cut = stratified(self.chunk.y, fraction, seed) if by_label else shuffled(self.n_rows, fraction, seed)
        parts = [self.chunk.take(rows) for rows in cut]
        # one of the two may lack the largest weights
        return tuple(FrameSource._normalized(part, self.exponent) for part in parts)

    @classmethod
    def _normalized(cls, chunk, exponent=0):
        """Return the source of a chunk whose weights, which were divided by a power of two, may be of any size."""
        further = even_exponent(chunk.weight.max()) if chunk.n_rows else 0
        return cls(chunk._replace(weight=scaled(chunk.weight, further)), exponent + further)
