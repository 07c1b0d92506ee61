"""Layers that several nets share."""

import torch
from torch import Tensor, nn
from torch.nn import functional


class Linear(nn.Linear):
    """Affine map whose initial values come from a generator, not from the global state."""

    def __init__(self, n_in, n_out, *, bias=True, generator=None):
        self._generator = generator
        super().__init__(n_in, n_out, bias=bias)
        del self._generator

    def reset_parameters(self):
        """Draw weights as torch's own layer does: U(-1/sqrt(n_in), 1/sqrt(n_in)); the bias is zero."""
        bound = self.in_features**-0.5 if self.in_features else 0.0
        nn.init.uniform_(self.weight, -bound, bound, generator=self._generator)
        if self.bias is not None:
            nn.init.zeros_(self.bias)


class Dropout(nn.Module):
    """Inverted dropout that draws from `generator`; the training loop sets it.

    torch's own draws from the global state, which `fit` leaves untouched. Four units share one draw of 64 bits, a
    third of the time of a draw each; `p` is met to one in 65,536.
    """

    generator: torch.Generator | None = None

    def __init__(self, p):
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


class BatchNorm(nn.BatchNorm1d):
    """Batch normalization that treats a row alone, or none, as in prediction: it has no variance of its own."""

    def forward(self, x: Tensor) -> Tensor:
        if self.training and len(x) < 2:
            return functional.batch_norm(x, self.running_mean, self.running_var, self.weight, self.bias, eps=self.eps)
        return super().forward(x)


class MLP(nn.Sequential):
    """Hidden layers and, with `n_out`, a linear output.

    Parameters
    ----------
    n_in : int
        Width of the input.
    hidden_layer_sizes : sequence of int
        Units of each hidden layer.
    n_out : int, default=0
        Width of the linear output; 0 leaves it out.
    dropout : float, default=0.0
        Share of the hidden units that a training step drops.
    batch_norm : bool, default=False
        Normalise each hidden layer over the batch, before its units.
    activation : callable, optional
        Makes the units of a hidden layer, given its width; ReLU if not given.
    generator : torch.Generator, optional
        Source of the initial values.
    """

    def __init__(
        self, n_in, hidden_layer_sizes, n_out=0, *, dropout=0.0, batch_norm=False, activation=None, generator=None
    ):
        layers: list[nn.Module] = []
        for width in hidden_layer_sizes:
            # a bias would leave with the mean: its gradient is rounding alone, which Adam makes whole steps
            layers.append(Linear(n_in, width, bias=not batch_norm, generator=generator))
            if batch_norm:
                layers.append(BatchNorm(width))
            layers.append(activation(width) if activation else nn.ReLU())
            if dropout:
                layers.append(Dropout(dropout))
            n_in = width
        if n_out:
            layers.append(Linear(n_in, n_out, generator=generator))
        super().__init__(*layers)
        self.n_out = n_out or n_in
