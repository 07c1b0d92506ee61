"""Gates that turn single features up or down."""

import torch
from torch import Tensor, nn

from skrec.nets.layers._block import Block
from skrec.nets.layers._mlp import MLP


class FeatureGate(Block):
    r"""Multiply each feature by a number between 0 and 2 that a context decides.

    .. math:: x' = x \odot 2 \sigma(\mathrm{MLP}(c))

    Parameters
    ----------
    n_features : int
        Width d of x.
    n_context : int, default=0
        Width of the context; with 0 it is a vector that is learnt, the same for all rows.
    hidden_units : int, default=64
        Units of the gate's one hidden layer, and width of a learnt context.
    generator : torch.Generator, optional
        Source of the initial values.
    """

    def __init__(
        self, n_features: int, n_context: int = 0, *, hidden_units: int = 64, generator: torch.Generator | None = None
    ) -> None:
        super().__init__()
        self.context = None if n_context else nn.Parameter(torch.empty(hidden_units).normal_(generator=generator))
        self.mlp = MLP(n_context or hidden_units, (hidden_units,), n_features, generator=generator)

    def forward(self, x: Tensor, context: Tensor | None = None) -> Tensor:
        """Return the gated features (B, d) of `x` (B, d), given the context (B, n_context) where there is one."""
        return x * (2 * self.mlp(self.context if context is None else context).sigmoid())
