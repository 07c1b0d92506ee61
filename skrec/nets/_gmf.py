"""Generalized matrix factorization."""

from typing import Any

from torch import Tensor, nn, zeros

from skrec._inputs import Inputs
from skrec.nets.layers import Block, FieldEmbedding, Linear


class GMF(Block):
    r"""Matrix factorization whose dimensions have weights of their own.

    .. math:: s_{ui} = b + h^T (p_u \odot q_i)

    Parameters
    ----------
    fields : Fields
        Two categorical columns, the user and the item.
    n_outputs : int, default=1
        Outputs C, each with its own weights h.
    embedding_dim : int, default=64
        Width D of the vectors.
    init_scale : float, default=0.03
        Standard deviation of the initial vectors.
    generator : torch.Generator, optional
        Source of the initial values.

    Notes
    -----
    Differs from the paper by the constant b, with which a user without a vector has the base rate.

    References
    ----------
    He et al. (2017), Neural Collaborative Filtering, eq. 9.
    """

    def __init__(
        self,
        fields: Any,
        n_outputs: int = 1,
        *,
        embedding_dim: int = 64,
        init_scale: float = 0.03,
        generator: Any = None,
    ) -> None:
        super().__init__()
        self.embedding = FieldEmbedding(fields, embedding_dim, init_scale=init_scale, generator=generator)
        self.project = Linear(embedding_dim, n_outputs, bias=False, generator=generator)
        self.bias = nn.Parameter(zeros(n_outputs))

    def forward(self, inputs: Inputs) -> Tensor:
        """Return outputs of shape (B, n_outputs)."""
        vectors = self.embedding.look_up(inputs)  # (B, 2, D)
        return self.bias + self.project(vectors[:, 0] * vectors[:, 1])
