"""Crossed columns: a category for each combination of values that training rows have."""

from typing import NamedTuple

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

    @classmethod
    def learn(cls, positions, sizes, codes):
        """Learn the combinations of `codes`, (n_rows,) for each column."""
        return cls(positions, sizes, Vocabulary.learn(_places(codes, sizes)))

    def encode(self, codes):
        """Return the code of each row's combination, (n_rows,) int32, from all columns' (n_rows, n_categorical).

        It is 0 where training rows had no such combination.
        """
        return self.vocabulary.encode(_places([codes[:, j] for j in self.positions], self.sizes))


def _places(codes, sizes):
    return pd.Series(np.ravel_multi_index(tuple(codes), sizes))
