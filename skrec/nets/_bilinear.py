"""Pairs of fields through a learnt matrix."""

import torch
from torch import Tensor, nn


class Bilinear(nn.Module):
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

    def __init__(self, n_fields, embedding_dim, bilinear_type, *, generator=None):
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
        right = vectors.index_select(1, self.columns)  # (B, P, D)
        if self.bilinear_type == "interaction":
            left = vectors.index_select(1, self.rows)
            return torch.einsum("bpd,pde->bpe", left, self.weight) * right
        return self._left(vectors).index_select(1, self.rows) * right

    def total(self, vectors: Tensor) -> Tensor:
        """Return the sum of the vectors of all pairs, (B, F, D) to (B, D)."""
        if self.bilinear_type == "interaction":
            return self(vectors).sum(1)
        behind = vectors.flip(1).cumsum(1).flip(1)[:, 1:]  # (B, F - 1, D), the sum of v_j with j > i
        return (self._left(vectors) * behind).sum(1)

    def _left(self, vectors):
        """Return v_i W of all fields but the last, (B, F - 1, D)."""
        if self.bilinear_type == "all":
            return vectors[:, :-1] @ self.weight
        return torch.einsum("bfd,fde->bfe", vectors[:, :-1], self.weight)
