"""Logistic or linear regression over fields."""

from typing import Any

import torch
from torch import Tensor, nn

from skrec._inputs import Inputs
from skrec.nets._fm import FoldedFM
from skrec.nets.layers import Block, ClosedForm, FieldEmbedding


class LR(Block):
    r"""Linear model over categorical, list and numeric fields: the baseline of every click model.

    .. math:: \hat y(x) = b + \sum_i w_i x_i

    Parameters
    ----------
    fields : Fields
        The columns.
    n_outputs : int, default=1
        Logits C.
    generator : torch.Generator, optional
        Not used: all weights start at zero.
    """

    def __init__(self, fields: Any, n_outputs: int = 1, *, generator: torch.Generator | None = None) -> None:
        super().__init__()
        self.embedding = FieldEmbedding(fields, 0, n_outputs, generator=generator)
        self.bias = nn.Parameter(torch.zeros(n_outputs))

    def forward(self, inputs: Inputs) -> Tensor:
        """Return logits of shape (B, n_outputs)."""
        layer = self.embedding
        return torch.addmm(self.bias + layer.look_up(inputs).sum(1), layer.plain(inputs), layer.factors)

    def closed_form(self) -> ClosedForm | None:
        """Return the parts of which a training step needs to know, of a single output: a machine without vectors."""
        layer = self.embedding
        if type(self) is not LR or len(self.bias) > 1 or not layer.numbers_are_closed:
            return None
        return ClosedForm("pairs", layer, layer.factors, self.bias, numbers=layer.numbers)

    def fold(self) -> nn.Module:
        """Return a net of the same outputs, faster on many rows with numbers that bend: see `FoldedFM`."""
        layer = self.embedding
        folds = len(self.bias) == 1 and layer.numbers is not None and not layer.fields.sequences
        return FoldedFM(self) if folds and layer.numbers_are_closed else self
