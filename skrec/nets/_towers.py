"""What users and items have apart: the columns of a side, and a tower over them."""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn

from skrec._inputs import Inputs
from skrec.nets._blocks import MLP

SMALLEST = 1e-6  # under the root of a norm: a vector of zeros stays one, and its gradient finite


def unit(vectors: Tensor) -> Tensor:
    """Return the vectors (B, D) at length one."""
    return vectors * (vectors.square().sum(1, keepdim=True) + SMALLEST).rsqrt()


class Side(NamedTuple):
    """The columns of users or of items: positions among those of a kind."""

    categorical: tuple[int, ...] = ()
    sequences: tuple[int, ...] = ()
    numeric: tuple[int, ...] = ()

    def take(self, inputs: Inputs) -> Inputs:
        """Return the columns of the side alone."""
        lists = tuple(inputs.lists[column] for column in self.sequences)
        codes, numeric = inputs.codes[:, list(self.categorical)], inputs.numeric[:, list(self.numeric)]
        return Inputs(codes, numeric, lists, inputs.decay)


class SideColumns(nn.Module):
    """The lookups of a side, in a table that both sides share.

    Parameters
    ----------
    fields : Fields
        The columns of both sides.
    side : Side
    """

    starts: Tensor
    sequence_starts: Tensor

    def __init__(self, fields, side):
        super().__init__()
        self.side = side
        starts = torch.tensor(fields.starts, dtype=torch.int32)
        categorical = [fields.categorical[column] for column in side.categorical]
        sequences = [fields.sequences[column] for column in side.sequences]
        self.register_buffer("starts", starts[categorical], persistent=False)
        self.register_buffer("sequence_starts", starts[sequences], persistent=False)

    @property
    def n_looked_up(self) -> int:
        """Categorical and list columns F."""
        return len(self.starts) + len(self.sequence_starts)


def look_up(embedding, sides: Sequence[tuple[SideColumns, Inputs]]) -> list[Tensor]:
    """Return the vectors of the categorical and list columns of each of `sides`, (B, F, D), from its columns alone."""
    rows = [inputs.codes + columns.starts for columns, inputs in sides]
    found = embedding.gather_all(rows, [inputs.decay for _, inputs in sides if inputs.decay is not None])
    for place, (columns, inputs) in enumerate(sides):
        if inputs.lists:
            bags = [bag.shift(start) for bag, start in zip(inputs.lists, columns.sequence_starts, strict=True)]
            found[place] = torch.cat([found[place], embedding.gather(inputs.codes[:, :0], bags, inputs.decay)], 1)
    return found


class Tower(SideColumns):
    """Columns of a side to one vector.

    Parameters
    ----------
    fields : Fields
        The columns of both sides.
    side : Side
    embedding_dim : int
        Width D of a column's vector.
    layer_sizes : sequence of int
        Units of the layers of an MLP, the last one without ReLU; none adds up the columns' vectors.
    dropout : float, default=0.0
        Share of hidden units that a training step drops.
    batch_norm : bool, default=False
        Normalise the hidden layers over the batch.
    generator : torch.Generator, optional
        Source of the initial values.
    """

    def __init__(self, fields, side, embedding_dim, layer_sizes, *, dropout=0.0, batch_norm=False, generator=None):
        super().__init__(fields, side)
        self.mlp = None
        if layer_sizes:
            n_in = self.n_looked_up * embedding_dim + len(side.numeric)
            options = {"dropout": dropout, "batch_norm": batch_norm, "generator": generator}
            self.mlp = MLP(n_in, layer_sizes[:-1], layer_sizes[-1], **options)

    def forward(self, embedding, vectors: Tensor, inputs: Inputs) -> Tensor:
        """Return vectors (B, layer_sizes[-1]), or (B, D) without layers, of what `look_up` gives."""
        if self.mlp is not None:
            return self.mlp(torch.cat([vectors.flatten(1), inputs.numeric], 1))
        return vectors.sum(1) + inputs.numeric @ embedding.factors[list(self.side.numeric)]
