"""Several MLPs of the same shape beside each other.

Shape letters: B rows, G MLPs.
"""

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from skrec.nets.layers._activations import make_activation
from skrec.nets.layers._batch_norm import BatchNorm
from skrec.nets.layers._dropout import Dropout
from skrec.nets.layers._linear import Linear


class GroupedLinear(Linear):
    """Affine maps beside each other, each of a part of the input of its own.

    Parameters
    ----------
    n_groups : int
        Maps G.
    n_in, n_out : int
        Widths of a map.
    bias : bool, default=True
    generator : torch.Generator, optional
        Source of the initial values.

    Notes
    -----
    The weight has the rows of all maps one under another, (G * n_out, n_in), as one layer that reads what they share
    would have.
    """

    def __init__(
        self, n_groups: int, n_in: int, n_out: int, *, bias: bool = True, generator: torch.Generator | None = None
    ) -> None:
        super().__init__(n_in, n_groups * n_out, bias=bias, generator=generator)
        self.n_groups = n_groups

    def forward(self, x: Tensor) -> Tensor:
        """Return (B, G * n_out) of (B, G * n_in)."""
        inputs, weights = x.chunk(self.n_groups, 1), self.weight.chunk(self.n_groups, 0)
        biases = [None] * self.n_groups if self.bias is None else self.bias.chunk(self.n_groups, 0)
        # one after another: a product of batches takes a fifth longer; a bias that is added later, in float32, as well
        return torch.cat([functional.linear(*of_one) for of_one in zip(inputs, weights, biases, strict=True)], 1)


class ParallelMLP(nn.Sequential):
    """G MLPs that differ in their weights, computed together.

    Parameters
    ----------
    n_groups : int
        MLPs G.
    n_in : int
        Width of the input of each.
    spec : MLPSpec
        Their hidden layers.
    shared : bool, default=True
        Whether all read the same input; else each reads a part of its own.
    generator : torch.Generator, optional
        Source of the initial values.

    Attributes
    ----------
    n_out : int
        Width of the result of each.
    """

    def __init__(
        self, n_groups: int, n_in: int, spec: Any, *, shared: bool = True, generator: torch.Generator | None = None
    ) -> None:
        layers: list[nn.Module] = []
        for width in spec.hidden_layer_sizes:
            options: Any = {"bias": not spec.batch_norm, "generator": generator}
            if shared and not layers:
                layers.append(Linear(n_in, n_groups * width, **options))
            else:
                layers.append(GroupedLinear(n_groups, n_in, width, **options))
            if spec.batch_norm:
                layers.append(BatchNorm(n_groups * width))
            layers.append(make_activation(spec.activation, n_groups * width))
            if spec.dropout:
                layers.append(Dropout(spec.dropout))
            n_in = width
        super().__init__(*layers)
        self.n_groups, self.n_out, self.shared = n_groups, n_in, shared

    def forward(self, x: Tensor) -> Tensor:
        """Return the last hidden layers (B, G, n_out) of inputs (B, n_in), or of one for each MLP, (B, G, n_in)."""
        if not self.shared:
            x = x.flatten(1)
        elif not len(self):
            return x[:, None].expand(-1, self.n_groups, -1)
        return super().forward(x).unflatten(1, (self.n_groups, -1))
