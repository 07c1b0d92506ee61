"""Attention between the fields of a row."""

from typing import Any

import torch
from torch import Tensor

from skrec.nets.layers._block import Block
from skrec.nets.layers._linear import Linear
from skrec.ops import field_attention


class FieldAttention(Block):
    r"""Each field becomes a mixture of all fields, weighted by how well they match, in several ways at once.

    .. math::

        \alpha^h_{mk} = \mathrm{softmax}_k \langle W^h_Q e_m, W^h_K e_k \rangle, \quad
        \tilde e_m = [\textstyle\sum_k \alpha^h_{mk} W^h_V e_k]_h, \quad
        e'_m = \mathrm{ReLU}(\tilde e_m + W_{res} e_m)

    Parameters
    ----------
    n_in : int
        Width of a field's vector.
    width : int
        Width A of the result, all heads together.
    n_heads : int
        Heads H, each A / H wide.
    residual : bool, default=True
        Whether the field itself is added.
    generator : torch.Generator, optional
        Source of the initial values.
    """

    def __init__(self, n_in: int, width: int, n_heads: int, *, residual: bool = True, generator: Any = None) -> None:
        super().__init__()
        if width % n_heads:
            raise ValueError(f"n_heads must divide width, however: {n_heads=}, {width=}")
        self.n_heads, self.residual = n_heads, residual
        self.project = Linear(n_in, (4 if residual else 3) * width, bias=False, generator=generator)

    def forward(self, x: Tensor) -> Tensor:
        """Return (B, F, A) from (B, F, n_in)."""
        return field_attention(x, self.project.weight, self.n_heads, self.residual)

    def weights(self, x: Tensor) -> Tensor:
        """Return the weights of each head, (B, H, F, F): how much of a field (last) goes into another."""
        query, key, *_ = (x @ self.project.weight.T).chunk(4 if self.residual else 3, 2)
        query, key = (of.unflatten(2, (self.n_heads, -1)).transpose(1, 2) for of in (query, key))
        return torch.softmax(query @ key.mT, 3)
