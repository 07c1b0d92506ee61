"""Rows in memory."""

import numpy as np
import pandas as pd

from skrec.data._split import shuffled, stratified
from skrec.data._weights import normalized


class FrameSource:
    """Rows in memory, all in one chunk.

    Attributes
    ----------
    n_rows : int
    head : DataFrame
        The first rows, here all.
    """

    def __init__(self, chunk):
        self.chunk = chunk

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
        return FrameSource(chunk._replace(weight=normalized(chunk.weight)) if chunk.n_rows else chunk)

    def only(self, label):
        """Return the rows of a label."""
        return self.where(lambda chunk: chunk.y == label)

    def map(self, function, factor):
        """Return a source of what `function` makes of each Chunk and its number: `factor` times as many rows."""
        return FrameSource(function(self.chunk, 0))

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
        return tuple(FrameSource(part._replace(weight=normalized(part.weight))) for part in parts)
