"""Field-weighted factorization machine."""

from typing import Any

import torch
from torch import Tensor, nn

from skrec._inputs import Inputs
from skrec.nets.layers import Block, FieldEmbedding, Linear
from skrec.nets.layers._pair_strengths import products_of, strengths_of


class FwFM(Block):
    r"""Factorization machine in which each pair of fields has a weight: field-aware at the memory of an FM.

    .. math:: \hat y(x) = b + \sum_i w_i x_i + \sum_{i<j} r_{ij} \langle v_i, v_j \rangle x_i x_j

    Parameters
    ----------
    fields : Fields
        The columns, at least two.
    n_outputs : int, default=1
        Logits C. With more than one, the interaction vector :math:`\sum_{i<j} r_{ij} v_i \odot v_j` is projected to C
        logits instead of summed.
    embedding_dim : int, default=16
        Width D of the vectors.
    init_scale : float, default=0.01
        Standard deviation of the initial vectors.
    generator : torch.Generator, optional
        Source of the initial values.

    References
    ----------
    Pan et al. (2018), Field-weighted Factorization Machines for Click-Through Rate Prediction in Display Advertising,
    eq. 4.

    Notes
    -----
    The weights of pairs start at one, where the net is an FM. The linear part has a number a value, the first of the
    paper's three forms.
    """

    def __init__(
        self,
        fields: Any,
        n_outputs: int = 1,
        *,
        embedding_dim: int = 16,
        init_scale: float = 0.01,
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__()
        n_fields = len(fields)
        if n_fields < 2:
            raise ValueError(f"FwFM needs at least two fields, got {n_fields}; use LR for one")
        self.embedding = FieldEmbedding(fields, embedding_dim, n_outputs, init_scale=init_scale, generator=generator)
        self.pair_weights = nn.Parameter(torch.ones(n_fields * (n_fields - 1) // 2))  # (0, 1), (0, 2), ..., as triu
        self.project = Linear(embedding_dim, n_outputs, bias=False, generator=generator) if n_outputs > 1 else None
        self.bias = nn.Parameter(torch.zeros(n_outputs))

    def forward(self, inputs: Inputs) -> Tensor:
        """Return logits of shape (B, n_outputs)."""
        vectors, linear = self.embedding.split(self.embedding(inputs))  # (B, F, D) and (B, n_outputs)
        n_fields = vectors.shape[1]
        i, j = torch.triu_indices(n_fields, n_fields, 1, device=vectors.device)
        above = self.pair_weights.new_zeros(n_fields, n_fields).index_put((i, j), self.pair_weights)
        pairs = (vectors * (above.to(vectors.dtype) @ vectors)).sum(1)  # (B, D): of each i the weighted sum of j > i
        return self.bias + linear + (pairs.sum(1, keepdim=True) if self.project is None else self.project(pairs))

    def pair_strengths(self, inputs: Inputs) -> Tensor:
        r"""Return :math:`|r_{ij} \langle v_i, v_j \rangle x_i x_j|` of all pairs of fields i < j, (B, P)."""
        vectors, _ = self.embedding.split(self.embedding(inputs))
        return strengths_of(products_of(vectors) * self.pair_weights[:, None], self.project)
