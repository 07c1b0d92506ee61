"""What a net says of itself whose gradient is known in closed form."""

from typing import NamedTuple

from torch import nn

from skrec.nets.layers._field_embedding import FieldEmbedding
from skrec.nets.layers._numeric_embedding import BentNumbers


class ClosedForm(NamedTuple):
    """A net with one output, of which a whole training step can run in compiled code.

    Parameters
    ----------
    kind : {"pairs", "field_aware"}
        What is added to the linear part: the products of all pairs of vectors, or of the two that are against each
        other's field.
    embedding : FieldEmbedding
        Vectors, and behind each its linear weight.
    factors : Parameter of shape (M, W) or None
        Vectors and linear weights of plain numbers; None if the net does not read any.
    bias : Parameter of shape (1,)
    y_range : pair of float, optional
        The range that a sigmoid squashes the output into.
    numbers : BentNumbers, optional
        Vectors and linear weights of numbers that bend.
    """

    kind: str
    embedding: FieldEmbedding
    factors: nn.Parameter | None
    bias: nn.Parameter
    y_range: tuple[float, float] | None = None
    numbers: BentNumbers | None = None

    @property
    def dense(self) -> list[nn.Parameter]:
        """The dense parameters, in the order in which a step has them one behind the other."""
        of_numbers = () if self.numbers is None else (self.numbers.weight, self.numbers.slope)
        return [p for p in (self.factors, *of_numbers, self.bias) if p is not None]
