"""Pairs of fields through a learnt matrix."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from skrec.nets.layers._block import Block
from skrec.ops import project_bilinear_interaction


class Bilinear(Block):
    r"""Interaction of every pair of fields, :math:`p_{ij} = (v_i W) \odot v_j` for i < j.

    Parameters
    ----------
    n_fields : int
        Fields F, at least two.
    embedding_dim : int
        Width D of their vectors.
    bilinear_type : {"all", "each", "interaction"}
        Whose own the matrix W is: one of all pairs, one of each left field i, one of each pair.
    generator : torch.Generator, optional
        Source of the initial values.

    References
    ----------
    Huang et al. (2019), FiBiNET, section 3.4, eq. 5-7.

    Notes
    -----
    The matrices start near the identity, where a pair is the product of its vectors, as in an FM.
    """

    rows: Tensor
    columns: Tensor

    def __init__(
        self, n_fields: int, embedding_dim: int, bilinear_type: str, *, generator: torch.Generator | None = None
    ) -> None:
        super().__init__()
        if n_fields < 2:
            raise ValueError(f"A bilinear interaction needs at least two fields, got {n_fields}; use LR for one")
        n_pairs = n_fields * (n_fields - 1) // 2
        n_matrices = {"all": (), "each": (n_fields - 1,), "interaction": (n_pairs,)}
        if bilinear_type not in n_matrices:
            raise ValueError(f"bilinear_type must be one of {list(n_matrices)}, however: {bilinear_type=}")
        self.bilinear_type, self.n_pairs = bilinear_type, n_pairs
        pairs = torch.triu_indices(n_fields, n_fields, 1)  # (0, 1), (0, 2), ..., (F - 2, F - 1)
        self.register_buffer("rows", pairs[0], persistent=False)
        self.register_buffer("columns", pairs[1], persistent=False)
        noise = torch.empty(*n_matrices[bilinear_type], embedding_dim, embedding_dim)
        self.weight = nn.Parameter(noise.normal_(0, 0.01, generator=generator) + torch.eye(embedding_dim))

    def forward(self, vectors: Tensor) -> Tensor:
        """Return the vectors of all pairs of fields, (B, F, D) to (B, P, D)."""
        left = self._left(vectors)
        # field by field, where indexing by pairs would gather, and scatter in the backward pass
        return torch.cat([left_i * vectors[:, i + 1 :] for i, left_i in enumerate(left)], 1)

    def total(self, vectors: Tensor) -> Tensor:
        """Return the sum of the vectors of all pairs, (B, F, D) to (B, D), without holding them side by side."""
        if self.bilinear_type == "interaction":
            n_fields, width = vectors.shape[1:]
            grid = self.weight.new_zeros(n_fields, n_fields, width, width)
            grid[self.rows, self.columns] = self.weight
            matrix = grid.transpose(1, 2).reshape(n_fields * width, n_fields * width)
            left = (vectors.flatten(1) @ matrix).unflatten(1, (n_fields, width))  # sum over i < j of v_i W_ij
            return (left * vectors).sum(1)
        behind = vectors.flip(1).cumsum(1).flip(1)[:, 1:]  # (B, F - 1, D), the sum of v_j with j > i
        return (torch.cat(self._left(vectors), 1) * behind).sum(1)

    def project(self, vectors: Tensor, weight: Tensor) -> Tensor:
        """Return a linear map of the pairs side by side, without holding them.

        Parameters
        ----------
        vectors : Tensor of shape (B, F, D)
        weight : Tensor of shape (H, P * D)

        Returns
        -------
        Tensor of shape (B, H)
        """
        if not vectors.is_cpu:
            return functional.linear(self(vectors).flatten(1), weight)
        matrices: Tensor = self.weight  # (P, D, D)
        if self.bilinear_type == "all":
            matrices = matrices.expand(self.n_pairs, -1, -1)
        elif self.bilinear_type == "each":
            matrices = matrices[self.rows]
        return project_bilinear_interaction(vectors, matrices, weight)

    def _left(self, vectors):
        """Return v_i W for i = 0, ..., F - 2: each (B, 1, D) or, with a matrix for each pair, (B, F - 1 - i, D)."""
        n_fields, width = vectors.shape[1:]
        if self.bilinear_type == "interaction":
            matrices = self.weight.split(list(range(n_fields - 1, 0, -1)))
            wide = [vectors[:, i] @ own.transpose(0, 1).flatten(1) for i, own in enumerate(matrices)]
            return [left.unflatten(1, (-1, width)) for left in wide]
        if self.bilinear_type == "all":
            left = vectors[:, :-1] @ self.weight
        else:
            left = torch.einsum("bfd,fde->bfe", vectors[:, :-1], self.weight)
        return left.split(1, 1)
