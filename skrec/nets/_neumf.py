"""Neural matrix factorization."""

from typing import Any, cast

import torch
from torch import Tensor, nn

from skrec._inputs import Inputs
from skrec.nets._dnn import DNN
from skrec.nets._gmf import GMF
from skrec.nets.layers import Block, FieldEmbedding, Linear, MLPSpec


class NeuMF(Block):
    r"""A product of user and item, and an MLP over other vectors of both, read out together.

    .. math:: s_{ui} = b + h^T [\, p_u^G \odot q_i^G,\; \phi_L(\dots \phi_1([p_u^M, q_i^M])) \,]

    Parameters
    ----------
    fields : Fields
        Two categorical columns, the user and the item.
    n_outputs : int, default=1
        Outputs C, each with its own weights h.
    embedding_dim : int, default=32
        Width D of the vectors; each half has its own.
    mlp : MLPSpec, default=MLPSpec((32, 16, 8))
        The hidden layers.
    init_scale : float, default=0.03
        Standard deviation of the initial vectors.
    generator : torch.Generator, optional
        Source of the initial values.

    Notes
    -----
    Differs from the paper by the constant b, with which a user without vectors starts at the base rate.

    References
    ----------
    He et al. (2017), Neural Collaborative Filtering, eq. 10-12.
    """

    def __init__(
        self,
        fields: Any,
        n_outputs: int = 1,
        *,
        embedding_dim: int = 32,
        mlp: Any = MLPSpec((32, 16, 8)),
        init_scale: float = 0.03,
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__()
        self.embedding = FieldEmbedding(fields, embedding_dim, init_scale=init_scale, generator=generator)
        self.mlp_embedding = FieldEmbedding(fields, embedding_dim, init_scale=init_scale, generator=generator)
        self.mlp = mlp.build(2 * embedding_dim, generator=generator)
        self.project = Linear(embedding_dim + self.mlp.n_out, n_outputs, bias=False, generator=generator)
        self.bias = nn.Parameter(torch.zeros(n_outputs))

    def forward(self, inputs: Inputs) -> Tensor:
        """Return outputs of shape (B, n_outputs)."""
        vectors = self.embedding.look_up(inputs)  # (B, 2, D)
        hidden = self.mlp(self.mlp_embedding.look_up(inputs).flatten(1))  # (B, n_out)
        return self.bias + self.project(torch.cat([vectors[:, 0] * vectors[:, 1], hidden], 1))

    @torch.no_grad()
    def start_from(self, gmf: GMF, mlp: DNN, trade_off: float = 0.5) -> None:
        """Take over two trained halves of the same sizes: the outputs are then their weighted mean.

        Parameters
        ----------
        gmf : GMF
        mlp : DNN
        trade_off : float in [0, 1], default=0.5
            Weight of `gmf`, alpha in the paper.
        """
        hidden, head = nn.Sequential(*list(mlp.mlp)[:-1]), cast(Linear, mlp.mlp[-1])
        self.embedding.load_state_dict(gmf.embedding.state_dict())
        self.mlp_embedding.load_state_dict(mlp.embedding.state_dict())
        self.mlp.load_state_dict(hidden.state_dict())
        self.project.weight.copy_(torch.cat([trade_off * gmf.project.weight, (1 - trade_off) * head.weight], 1))
        self.bias.copy_(trade_off * gmf.bias + (1 - trade_off) * (mlp.bias + head.bias))
