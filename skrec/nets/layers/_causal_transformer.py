"""Self-attention in which a step sees itself and those before it.

Shape letters: T steps of all rows together, W width, L steps of the longest row, H heads.
"""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from skrec.nets.layers._block import Block
from skrec.nets.layers._dropout import Dropout
from skrec.nets.layers._linear import Linear
from skrec.ops import JaggedLayout, jagged_softmax


class CausalTransformer(Block):
    """Each step of a history to a vector of it and of what came before.

    Parameters
    ----------
    width : int
        Width W of a step.
    n_blocks : int
        Blocks, one behind the other.
    n_heads : int
        Heads H of the attention, each W / H wide.
    max_length : int
        Steps that a row has at most.
    dropout : float, default=0.0
        Share of the numbers that a training step drops: of the steps, and of each result before it is added.
    init_scale : float, default=0.05
        Standard deviation of the vectors of positions.
    generator : torch.Generator, optional
        Source of the initial values.
    """

    def __init__(
        self,
        width: int,
        *,
        n_blocks: int,
        n_heads: int,
        max_length: int,
        dropout: float = 0.0,
        init_scale: float = 0.05,
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__()
        if width % n_heads:
            raise ValueError(f"n_heads must divide width, however: {n_heads=}, {width=}")
        self.n_heads = n_heads
        self.positions = nn.Parameter(torch.empty(max_length, width).normal_(0, init_scale, generator=generator))
        self.dropout = Dropout(dropout)
        self.blocks = nn.ModuleList(CausalBlock(width, dropout, generator=generator) for _ in range(n_blocks))
        self.norm = nn.LayerNorm(width)

    def forward(self, steps: Tensor, layout: JaggedLayout) -> Tensor:
        """Return (T, W) from the steps (T, W) of rows, none of which has more than `max_length`."""
        return self.norm(self._through(self.blocks, steps, layout))

    def attend(self, steps: Tensor, layout: JaggedLayout) -> Tensor:
        """Return the weights (T,) that the last step of each row gives to its steps in the last block.

        They are averaged over heads, and add up to one in a row.
        """
        last: Any = self.blocks[-1]
        x = self._through(self.blocks[:-1], steps, layout)
        query, key, _ = (part.unflatten(-1, (self.n_heads, -1)) for part in last.project(last.norms[0](x)).chunk(3, -1))
        asking = query.index_select(0, (layout.offsets[1:] - 1).index_select(0, layout.rows))  # (T, H, W / H)
        scores = (asking * key).sum(2) / key.shape[2] ** 0.5
        return torch.stack([jagged_softmax(score, layout) for score in scores.unbind(1)]).mean(0)

    def _through(self, blocks, steps, layout):
        """Return the steps (T, W) behind some blocks."""
        n_rows = layout.offsets.shape[0] - 1
        place = torch.arange(len(steps), device=steps.device) - layout.offsets[:-1].index_select(0, layout.rows)
        longest = int(place.max()) + 1 if len(place) else 1
        cell = layout.rows * longest + place  # of step t in the grid, (T,)
        x = self.dropout(steps + self.positions.index_select(0, place))

        def attend(projected):
            grid = projected.new_zeros(n_rows * longest, projected.shape[1]).index_copy(0, cell, projected)
            return self._attend(grid.view(n_rows, longest, -1)).flatten(0, 1).index_select(0, cell)

        for block in blocks:
            x = block(x, attend)
        return x

    def of_grid(self, grid: Tensor) -> Tensor:
        """Return (B, L, W) of rows (B, L, W) from their first step on; behind a row's last one are any numbers."""
        x = grid + self.positions[: grid.shape[1]]
        for block in self.blocks:
            x = block(x, self._attend)
        return self.norm(x)

    def _attend(self, projected):
        """Return (B, L, W) of queries, keys and values (B, L, 3 W)."""
        query, key, value = (
            part.unflatten(-1, (self.n_heads, -1)).transpose(1, 2) for part in projected.chunk(3, -1)
        )  # (B, H, L, W / H) each; rows begin at the first place, so that what is behind them is not looked at
        return functional.scaled_dot_product_attention(query, key, value, is_causal=True).transpose(1, 2).flatten(2)


class CausalBlock(Block):
    """Attention and a layer over each step, each added to what it was computed of, normalised before.

    Parameters
    ----------
    width : int
        Width W of a step.
    dropout : float
    generator : torch.Generator, optional
    """

    def __init__(self, width: int, dropout: float, *, generator: torch.Generator | None = None) -> None:
        super().__init__()
        self.project = Linear(width, 3 * width, bias=False, generator=generator)
        self.mix = Linear(width, width, bias=False, generator=generator)
        self.rise, self.fall = (Linear(n, m, generator=generator) for n, m in ((width, 4 * width), (4 * width, width)))
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in range(2))
        self.dropout = Dropout(dropout)

    def forward(self, x: Tensor, attend: Callable[[Tensor], Tensor]) -> Tensor:
        """Return (..., W) from (..., W); `attend` mixes queries, keys and values (..., 3 W) of steps to (..., W)."""
        x = x + self.dropout(self.mix(attend(self.project(self.norms[0](x)))))
        return x + self.dropout(self.fall(functional.gelu(self.rise(self.norms[1](x)))))
