"""Multi-gate mixture of experts."""

from typing import Any

import torch
from torch import Tensor, nn

from skrec._inputs import Inputs
from skrec.nets.layers import Block, FieldEmbedding, Linear, MLPSpec, ParallelMLP, TargetTowers, sizes_of


class MMoE(Block):
    r"""Experts that all targets share, mixed for each target by a gate of its own, and an MLP for each target.

    .. math::

        \hat y_k = b_k + \mathrm{MLP}_k(f^k), \quad f^k = \sum_i g^k_i(x) \, \mathrm{MLP}^i(x)

        g^k(x) = \mathrm{softmax}(W_k x), \quad x = [v_1, \dots, v_F, x_{num}]

    Parameters
    ----------
    fields : Fields
        The columns.
    n_outputs : int or sequence of int, default=1
        Logits of each target; a number is a single one's.
    embedding_dim : int, default=16
        Width D of the vectors.
    n_experts : int, default=4
        Experts E.
    mlp : MLPSpec, default=MLPSpec()
        The hidden layers of each expert.
    tower : MLPSpec, default=MLPSpec((32,))
        The hidden layers of each target.
    generator : torch.Generator, optional
        Source of the initial values.

    References
    ----------
    Ma et al. (2018), Modeling Task Relationships in Multi-task Learning with Multi-gate Mixture-of-Experts, eq. 6-8.
    """

    def __init__(
        self,
        fields: Any,
        n_outputs: Any = 1,
        *,
        embedding_dim: int = 16,
        n_experts: int = 4,
        mlp: Any = MLPSpec(),
        tower: Any = MLPSpec((32,)),
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__()
        self.embedding = FieldEmbedding(fields, embedding_dim, numeric_vectors=False, generator=generator)
        width, n_targets = self.embedding.n_concatenated, len(sizes_of(n_outputs))
        self.n_experts = n_experts
        self.experts = ParallelMLP(n_experts, width, mlp, generator=generator)
        self.gates = Linear(width, n_targets * n_experts, bias=False, generator=generator)
        self.towers = TargetTowers(n_outputs, self.experts.n_out, tower, generator=generator)
        self.bias = nn.Parameter(torch.zeros(sum(sizes_of(n_outputs))))

    def forward(self, inputs: Inputs) -> Tensor:
        """Return the logits of all targets, (B, sum of n_outputs)."""
        x = self.embedding.concatenate(self.embedding.look_up(inputs), inputs)  # (B, d)
        gates = self.gates(x).unflatten(1, (-1, self.n_experts)).softmax(2)  # (B, K, E)
        return self.bias + self.towers(gates @ self.experts(x))  # of (B, K, H)
