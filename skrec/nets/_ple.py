"""Progressive layered extraction."""

from typing import Any

import torch
from torch import Tensor, nn

from skrec._inputs import Inputs
from skrec.nets.layers import Block, FieldEmbedding, Linear, MLPSpec, ParallelMLP, TargetTowers, sizes_of


class Extraction(Block):
    """A level: experts that are shared and experts of each target, and gates that mix them.

    Parameters
    ----------
    n_in : int
        Width of the inputs, one for each target and one for what is shared.
    n_targets : int
        Targets K.
    n_shared, n_own : int
        Experts that are shared, and experts of each target; the latter may be 0.
    mlp : MLPSpec
        The hidden layers of an expert.
    last : bool, default=False
        Whether no level comes behind, which would read the shared part.
    generator : torch.Generator, optional
        Source of the initial values.
    """

    def __init__(
        self,
        n_in: int,
        n_targets: int,
        n_shared: Any,
        n_own: Any,
        mlp: Any,
        *,
        last: bool = False,
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__()
        self.shared = ParallelMLP(n_shared, n_in, mlp, generator=generator)
        own: Any = (ParallelMLP(n_own, n_in, mlp, generator=generator) for _ in range(n_targets) if n_own)
        self.own = nn.ModuleList(own)
        gates: Any = (Linear(n_in, n_shared + n_own, bias=False, generator=generator) for _ in range(n_targets))
        self.gates = nn.ModuleList(gates)
        n_all = n_shared + n_targets * n_own
        self.shared_gate = None if last else Linear(n_in, n_all, bias=False, generator=generator)
        self.n_out = self.shared.n_out

    def forward(self, parts: list[Tensor]) -> list[Tensor]:
        """Return what the targets have, and what is shared unless this is the last level, each (B, H).

        `parts` are the same of the level before, each (B, n_in), the shared one at the end.
        """
        shared = self.shared(parts[-1])  # (B, E, H)
        own = [experts(part) for experts, part in zip(self.own, parts, strict=False)]
        mixed = []
        for place, gate in enumerate(self.gates):
            seen = torch.cat([own[place], shared], 1) if own else shared
            mixed.append(_mix(gate(parts[place]), seen))
        if self.shared_gate is not None:
            mixed.append(_mix(self.shared_gate(parts[-1]), torch.cat([*own, shared], 1)))
        return mixed


class PLE(Block):
    r"""Levels of experts, some shared and some of each target, and an MLP for each target.

    .. math::

        \hat y_k = b_k + \mathrm{MLP}_k(f^k_L), \quad
        f^k_l = \sum_i \mathrm{softmax}(W^k_l f^k_{l-1})_i \, S^k_{l,i}, \quad f^k_0 = x = [v_1, \dots, v_F, x_{num}]

    where the rows of :math:`S^k_l` are the target's own experts of :math:`f^k_{l-1}` and the shared experts of
    :math:`f^s_{l-1}`; the shared part :math:`f^s_l` mixes all experts of the level.

    Parameters
    ----------
    fields : Fields
        The columns.
    n_outputs : int or sequence of int, default=1
        Logits of each target; a number is a single one's.
    embedding_dim : int, default=16
        Width D of the vectors.
    n_levels : int, default=2
        Levels L; one is the paper's CGC.
    n_experts, n_target_experts : int, default=2
        Experts of a level that are shared, and experts of each target; the latter may be 0.
    mlp : MLPSpec, default=MLPSpec()
        The hidden layers of each expert.
    tower : MLPSpec, default=MLPSpec((32,))
        The hidden layers of each target.
    generator : torch.Generator, optional
        Source of the initial values.

    References
    ----------
    Tang et al. (2020), Progressive Layered Extraction (PLE): A Novel Multi-Task Learning (MTL) Model for Personalized
    Recommendations, eq. 1-8.
    """

    def __init__(
        self,
        fields: Any,
        n_outputs: Any = 1,
        *,
        embedding_dim: int = 16,
        n_levels: int = 2,
        n_experts: int = 2,
        n_target_experts: int = 2,
        mlp: Any = MLPSpec(),
        tower: Any = MLPSpec((32,)),
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__()
        self.embedding = FieldEmbedding(fields, embedding_dim, numeric_vectors=False, generator=generator)
        width, self.n_targets = self.embedding.n_concatenated, len(sizes_of(n_outputs))
        self.levels = nn.ModuleList()
        for level in range(n_levels):
            sizes, last = (self.n_targets, n_experts, n_target_experts), level == n_levels - 1
            extraction = Extraction(width, *sizes, mlp, last=last, generator=generator)
            self.levels.append(extraction)
            width = extraction.n_out
        self.towers = TargetTowers(n_outputs, width, tower, generator=generator)
        self.bias = nn.Parameter(torch.zeros(sum(sizes_of(n_outputs))))

    def forward(self, inputs: Inputs) -> Tensor:
        """Return the logits of all targets, (B, sum of n_outputs)."""
        x = self.embedding.concatenate(self.embedding.look_up(inputs), inputs)  # (B, d)
        parts = [x] * (self.n_targets + 1)
        for level in self.levels:
            parts = level(parts)
        return self.bias + self.towers(torch.stack(parts, 1))


def _mix(gate, experts):
    """Return the experts (B, E, H) weighed by the softmax of a gate (B, E), (B, H)."""
    return (gate.softmax(1)[:, None] @ experts)[:, 0]
