"""The columns that a net sees."""

from dataclasses import dataclass
from typing import Any

from skrec.nets.layers._numeric_embedding import NumericEmbedding


@dataclass(frozen=True)
class Fields:
    """The columns that a net sees, without their values.

    Parameters
    ----------
    categorical : tuple of int
        For each categorical column, which vocabulary its codes come from.
    vocabulary_sizes : tuple of int
        Codes of each vocabulary, the unknown code 0 included.
    sequences : tuple of int, default=()
        For each list column, which vocabulary its codes come from.
    n_numeric : int, default=0
        Numeric columns.
    pooling : {"mean", "sum", "max", "root"}, default="mean"
        How the vectors of a list become one; "root" divides their sum by the root of how many they are.
    numeric_embedding : NumericEmbedding, optional
        How numeric columns become vectors, like categories; without it nets read their plain values.
    """

    categorical: tuple[int, ...]
    vocabulary_sizes: tuple[int, ...]
    sequences: tuple[int, ...] = ()
    n_numeric: int = 0
    pooling: str = "mean"
    numeric_embedding: NumericEmbedding | None = None

    def __len__(self) -> int:
        """Return the number of fields F."""
        return len(self.categorical) + len(self.sequences) + self.n_numeric

    @property
    def n_plain(self) -> Any:
        """Numeric columns that are not embedded."""
        return 0 if self.numeric_embedding else self.n_numeric

    @property
    def starts(self) -> Any:
        """First row of each vocabulary in the stacked table."""
        return [sum(self.vocabulary_sizes[:i]) for i in range(len(self.vocabulary_sizes))]
