"""Cross layers: each multiplies by the first input again, so that layer l has all products of up to l + 1 fields."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from skrec.nets.layers._block import Block
from skrec.nets.layers._linear import Linear
from skrec.ops import cross_layers, full_precision, mixed_dtype


class VectorCross(Block):
    r"""Cross layers with one weight vector each, as in DCN.

    .. math:: x_{l+1} = x_0 (x_l \cdot w_l) + b_l + x_l

    Parameters
    ----------
    width : int
        Width d of the input and of the output.
    n_layers : int
        Layers L.
    generator : torch.Generator, optional
        Source of the initial values.

    Notes
    -----
    By induction :math:`x_l = a_l x_0 + c_l`, with a number a_l for each row and a vector c_l for all of them:
    :math:`a_{l+1} = a_l (1 + x_0 \cdot w_l) + c_l \cdot w_l` and :math:`c_{l+1} = c_l + b_l`. So the layers cost
    one thin product over x_0 and one pass back, not a pass each.
    """

    def __init__(self, width: int, n_layers: int, *, generator: torch.Generator | None = None) -> None:
        super().__init__()
        bound = width**-0.5
        self.weight = nn.Parameter(torch.empty(n_layers, width).uniform_(-bound, bound, generator=generator))
        self.bias = nn.Parameter(torch.zeros(n_layers, width))

    def forward(self, x: Tensor) -> Tensor:
        """Return x_L, (B, d), from x_0, (B, d)."""
        with full_precision(x):  # sums over all fields, which bfloat16 would not hold
            dots = functional.linear(x, self.weight)  # (B, L)
            scale, shift = torch.ones_like(x[:, 0]), torch.zeros_like(self.bias[0])  # (B,), (d,)
            for dot, weight, bias in zip(dots.unbind(1), self.weight, self.bias, strict=True):
                scale = scale * (1 + dot) + shift @ weight
                shift = shift + bias
            return scale[:, None] * x + shift


class MatrixCross(Block):
    r"""Cross layers with a weight matrix each, as in DCN-V2.

    .. math:: x_{l+1} = x_0 \odot (W_l x_l + b_l) + x_l

    Parameters
    ----------
    width : int
        Width d of the input and of the output.
    n_layers : int
        Layers L.
    low_rank : int, optional
        Rank r of the matrices; without it they are full.
    n_experts : int, default=1
        Matrices of rank r in each layer, mixed by a gate.
    generator : torch.Generator, optional
        Source of the initial values.
    """

    def __init__(
        self,
        width: int,
        n_layers: int,
        *,
        low_rank: int | None = None,
        n_experts: int = 1,
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__()
        if low_rank is None and n_experts > 1:
            raise ValueError(f"experts are matrices of low rank, however: {low_rank=}, {n_experts=}")
        self.layers = nn.ModuleList(
            Linear(width, width, generator=generator)
            if low_rank is None
            else LowRankMixture(width, low_rank, n_experts, generator=generator)
            for _ in range(n_layers)
        )

    def forward(self, x: Tensor) -> Tensor:
        """Return x_L, (B, d), from x_0, (B, d), in the dtype of a mixed precision."""
        if all(isinstance(layer, Linear) for layer in self.layers):
            weights, biases = ([layer.get_parameter(name) for layer in self.layers] for name in ("weight", "bias"))
            return cross_layers(x, weights, biases)
        crossed = x = x.to(mixed_dtype(x))
        for layer in self.layers:
            crossed = torch.addcmul(crossed, x, layer(crossed))
        return crossed

    def of_first_layer(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return the matrices of the first layer, (K, d, d), and how a row of `x` (B, d) mixes them, (B, K)."""
        layer = self.layers[0]
        if isinstance(layer, LowRankMixture):
            return layer.matrices(), layer.gates(x)
        return layer.get_parameter("weight")[None], x.new_ones(len(x), 1)


class LowRankMixture(Block):
    r"""Affine map of low rank, or a mixture of several.

    .. math:: \sum_i G_i(x) \, U_i V_i^\top x + b, \quad G(x) = \mathrm{softmax}(\Gamma x)

    Parameters
    ----------
    width : int
        Width d of the input and of the output.
    rank : int
        Rank r of each expert.
    n_experts : int
        Experts K; with one there is no gate.
    generator : torch.Generator, optional
        Source of the initial values.

    Notes
    -----
    The experts lie side by side: one product down to K r units, each expert's scaled by its gate, one product up.
    As the gates add up to one, the bias stands outside of the sum.
    """

    def __init__(self, width: int, rank: int, n_experts: int, *, generator: torch.Generator | None = None) -> None:
        super().__init__()
        self.n_experts = n_experts
        self.down = Linear(width, n_experts * rank, bias=False, generator=generator)
        self.up = Linear(n_experts * rank, width, generator=generator)
        self.gate = Linear(width, n_experts, bias=False, generator=generator) if n_experts > 1 else None

    def forward(self, x: Tensor) -> Tensor:
        """Return values of shape (B, d)."""
        hidden = self.down(x)  # (B, K r)
        if self.gate is not None:
            hidden = (hidden.unflatten(1, (self.n_experts, -1)) * self.gates(x)[:, :, None]).flatten(1)
        return self.up(hidden)

    def gates(self, x: Tensor) -> Tensor:
        """Return what each expert counts, (B, K)."""
        return x.new_ones(len(x), 1) if self.gate is None else self.gate(x).softmax(1)

    def matrices(self) -> Tensor:
        """Return U_i V_i^T of each expert, (K, d, d)."""
        up, down = (
            self.up.weight.unflatten(1, (self.n_experts, -1)),
            self.down.weight.unflatten(0, (self.n_experts, -1)),
        )
        return torch.einsum("ekr,krd->ked", up, down)
