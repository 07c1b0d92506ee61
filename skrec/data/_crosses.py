"""Crossed columns: a category for each combination of values that training rows have."""

from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from skrec.data._vocabulary import Vocabulary


class Cross(NamedTuple):
    """Some categorical columns taken together.

    Parameters
    ----------
    positions : tuple of int
        The columns' places among the categorical ones.
    sizes : tuple of int
        Codes of each.
    vocabulary : Vocabulary
        The combinations, as the number of their place in the grid of all.
    """

    positions: tuple[int, ...]
    sizes: tuple[int, ...]
    vocabulary: Vocabulary

    @staticmethod
    def learner(positions: Any, sizes: Any) -> Any:
        """Return what learns a Cross from rows that come in chunks."""
        return CrossLearner(positions, sizes)

    def grown(self, sizes: tuple[int, ...], codes: Any) -> "Cross":
        """Return a Cross that knows the combinations of further rows too, behind its own.

        Parameters
        ----------
        sizes : tuple of int
            Codes of each column, as many as before or more.
        codes : iterable of list of ndarray of shape (n_rows,)
            Codes of the columns in the rows, which come in chunks.
        """
        own = _places(np.unravel_index(self.vocabulary.values.to_numpy(), self.sizes), sizes)
        learner = CrossLearner(self.positions, sizes)
        for of_chunk in codes:
            learner.add(of_chunk)
        new = np.setdiff1d(learner.places, own)
        return Cross(self.positions, sizes, Vocabulary(pd.Index(np.concatenate([own, new]))))

    def encode(self, codes: Any) -> Any:
        """Return the code of each row's combination, (n_rows,) int32, from all columns' (n_rows, n_categorical).

        It is 0 where training rows had no such combination.
        """
        return self.vocabulary.encode(pd.Series(_places([codes[:, j] for j in self.positions], self.sizes)))


class CrossLearner:
    """Learns the combinations of values that rows have, which come in chunks; the parameters are those of Cross."""

    def __init__(self, positions, sizes):
        self.positions, self.sizes, self.places = positions, sizes, np.empty(0, np.int64)

    def add(self, codes):
        """Take the codes of a chunk, (n_rows,) for each column."""
        self.places = np.union1d(self.places, pd.unique(_places(codes, self.sizes)))

    def merge(self, other):
        """Learn what another CrossLearner, of the same columns, has."""
        self.places = np.union1d(self.places, other.places)

    def result(self):
        """Return the Cross."""
        return Cross(self.positions, self.sizes, Vocabulary.learn(pd.Series(self.places)))


def _places(codes, sizes):
    return np.ravel_multi_index(tuple(codes), sizes)
