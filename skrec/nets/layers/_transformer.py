"""The block of a transformer: every place of a row looks at every other."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from skrec.nets.layers._block import Block
from skrec.nets.layers._dropout import Dropout
from skrec.nets.layers._linear import Linear


class TransformerBlock(Block):
    """Self-attention between the places of a row and a layer over each, both with residual and layer norm.

    Parameters
    ----------
    width : int
        Width W of a place.
    n_heads : int
        Heads H, each W / H wide.
    dropout : float, default=0.0
        Share of the numbers that a training step drops, of either result before it is added.
    generator : torch.Generator, optional
        Source of the initial values.
    """

    def __init__(
        self, width: int, n_heads: int, *, dropout: float = 0.0, generator: torch.Generator | None = None
    ) -> None:
        super().__init__()
        if width % n_heads:
            raise ValueError(f"n_heads must divide width, however: {n_heads=}, {width=}")
        self.n_heads = n_heads
        self.project = Linear(width, 3 * width, bias=False, generator=generator)
        self.mix = Linear(width, width, bias=False, generator=generator)
        self.rise, self.fall = (Linear(n, m, generator=generator) for n, m in ((width, 4 * width), (4 * width, width)))
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in range(2))
        self.dropout = Dropout(dropout)

    def forward(self, x: Tensor, there: Tensor) -> Tensor:
        """Return (B, L, W) from (B, L, W); `there` (B, L) says which places are of the row."""
        query, key, value = (
            part.unflatten(-1, (self.n_heads, -1)).transpose(1, 2) for part in self.project(x).chunk(3, -1)
        )  # (B, H, L, W / H) each
        score = query @ key.transpose(2, 3) * (key.shape[-1] ** -0.5)
        weight = score.masked_fill(~there[:, None, None], -torch.inf).softmax(3)  # (B, H, L, L)
        x = self.norms[0](x + self.dropout(self.mix((weight @ value).transpose(1, 2).flatten(2))))
        return self.norms[1](x + self.dropout(self.fall(functional.leaky_relu(self.rise(x)))))
