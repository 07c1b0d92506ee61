"""A tower for each of several targets.

Shape letters: B rows, K targets, C outputs of all targets together.
"""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from skrec.nets.layers._block import Block
from skrec.nets.layers._linear import Linear
from skrec.nets.layers._parallel_mlp import ParallelMLP


class TargetTowers(Block):
    """An MLP for each target, to its logits.

    Parameters
    ----------
    n_outputs : int or sequence of int
        Logits of each target; a number is a single one's.
    n_in : int
        Width of what each reads.
    spec : MLPSpec
        Their hidden layers.
    shared : bool, default=False
        Whether all read the same.
    generator : torch.Generator, optional
        Source of the initial values.
    """

    def __init__(
        self, n_outputs: Any, n_in: int, spec: Any, *, shared: bool = False, generator: torch.Generator | None = None
    ) -> None:
        super().__init__()
        sizes = sizes_of(n_outputs)
        self.hidden = ParallelMLP(len(sizes), n_in, spec, shared=shared, generator=generator)
        self.out = nn.ModuleList(Linear(self.hidden.n_out, size, generator=generator) for size in sizes)

    def forward(self, x: Tensor) -> Tensor:
        """Return logits (B, C) of what the targets read, (B, K, n_in), or if it is shared (B, n_in)."""
        parts = self.hidden(x).unbind(1)
        return torch.cat([out(part) for out, part in zip(self.out, parts, strict=True)], 1)


def sizes_of(n_outputs: int | Sequence[int]) -> tuple[int, ...]:
    """Return the logits of each target, K of them."""
    return (n_outputs,) if isinstance(n_outputs, int) else tuple(n_outputs)
