"""Factorization machine."""

from typing import Any

import torch
from torch import Tensor, nn

from skrec._inputs import Inputs
from skrec.nets.layers import Block, ClosedForm, FieldEmbedding, Linear
from skrec.nets.layers._folded_numbers import FoldedNumbers
from skrec.nets.layers._pair_strengths import products_of, strengths_of
from skrec.ops import bi_interaction, empty


class FM(Block):
    r"""Factorization machine: a linear model with all pairwise interactions, in linear time.

    .. math:: \hat y(x) = b + \sum_i w_i x_i + \sum_{i<j} \langle v_i, v_j \rangle x_i x_j

    Parameters
    ----------
    fields : Fields
        The columns.
    n_outputs : int, default=1
        Logits C. With more than one, the interaction vector is projected to C logits instead of summed.
    embedding_dim : int, default=16
        Width D of the vectors.
    init_scale : float, default=0.01
        Standard deviation of the initial vectors.
    generator : torch.Generator, optional
        Source of the initial values.

    References
    ----------
    Rendle (2010), Factorization Machines, eq. 1 and lemma 3.1.
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
        self.embedding = FieldEmbedding(fields, embedding_dim, n_outputs, init_scale=init_scale, generator=generator)
        self.project = Linear(embedding_dim, n_outputs, bias=False, generator=generator) if n_outputs > 1 else None
        self.bias = nn.Parameter(torch.zeros(n_outputs))

    def forward(self, inputs: Inputs) -> Tensor:
        """Return logits of shape (B, n_outputs)."""
        layer = self.embedding
        looked_up, numeric = layer.look_up(inputs), layer.plain(inputs)
        return self.add_up(*bi_interaction(looked_up, numeric, layer.factors, layer.n_linear))

    def pair_strengths(self, inputs: Inputs) -> Tensor:
        r"""Return :math:`|\langle v_i, v_j \rangle x_i x_j|` of all pairs of fields i < j, (B, P)."""
        vectors, _ = self.embedding.split(self.embedding(inputs))
        return strengths_of(products_of(vectors), self.project)

    def closed_form(self) -> ClosedForm | None:
        """Return the parts of which a training step needs to know, of a single output."""
        layer = self.embedding
        if type(self) is not FM or self.project is not None or not layer.numbers_are_closed:
            return None
        return ClosedForm("pairs", layer, layer.factors, self.bias, numbers=layer.numbers)

    def add_up(self, pairs: Tensor, linear: Tensor) -> Tensor:
        """Return logits (B, n_outputs) from the pairs (B, D) and the linear part (B, n_outputs)."""
        return self.bias + linear + (pairs.sum(1, keepdim=True) if self.project is None else self.project(pairs))

    def fold(self) -> nn.Module:
        """Return a net of the same outputs, faster on many rows: see `FoldedFM`."""
        layer = self.embedding
        folds = self.project is None and not layer.fields.sequences and layer.numbers_are_closed
        return FoldedFM(self) if folds else self


class FoldedFM(Block):
    """A trained binary FM or LR of categories and numbers, each row's own square folded into its linear weight.

    By lemma 3.1 the output is b + sum_i (w_i - |v_i|^2 / 2) + |sum_i v_i|^2 / 2: one sum over the rows that are
    looked up, which are never held side by side.

    Parameters
    ----------
    net : FM or LR
        An LR has vectors of no width.
    """

    def __init__(self, net):
        super().__init__()
        embedding = net.embedding
        self.embedding_dim, self.bias, self.starts = embedding.embedding_dim, net.bias, embedding.starts
        self.factors = embedding.factors
        self.numbers = None if embedding.numbers is None else FoldedNumbers(embedding.numbers)
        self.squares = self.factors[:, :-1].square().sum(1) / 2  # of the numeric fields: times x^2, not x
        n_rows, width = embedding.table.shape
        further = 0 if self.numbers is None else len(self.numbers.table)
        self.table = empty((n_rows + further, width), embedding.table)
        self.table[:n_rows] = embedding.table
        vectors = self.table[:n_rows, :-1]
        self.table[:n_rows, -1] -= torch.einsum("nd,nd->n", vectors, vectors) / 2  # half the time of squares held
        if self.numbers is not None:
            self.table[n_rows:], self.n_rows = self.numbers.table, n_rows

    def forward(self, inputs: Inputs) -> Tensor:
        """Return logits of shape (B, 1)."""
        rows, numeric = inputs.codes + self.starts, inputs.numeric
        if self.numbers is None:
            total, own = numeric @ self.factors, numeric.square() @ self.squares
            if len(self.starts):
                total += nn.functional.embedding_bag(rows, self.table, mode="sum")
        else:
            ends, shares, less = self.numbers(numeric)
            rows = torch.cat([rows, ends + self.n_rows], 1)
            shares = torch.cat([shares.new_ones(inputs.codes.shape), shares], 1)
            total = nn.functional.embedding_bag(rows, self.table, mode="sum", per_sample_weights=shares)
            own = -less
        pairs = total[:, :-1].square().sum(1) / 2 - own
        return self.bias + (total[:, -1] + pairs)[:, None]
