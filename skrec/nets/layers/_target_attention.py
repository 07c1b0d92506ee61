"""Attention of a candidate over a history."""

from typing import Any

import torch
from torch import Tensor, nn

from skrec.nets.layers._activations import make_activation
from skrec.nets.layers._block import Block
from skrec.nets.layers._linear import Linear
from skrec.nets.layers._mlp import MLP
from skrec.ops import JaggedLayout, jagged_add, jagged_append_product, jagged_softmax

NORMALIZATIONS = ("softmax", "raw", "mean")


class TargetAttention(Block):
    r"""How much each step of a history tells of the candidate.

    .. math:: a_l = \mathrm{MLP}([h_l, q, h_l - q, h_l \odot q])

    Parameters
    ----------
    width : int
        Width W of steps h and candidate q.
    hidden_layer_sizes : sequence of int
        Units of the hidden layers.
    normalization : {"softmax", "raw", "mean"}, default="softmax"
        What becomes of the a_l of a row: their softmax, what they are, or one over the number of steps whatever
        they are, for which there is no MLP.
    activation : {"relu", "prelu", "dice"}, default="relu"
        Units of the hidden layers.
    generator : torch.Generator, optional
        Source of the initial values.

    Notes
    -----
    The first layer is linear in h and q, so that q and h - q need no products a step: with its weights
    :math:`[A, B, C, D]` it is :math:`(A + C) h_l + D (h_l \odot q)` a step and :math:`(B - C) q` a row.
    """

    def __init__(
        self,
        width: int,
        hidden_layer_sizes: Any,
        normalization: str = "softmax",
        *,
        activation: str = "relu",
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__()
        if normalization not in NORMALIZATIONS:
            raise ValueError(f"normalization must be one of {list(NORMALIZATIONS)}, however: {normalization=}")
        self.normalization = normalization
        if normalization != "mean":
            first, *others = hidden_layer_sizes
            self.first = Linear(4 * width, first, generator=generator)
            self.activation = make_activation(activation, first)
            self.others = MLP(first, others, activation=activation, generator=generator)
            # a softmax does not see a bias
            self.score = Linear(self.others.n_out, 1, bias=normalization == "raw", generator=generator)

    def forward(self, steps: Tensor, candidate: Tensor, layout: JaggedLayout) -> Tensor:
        """Return the weights (T,) of steps (T, W), given the rows' candidates (B, W)."""
        if self.normalization == "mean":
            return (1 / layout.lengths.to(steps.dtype)).index_select(0, layout.rows)
        own, of_candidate, difference, product = self.first.weight.chunk(4, 1)  # (first, W) each
        a_row = nn.functional.linear(candidate, of_candidate - difference, self.first.bias)
        with_products = jagged_append_product(steps, candidate, layout)
        a_step = nn.functional.linear(with_products, torch.cat([own + difference, product], 1))
        scores = self.score(self.others(self.activation(jagged_add(a_step, a_row, layout))))[:, 0].to(steps.dtype)
        return jagged_softmax(scores, layout) if self.normalization == "softmax" else scores
