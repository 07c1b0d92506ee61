"""Gated recurrent units over the steps of jagged rows, without padding.

Shape letters: T steps of all rows together, W width of a step, U units.
"""

from itertools import pairwise
from typing import cast

import torch
from torch import Tensor, nn

from skrec.nets.layers._block import Block, counted
from skrec.nets.layers._dropout import Dropout
from skrec.nets.layers._linear import Linear
from skrec.ops import JaggedLayout, packed_gru


class GRU(nn.GRU):
    """Gated recurrent units whose initial values come from a generator, not from the global state."""

    weight_ih_l0: Tensor
    weight_hh_l0: Tensor
    bias_ih_l0: Tensor
    bias_hh_l0: Tensor

    def __init__(self, n_in: int, n_units: int, *, generator: torch.Generator | None = None) -> None:
        self._generator = generator
        super().__init__(n_in, n_units, batch_first=True)
        del self._generator

    def reset_parameters(self) -> None:
        """Draw weights from U(-1/sqrt(n_units), 1/sqrt(n_units)), as torch does; biases are zero."""
        bound = self.hidden_size**-0.5
        for name, parameter in self.named_parameters():
            if name.startswith("weight"):
                nn.init.uniform_(parameter, -bound, bound, generator=self._generator)
            else:
                nn.init.zeros_(parameter)

    def extra_repr(self) -> str:
        return f"{self.input_size} -> {self.hidden_size}; {counted(self)}"

    def of_packed(self, steps: Tensor, sizes: list[int]) -> Tensor:
        """Return the states (T, U) of steps (T, W) that are packed, of each step `sizes` rows."""
        inputs = nn.functional.linear(steps, self.weight_ih_l0, self.bias_ih_l0)  # (T, 3 U)
        return packed_gru(inputs, self.weight_hh_l0, self.bias_hh_l0, sizes)

    def of_grid(self, grid: Tensor) -> Tensor:
        """Return the states (B, L, U) of rows (B, L, W), step by step in plain operations."""
        # of reset, update and candidate, in torch's order
        inputs = nn.functional.linear(grid, self.weight_ih_l0, self.bias_ih_l0)  # (B, L, 3 U)
        state, states = grid.new_zeros(grid.shape[0], self.hidden_size), []
        for step in range(grid.shape[1]):
            reset, update, candidate = inputs[:, step].chunk(3, 1)
            of_state = nn.functional.linear(state, self.weight_hh_l0, self.bias_hh_l0).chunk(3, 1)
            reset, update = (reset + of_state[0]).sigmoid(), (update + of_state[1]).sigmoid()
            candidate = (candidate + reset * of_state[2]).tanh()
            state = candidate + update * (state - candidate)
            states.append(state)
        return torch.stack(states, 1)


class CausalGRU(Block):
    """Each step of a history to a vector of it and of what came before.

    Parameters
    ----------
    width : int
        Width W of a step, and of what it becomes.
    n_units : int
        Units U of a state.
    n_layers : int, default=1
        Layers of units, one behind the other.
    dropout : float, default=0.0
        Share of the numbers that a training step drops: of the steps, and of the states of each layer.
    generator : torch.Generator, optional
        Source of the initial values.
    """

    def __init__(
        self,
        width: int,
        *,
        n_units: int,
        n_layers: int = 1,
        dropout: float = 0.0,
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__()
        widths = [width, *[n_units] * n_layers]
        self.layers = nn.ModuleList(GRU(n_in, n_out, generator=generator) for n_in, n_out in pairwise(widths))
        self.dropout = Dropout(dropout)
        self.read_out = Linear(n_units, width, generator=generator)

    def forward(self, steps: Tensor, layout: JaggedLayout) -> Tensor:
        """Return (T, W) from the steps (T, W) of rows."""
        place = torch.arange(len(steps), device=steps.device) - layout.offsets[:-1].index_select(0, layout.rows)
        # longest rows first: at each step those that go on are the first ones, as a PackedSequence has them
        rank = layout.lengths.argsort(descending=True, stable=True).argsort()
        order = (place * len(rank) + rank.index_select(0, layout.rows)).argsort()
        x = self.dropout(steps).index_select(0, order)
        if len(steps):
            sizes = place.bincount().tolist()
            for layer in self.layers:
                x = self.dropout(cast(GRU, layer).of_packed(x, sizes))
        else:
            x = x.new_zeros(0, self.read_out.in_features)
        return self.read_out(x).index_select(0, order.argsort())

    def of_grid(self, grid: Tensor) -> Tensor:
        """Return (B, L, W) of rows (B, L, W) from their first step on; behind a row's last one are any numbers."""
        for layer in self.layers:
            grid = cast(GRU, layer).of_grid(grid)
        return self.read_out(grid)
