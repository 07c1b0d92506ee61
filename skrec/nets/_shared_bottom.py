"""One MLP for several targets, and a tower for each."""

from typing import Any

import torch
from torch import Tensor, nn

from skrec._inputs import Inputs
from skrec.nets.layers import Block, FieldEmbedding, MLPSpec, TargetTowers, sizes_of


class SharedBottom(Block):
    r"""Embeddings into an MLP that all targets share, and an MLP for each target.

    .. math:: \hat y_k = b_k + \mathrm{MLP}_k(\mathrm{MLP}(x)), \quad x = [v_1, \dots, v_F, x_{num}]

    Parameters
    ----------
    fields : Fields
        The columns.
    n_outputs : int or sequence of int, default=1
        Logits of each target; a number is a single one's.
    embedding_dim : int, default=16
        Width D of the vectors.
    mlp : MLPSpec, default=MLPSpec()
        The hidden layers that are shared.
    tower : MLPSpec, default=MLPSpec((32,))
        The hidden layers of each target.
    generator : torch.Generator, optional
        Source of the initial values.

    References
    ----------
    Caruana (1997), Multitask Learning.
    """

    def __init__(
        self,
        fields: Any,
        n_outputs: Any = 1,
        *,
        embedding_dim: int = 16,
        mlp: Any = MLPSpec(),
        tower: Any = MLPSpec((32,)),
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__()
        self.embedding = FieldEmbedding(fields, embedding_dim, numeric_vectors=False, generator=generator)
        self.bottom = mlp.build(self.embedding.n_concatenated, generator=generator)
        self.towers = TargetTowers(n_outputs, self.bottom.n_out, tower, shared=True, generator=generator)
        self.bias = nn.Parameter(torch.zeros(sum(sizes_of(n_outputs))))

    def forward(self, inputs: Inputs) -> Tensor:
        """Return the logits of all targets, (B, sum of n_outputs)."""
        x = self.embedding.concatenate(self.embedding.look_up(inputs), inputs)  # (B, d)
        return self.bias + self.towers(self.bottom(x))
