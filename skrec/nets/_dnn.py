"""Deep network over embeddings, without an explicit interaction."""

from typing import Any

import torch
from torch import Tensor, nn

from skrec._inputs import Inputs
from skrec.nets.layers import Block, FieldEmbedding, MLPSpec


class DNN(Block):
    r"""Embeddings side by side into an MLP: what a named interaction has to beat.

    .. math:: \hat y = b + \mathrm{MLP}([v_1, \dots, v_F, x_{num}])

    Parameters
    ----------
    fields : Fields
        The columns.
    n_outputs : int, default=1
        Logits C.
    embedding_dim : int, default=16
        Width D of the vectors.
    mlp : MLPSpec, default=MLPSpec()
        The hidden layers.
    init_scale : float, default=0.01
        Standard deviation of the initial vectors.
    generator : torch.Generator, optional
        Source of the initial values.

    References
    ----------
    Covington et al. (2016), Deep Neural Networks for YouTube Recommendations, section 4.
    """

    def __init__(
        self,
        fields: Any,
        n_outputs: int = 1,
        *,
        embedding_dim: int = 16,
        mlp: Any = MLPSpec(),
        init_scale: float = 0.01,
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__()
        self.embedding = FieldEmbedding(
            fields, embedding_dim, numeric_vectors=False, init_scale=init_scale, generator=generator
        )
        self.mlp = mlp.build(self.embedding.n_concatenated, n_outputs, generator=generator)
        self.bias = nn.Parameter(torch.zeros(n_outputs))

    def forward(self, inputs: Inputs) -> Tensor:
        """Return logits of shape (B, n_outputs)."""
        return self.bias + self.mlp(self.embedding.concatenate(self.embedding.look_up(inputs), inputs))
