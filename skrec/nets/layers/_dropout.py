"""Dropout that draws from a generator."""

from typing import Any

import torch
from torch import Tensor

from skrec.nets.layers._block import Block


class Dropout(Block):
    """Inverted dropout that draws from `generator`; the training loop sets it.

    torch's own draws from the global state, which `fit` leaves untouched. Four units share one draw of 64 bits, a
    third of the time of a draw each; `p` is met to one in 65,536.
    """

    generator: torch.Generator | None = None

    def __init__(self, p: Any) -> None:
        super().__init__()
        self.p = p

    def forward(self, x: Tensor) -> Tensor:
        if not self.training or self.p == 0:
            return x
        n_dropped = min(round(self.p * 2**16), 2**16 - 1)  # of the 65,536 values of a draw
        draws = torch.empty(-(-x.numel() // 4), dtype=torch.int64, device=x.device)
        draws = draws.random_(-(2**63), None, generator=self.generator).view(torch.int16)[: x.numel()]
        keep = (draws.view_as(x) >= n_dropped - 2**15).to(x.dtype)
        return x * keep.mul_(2**16 / (2**16 - n_dropped))

    def extra_repr(self) -> str:
        return f"p={self.p}"
