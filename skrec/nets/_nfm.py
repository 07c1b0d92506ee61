"""Neural factorization machine."""

from typing import Any

import torch
from torch import Tensor, nn

from skrec._inputs import Inputs
from skrec.nets.layers import BatchNorm, Block, Dropout, FieldEmbedding, MLPSpec
from skrec.ops import bi_interaction


class NFM(Block):
    r"""Factorization machine whose interaction vector goes through an MLP instead of being summed.

    .. math::

        \hat y(x) = b + \sum_i w_i x_i + \mathrm{MLP}(f_{BI}(x)), \quad
        f_{BI}(x) = \sum_{i<j} x_i v_i \odot x_j v_j

    Parameters
    ----------
    fields : Fields
        The columns.
    n_outputs : int, default=1
        Logits C.
    embedding_dim : int, default=64
        Width D of the vectors.
    mlp : MLPSpec, default=MLPSpec((64,))
        The hidden layers; dropout and batch normalization are of the interaction vector too.
    init_scale : float, default=0.05
        Standard deviation of the initial vectors.
    generator : torch.Generator, optional
        Source of the initial values.

    References
    ----------
    He & Chua (2017), Neural Factorization Machines for Sparse Predictive Analytics, eq. 2-7.

    Notes
    -----
    The MLP reads products of vectors, so the vectors start larger than elsewhere; from a standard deviation of .01 it
    did not find an interaction of three columns.
    """

    def __init__(
        self,
        fields: Any,
        n_outputs: int = 1,
        *,
        embedding_dim: int = 64,
        mlp: Any = MLPSpec((64,)),
        init_scale: float = 0.05,
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__()
        self.embedding = FieldEmbedding(fields, embedding_dim, n_outputs, init_scale=init_scale, generator=generator)
        self.normalize = BatchNorm(embedding_dim) if mlp.batch_norm else nn.Identity()
        self.drop = Dropout(mlp.dropout)
        self.mlp = mlp.build(embedding_dim, n_outputs, generator=generator)
        self.bias = nn.Parameter(torch.zeros(n_outputs))

    def forward(self, inputs: Inputs) -> Tensor:
        """Return logits of shape (B, n_outputs)."""
        layer = self.embedding
        looked_up, numeric = layer.look_up(inputs), layer.plain(inputs)
        pairs, linear = bi_interaction(looked_up, numeric, layer.factors, layer.n_linear)  # (B, D)
        return self.bias + linear + self.mlp(self.drop(self.normalize(pairs)))
