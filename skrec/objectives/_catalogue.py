"""What a pass over codes learns: the items with their features, and who has which of them."""

import numpy as np
import torch

from skrec.engine import Rows, join


class Catalogue:
    """The items of rows that come in chunks: of each the inputs of its first row, and how many rows have it.

    Parameters
    ----------
    n_items : int
        Codes are below it; 0 is that of a missing item.
    """

    def __init__(self, n_items):
        self.counts, self.row = np.zeros(n_items, np.int64), np.zeros(n_items, np.int64)
        self.first, self.n_first = [], 0

    def add(self, items, inputs):
        """Take the items of a chunk, ndarray of codes (n_rows,), and their Inputs."""
        codes, first, counts = np.unique(items, return_index=True, return_counts=True)
        new = self.counts[codes] == 0
        self.counts[codes] += counts
        self.row[codes[new]] = self.n_first + np.arange(new.sum())
        if new.any():
            rows, zeros = torch.from_numpy(first[new]), torch.zeros(int(new.sum()))
            self.first.append(Rows.of(inputs.take(rows), zeros, zeros))
            self.n_first += len(zeros)

    def inputs(self):
        """Return the Inputs of the items, in the order of their codes; of one that no row has those of any other."""
        return join(self.first).inputs.take(torch.from_numpy(self.row))


class KnownPositives:
    """Pairs of users and items of rows that come in chunks, behind those that are `known` already."""

    def __init__(self, *known):
        self.parts = list(known)

    def add(self, users, items):
        """Take the codes of a chunk, ndarrays of shape (n_pairs,)."""
        self.parts.append((np.asarray(users, np.int32), np.asarray(items, np.int32)))

    def pairs(self):
        """Return the codes of users and of items, (n_pairs,) int32 each; a pair may be there twice."""
        if len(self.parts) > 1:
            self.parts = [tuple(map(np.concatenate, zip(*self.parts, strict=True)))]
        return self.parts[0]
