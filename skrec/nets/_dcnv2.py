"""Deep & Cross Network, version 2."""

from typing import Any

import torch
from torch import Tensor, nn

from skrec._inputs import Inputs
from skrec.nets.layers import Block, FieldEmbedding, Linear, MatrixCross, MLPSpec


class DCNv2(Block):
    r"""Cross network with matrices, before or beside a deep network.

    .. math::

        x_{l+1} = x_0 \odot (W_l x_l + b_l) + x_l, \quad x_0 = [v_1, \dots, v_F, x_{num}]

        \hat y = b + \mathrm{MLP}(x_L) \text{ (stacked)}, \quad
        \hat y = b + \langle w, x_L \rangle + \mathrm{MLP}(x_0) \text{ (parallel)}

    Parameters
    ----------
    fields : Fields
        The columns.
    n_outputs : int, default=1
        Logits C.
    embedding_dim : int, default=16
        Width D of the vectors.
    n_cross_layers : int, default=3
        Cross layers L; the interactions have up to L + 1 factors.
    low_rank : int, optional
        Rank of the matrices, :math:`W_l = U_l V_l^\top`; without it they are full.
    n_experts : int, default=1
        With `low_rank`, matrices in each layer, mixed by a gate:
        :math:`W_l x_l` becomes :math:`\sum_i G_i(x_l) U_l^i V_l^{i\top} x_l`.
    structure : {"parallel", "stacked"}, default="parallel"
        Whether the MLP reads x_0, beside the cross layers, or x_L, behind them.
    mlp : MLPSpec, default=MLPSpec()
        The hidden layers of the deep network.
    init_scale : float, default=0.01
        Standard deviation of the initial vectors.
    generator : torch.Generator, optional
        Source of the initial values.

    References
    ----------
    Wang et al. (2021), DCN V2: Improved Deep & Cross Network and Practical Lessons for Web-scale Learning to Rank
    Systems, eq. 1-3.

    Notes
    -----
    The gate is a softmax, one of the paper's two choices. The experts are linear, as in its equation 3; the
    non-linear ones that it goes on to are not here.
    """

    def __init__(
        self,
        fields: Any,
        n_outputs: int = 1,
        *,
        embedding_dim: int = 16,
        n_cross_layers: int = 3,
        low_rank: int | None = None,
        n_experts: int = 1,
        structure: str = "parallel",
        mlp: Any = MLPSpec(),
        init_scale: float = 0.01,
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__()
        if structure not in ("parallel", "stacked"):
            raise ValueError(f"structure must be 'parallel' or 'stacked', however: {structure=}")
        self.embedding = FieldEmbedding(
            fields, embedding_dim, numeric_vectors=False, init_scale=init_scale, generator=generator
        )
        width = self.embedding.n_concatenated
        self.cross = MatrixCross(width, n_cross_layers, low_rank=low_rank, n_experts=n_experts, generator=generator)
        parallel = structure == "parallel"
        self.read_out = Linear(width, n_outputs, bias=False, generator=generator) if parallel else None
        self.mlp = mlp.build(width, n_outputs, generator=generator)
        self.bias = nn.Parameter(torch.zeros(n_outputs))

    def forward(self, inputs: Inputs) -> Tensor:
        """Return logits of shape (B, n_outputs)."""
        x = self.embedding.concatenate(self.embedding.look_up(inputs), inputs)  # (B, d)
        crossed = self.cross(x)  # (B, d)
        if self.read_out is None:
            return self.bias + self.mlp(crossed)
        return self.bias + self.read_out(crossed) + self.mlp(x)

    def pair_strengths(self, inputs: Inputs) -> Tensor:
        r"""Return :math:`\sqrt{\|W_{ij}\|^2 + \|W_{ji}\|^2}` of all pairs i < j in the first layer's matrix, (B, P).

        :math:`W_{ij}` is the block of it that multiplies field i by field j. Rows differ by what their gate mixes.
        """
        layer, x = self.embedding, self.embedding.concatenate(self.embedding.look_up(inputs), inputs)
        n_plain = layer.fields.n_plain
        widths = [layer.embedding_dim] * (len(layer.fields) - n_plain) + [1] * n_plain
        of_field = torch.arange(len(widths)).repeat_interleave(torch.tensor(widths))  # (d,)
        blocks = nn.functional.one_hot(of_field).to(x.dtype)  # (d, F)
        matrices, gates = self.cross.of_first_layer(x)  # (K, d, d), (B, K)
        # a mixture's squares are those of its matrices' products: no row has a matrix of its own
        products = torch.stack([blocks.T @ (one * matrices) @ blocks for one in matrices])  # (K, K, F, F)
        squares = torch.einsum("bk,bl,klij->bij", gates, gates, products)
        i, j = torch.triu_indices(len(widths), len(widths), 1)
        return (squares + squares.mT)[:, i, j].clamp(min=0).sqrt()
