"""Members of an ensemble that share their layers and differ by two vectors a layer.

Shape letters: B rows, K members, H units.
"""

import torch
from torch import Tensor, nn

from skrec.nets.layers._block import Block


class Members(Block):
    r"""What a member makes of a layer that all share: :math:`s_k \odot W x + b_k`.

    In training a row is the first member's, the next one the second's, and so on, which rows being drawn anew in each
    epoch: a step takes as long as of one net. In prediction every member has every row; behind this layer they are K B
    rows, those of a row side by side, until `MembersMean`.

    Parameters
    ----------
    n_members : int
        Members K.
    width : int
        Units H.
    first : bool, default=False
        Whether the rows come from outside. Members then start apart, with signs that are drawn; else with ones.
    generator : torch.Generator, optional
        Source of the signs.

    References
    ----------
    Wen et al. (2020), BatchEnsemble; Gorishniy et al. (2024), TabM: Advancing Tabular Deep Learning with
    Parameter-Efficient Ensembling.
    """

    def __init__(
        self, n_members: int, width: int, *, first: bool = False, generator: torch.Generator | None = None
    ) -> None:
        super().__init__()
        self.n_members, self.first = n_members, first
        scale = torch.ones(n_members, width)
        if first:
            scale = torch.empty(n_members, width).uniform_(-1, 1, generator=generator).sign()
        self.scale, self.bias = nn.Parameter(scale), nn.Parameter(torch.zeros(n_members, width))

    def forward(self, x: Tensor) -> Tensor:
        """Return (B, H) from (B, H), in prediction (B K, H)."""
        if self.training:
            times = -(-x.shape[0] // self.n_members)
            scale, bias = (of.repeat(times, 1)[: x.shape[0]] for of in (self.scale, self.bias))
            return torch.addcmul(bias, x, scale)
        x = x[:, None] if self.first else x.unflatten(0, (-1, self.n_members))
        return torch.addcmul(self.bias, x, self.scale).flatten(0, 1)


class MembersMean(Block):
    """The mean over members, where they have been K B rows; in training the rows as they are."""

    def __init__(self, n_members: int) -> None:
        super().__init__()
        self.n_members = n_members

    def forward(self, x: Tensor) -> Tensor:
        """Return (B, H)."""
        return x if self.training else x.unflatten(0, (-1, self.n_members)).mean(1)
