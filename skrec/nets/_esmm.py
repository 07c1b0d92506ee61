"""Entire space multi-task model."""

from typing import Any

import torch
from torch import Tensor, nn

from skrec._inputs import Inputs
from skrec.nets.layers import Block, FieldEmbedding, MLPSpec, TargetTowers


class ESMM(Block):
    r"""A chain of targets of which each needs the one before: an MLP for each over the same embeddings, multiplied.

    .. math:: P(y_k = 1) = \prod_{j \le k} \sigma(z_j), \quad z_j = b_j + \mathrm{MLP}_j([v_1, \dots, v_F, x_{num}])

    Parameters
    ----------
    fields : Fields
        The columns.
    n_outputs : int, default=1
        Targets K, in the order of the chain, each with the logit of its product.
    embedding_dim : int, default=16
        Width D of the vectors.
    mlp : MLPSpec, default=MLPSpec()
        The hidden layers of each target.
    generator : torch.Generator, optional
        Source of the initial values.

    References
    ----------
    Ma et al. (2018), Entire Space Multi-Task Model: An Effective Approach for Estimating Post-Click Conversion Rate,
    eq. 1-4.

    Notes
    -----
    The odds against a product of probabilities with logits a and b are :math:`e^{-a} + e^{-b} + e^{-a-b}`, whose
    logarithm is taken without an overflow.
    """

    def __init__(
        self,
        fields: Any,
        n_outputs: Any = 1,
        *,
        embedding_dim: int = 16,
        mlp: Any = MLPSpec(),
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__()
        self.embedding = FieldEmbedding(fields, embedding_dim, numeric_vectors=False, generator=generator)
        width = self.embedding.n_concatenated
        self.towers = TargetTowers([1] * n_outputs, width, mlp, shared=True, generator=generator)
        self.bias = nn.Parameter(torch.zeros(n_outputs))

    def forward(self, inputs: Inputs) -> Tensor:
        """Return the logits of all products, (B, K)."""
        first, *others = self.conditional(inputs).split(1, 1)
        chain = [first]
        for own in others:
            before = chain[-1]
            chain.append(-torch.logsumexp(torch.stack([-before, -own, -before - own]), 0))
        return torch.cat(chain, 1)

    def conditional(self, inputs: Inputs) -> Tensor:
        """Return the logits of each target given the one before, z, (B, K)."""
        x = self.embedding.concatenate(self.embedding.look_up(inputs), inputs)  # (B, d)
        return self.bias + self.towers(x)
