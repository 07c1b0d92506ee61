"""Hidden layers: what they are, said before it is known what they read, and the module that is built of it."""

from dataclasses import dataclass
from typing import Any

from torch import nn

from skrec.nets.layers._activations import make_activation
from skrec.nets.layers._batch_norm import BatchNorm
from skrec.nets.layers._block import counted
from skrec.nets.layers._dropout import Dropout
from skrec.nets.layers._linear import Linear
from skrec.nets.layers._members import Members, MembersMean


class MLP(nn.Sequential):
    """Hidden layers and, with `n_out`, a linear output.

    Parameters
    ----------
    n_in : int
        Width of the input.
    hidden_layer_sizes : sequence of int
        Units of each hidden layer.
    n_out : int, optional
        Width of the linear output; without it the last hidden layer is the result.
    dropout : float in [0, 1), default=0.0
        Share of the hidden units that a training step drops.
    batch_norm : bool, default=False
        Normalise each hidden layer over the batch, before its units.
    activation : {"relu", "prelu", "dice"}, default="relu"
        Units of the hidden layers.
    n_members : int, default=1
        Nets that share their layers and are averaged: see `Members`.
    generator : torch.Generator, optional
        Source of the initial values.

    Attributes
    ----------
    n_out : int
        Width of the result.
    """

    def __init__(
        self,
        n_in: int,
        hidden_layer_sizes: Any,
        n_out: int | None = None,
        *,
        dropout: Any = 0.0,
        batch_norm: bool = False,
        activation: str = "relu",
        n_members: int = 1,
        generator: Any = None,
    ) -> None:
        layers: list[nn.Module] = []
        several = n_members > 1
        for width in hidden_layer_sizes:
            # a bias would leave with the mean: its gradient is rounding alone, which Adam makes whole steps
            layers.append(Linear(n_in, width, bias=not (batch_norm or several), generator=generator))
            if several:
                layers.append(Members(n_members, width, first=len(layers) == 1, generator=generator))
            if batch_norm:
                layers.append(BatchNorm(width))
            layers.append(make_activation(activation, width))
            if dropout:
                layers.append(Dropout(dropout))
            n_in = width
        if n_out is not None:
            layers.append(Linear(n_in, n_out, generator=generator))
        if several and hidden_layer_sizes:
            layers.append(MembersMean(n_members))
        super().__init__(*layers)
        self.n_out = n_in if n_out is None else n_out

    def __repr__(self) -> str:
        """Say the widths from the input to the output, and what stands between the linear layers."""
        linear = [layer for layer in self if isinstance(layer, nn.Linear)]
        widths = [*(layer.in_features for layer in linear[:1]), *(layer.out_features for layer in linear)]
        between = [repr(layer) if isinstance(layer, Dropout) else type(layer).__name__ for layer in self]
        kinds = [kind for kind in dict.fromkeys(between) if kind != "Linear"]
        return f"MLP({', '.join([' -> '.join(map(str, widths or [self.n_out])), *kinds])}; {counted(self)})"


@dataclass(frozen=True)
class MLPSpec:
    """What an MLP is, but for what it reads and gives: a net that is handed one builds it where it has its place.

    Parameters
    ----------
    hidden_layer_sizes : tuple of int, default=(128, 64)
        Units of each hidden layer.
    dropout : float in [0, 1), default=0.0
        Share of the hidden units that a training step drops.
    batch_norm : bool, default=False
        Normalise each hidden layer over the batch, before its units.
    activation : {"relu", "prelu", "dice"}, default="relu"
        Units of the hidden layers.
    n_members : int, default=1
        Nets that share their layers and are averaged: see `Members`.

    Examples
    --------
    >>> from skrec.nets.layers import MLPSpec
    >>> MLPSpec((32, 16), dropout=0.1).build(8).n_out
    16
    """

    hidden_layer_sizes: tuple[int, ...] = (128, 64)
    dropout: float = 0.0
    batch_norm: bool = False
    activation: str = "relu"
    n_members: int = 1

    def build(self, n_in: int, n_out: int | None = None, *, generator: Any = None) -> Any:
        """Return the MLP from (B, n_in) to (B, n_out), or to its last hidden layer, drawn from `generator`."""
        return MLP(
            n_in,
            self.hidden_layer_sizes,
            n_out,
            dropout=self.dropout,
            batch_norm=self.batch_norm,
            activation=self.activation,
            n_members=self.n_members,
            generator=generator,
        )
