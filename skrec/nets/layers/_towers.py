"""A tower over the columns of a side."""

from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from skrec._inputs import Inputs
from skrec.nets.layers._mlp import MLPSpec
from skrec.nets.layers._sides import SideLookup


class Tower(SideLookup):
    """Columns of a side to one vector.

    Parameters
    ----------
    fields : Fields
        The columns of both sides.
    side : Side
    embedding_dim : int
        Width D of a column's vector.
    mlp : MLPSpec or None
        Layers, the last one linear; None adds up the columns' vectors.
    generator : torch.Generator, optional
        Source of the initial values.
    """

    def __init__(
        self,
        fields: Any,
        side: Any,
        embedding_dim: int,
        mlp: MLPSpec | None,
        *,
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__(fields, side)
        self.mlp = None
        if mlp is not None:
            if not mlp.hidden_layer_sizes:
                raise ValueError(f"a tower needs one or more layers, got {mlp}; mlp=None adds up the columns' vectors")
            *hidden, n_out = mlp.hidden_layer_sizes
            n_in = self.n_looked_up * embedding_dim + len(side.numeric)
            self.mlp = replace(mlp, hidden_layer_sizes=tuple(hidden)).build(n_in, n_out, generator=generator)

    def forward(self, embedding: Any, vectors: Tensor, inputs: Inputs) -> Tensor:
        """Return vectors of the last layer's width, or (B, D) without layers, of what `look_up_sides` gives."""
        if self.mlp is not None:
            return self.mlp(torch.cat([vectors.flatten(1), inputs.numeric], 1))
        return vectors.sum(1) + inputs.numeric @ embedding.factors[list(self.side.numeric)]
