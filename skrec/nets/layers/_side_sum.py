"""A vector over the columns of a side: what it looks up, added."""

import torch
from torch import Tensor

from skrec._inputs import Inputs
from skrec.nets.layers._fields import Fields
from skrec.nets.layers._mlp import MLPSpec
from skrec.nets.layers._sides import Side, SideLookup


class SideSum(SideLookup):
    """The vectors of a side's categories and lists added up, and of its numbers an MLP of one hidden layer.

    Parameters
    ----------
    fields : Fields
        The columns of both sides.
    side : Side
    width : int
        Width D of the vectors.
    generator : torch.Generator, optional
        Source of the initial values.
    """

    def __init__(self, fields: Fields, side: Side, width: int, *, generator: torch.Generator | None = None) -> None:
        super().__init__(fields, side)
        self.mlp = None
        if side.numeric:
            self.mlp = MLPSpec((2 * width,)).build(len(side.numeric), width, generator=generator)

    def forward(self, vectors: Tensor, inputs: Inputs) -> Tensor:
        """Return (B, D) of what `look_up_sides` gives, (B, F, D)."""
        total = vectors.sum(1)
        return total if self.mlp is None else total + self.mlp(inputs.numeric)
