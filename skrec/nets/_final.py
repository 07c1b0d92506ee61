"""Factorized interaction layers."""

from typing import Any

import torch
from torch import Tensor, nn

from skrec._inputs import Inputs
from skrec.nets.layers import BatchNorm, Block, Dropout, FieldEmbedding, Linear, MLPSpec


class FactorizedInteraction(Block):
    r"""A layer of products: of degree two in its input, so that L of them have products of up to 2^L columns.

    .. math:: h = a + a \odot c, \quad a = W x + \alpha, \quad c = V x + \gamma

    Parameters
    ----------
    n_in, n_out : int
        Widths of the input and of the output.
    generator : torch.Generator, optional
        Source of the initial values.
    """

    def __init__(self, n_in: int, n_out: int, *, generator: torch.Generator | None = None) -> None:
        super().__init__()
        self.linear = Linear(n_in, 2 * n_out, generator=generator)

    def forward(self, x: Tensor) -> Tensor:
        """Return (B, n_out) of (B, n_in)."""
        first, second = self.linear(x).chunk(2, 1)
        return torch.addcmul(first, first, second)


class FINAL(Block):
    r"""Layers that multiply what they read with itself, over the columns and over columns that each other gate.

    .. math::

        h_l = a_l + a_l \odot c_l, \quad a_l = W_l h_{l-1} + \alpha_l, \quad c_l = V_l h_{l-1} + \gamma_l

        \hat y = b + \tfrac{1}{2} (\langle w, h_L \rangle + \langle w', h'_L \rangle)

    The first block reads :math:`h_0 = [v_1, \dots, v_F, x_{num}, g_1, \dots, g_F]` with
    :math:`g_i = v_i \odot (q_i + \sum_j Q_{ij} v_j)`, the second :math:`h'_0 = [v_1, \dots, v_F, x_{num}]`.

    Parameters
    ----------
    fields : Fields
        The columns.
    n_outputs : int, default=1
        Logits C.
    embedding_dim : int, default=16
        Width D of the vectors.
    n_blocks : {1, 2}, default=2
        Whether there is the second block.
    mlp : MLPSpec, default=MLPSpec()
        The layers of each block; their units are the products.
    init_scale : float, default=0.1
        Standard deviation of the initial vectors.
    generator : torch.Generator, optional
        Source of the initial values.

    References
    ----------
    Zhu et al. (2023), FINAL: Factorized Interaction Layer for CTR Prediction.

    Notes
    -----
    The two blocks are averaged. The paper's further losses, which let each learn from their average, are not here.
    The gates start at one.
    """

    def __init__(
        self,
        fields: Any,
        n_outputs: int = 1,
        *,
        embedding_dim: int = 16,
        n_blocks: int = 2,
        mlp: Any = MLPSpec(),
        init_scale: float = 0.1,
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__()
        if n_blocks not in (1, 2):
            raise ValueError(f"n_blocks must be 1 or 2, however: {n_blocks=}")
        self.embedding = FieldEmbedding(
            fields, embedding_dim, numeric_vectors=False, init_scale=init_scale, generator=generator
        )
        n_gated, width = len(fields) - fields.n_plain, self.embedding.n_concatenated
        self.gate_weight = nn.Parameter(torch.zeros(n_gated, n_gated))
        self.gate_bias = nn.Parameter(torch.ones(n_gated, 1))
        widths = [width + n_gated * embedding_dim, width][:n_blocks]
        self.blocks = nn.ModuleList(_block(n_in, mlp, n_outputs, generator) for n_in in widths)
        self.bias = nn.Parameter(torch.zeros(n_outputs))

    def forward(self, inputs: Inputs) -> Tensor:
        """Return logits of shape (B, n_outputs)."""
        vectors = self.embedding.look_up(inputs)  # (B, F, D)
        plain = self.embedding.concatenate(vectors, inputs)
        gated = vectors * (self.gate_weight @ vectors + self.gate_bias)
        first, *second = self.blocks
        logits = first(torch.cat([plain, gated.flatten(1)], 1))
        for block in second:
            logits = (logits + block(plain)) / 2
        return self.bias + logits


def _block(n_in, spec, n_outputs, generator):
    """Return the layers of a block, and the linear map to its logits."""
    layers: list[nn.Module] = []
    for width in spec.hidden_layer_sizes:
        layers.append(FactorizedInteraction(n_in, width, generator=generator))
        if spec.batch_norm:
            layers.append(BatchNorm(width))
        if spec.dropout:
            layers.append(Dropout(spec.dropout))
        n_in = width
    return nn.Sequential(*layers, Linear(n_in, n_outputs, bias=False, generator=generator))
