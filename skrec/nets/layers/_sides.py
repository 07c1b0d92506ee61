"""What users and items have apart: the columns of a side."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor

from skrec._inputs import Inputs
from skrec.nets.layers._block import Block


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


class SideLookup(Block):
    """The lookups of a side, in a table that both sides share.

    Parameters
    ----------
    fields : Fields
        The columns of both sides.
    side : Side
    """

    starts: Tensor
    sequence_starts: Tensor

    def __init__(self, fields: Any, side: Any) -> None:
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


def look_up_sides(embedding: Any, sides: Sequence[tuple[SideLookup, Inputs]]) -> list[Tensor]:
    """Return the vectors of the categorical and list columns of each of `sides`, (B, F, D), from its columns alone."""
    rows = [inputs.codes + columns.starts for columns, inputs in sides]
    found = embedding.gather_all(rows, [inputs.decay for _, inputs in sides if inputs.decay is not None])
    for place, (columns, inputs) in enumerate(sides):
        if inputs.lists:
            lists = [jagged.shift(start) for jagged, start in zip(inputs.lists, columns.sequence_starts, strict=True)]
            found[place] = torch.cat([found[place], embedding.gather(inputs.codes[:, :0], lists, inputs.decay)], 1)
    return found
