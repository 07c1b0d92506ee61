"""Matrix factorization."""

from typing import Any

import torch
from torch import Tensor, nn

from skrec._inputs import Inputs, Pairs
from skrec.nets.layers import Block, ClosedForm, FieldEmbedding, Linear, unit_length
from skrec.ops import Scores, embedding_lookup


class MF(Block):
    r"""Matrix factorization with biases.

    .. math:: \hat r_{ui} = \mu + b_u + b_i + \langle p_u, q_i \rangle

    Parameters
    ----------
    fields : Fields
        Two categorical columns, the user and the item.
    n_outputs : int, default=1
        Outputs C. With more than one, the product p * q is projected to C outputs instead of summed.
    embedding_dim : int, default=64
        Width D of the vectors.
    init : {"normal", "truncated_normal"}, default="normal"
        How the vectors start; truncated means within two standard deviations.
    init_scale : float, default=0.03
        Standard deviation of the initial vectors.
    y_range : pair of float, optional
        Squash the outputs into this range by a sigmoid.
    cosine : bool, default=False
        Let vectors meet in a cosine, and leave out the biases of users and items.
    generator : torch.Generator, optional
        Source of the initial values.

    References
    ----------
    Koren, Bell, Volinsky (2009), Matrix Factorization Techniques for Recommender Systems, eq. 4.
    """

    def __init__(
        self,
        fields: Any,
        n_outputs: int = 1,
        *,
        embedding_dim: int = 64,
        init: str = "normal",
        init_scale: float = 0.03,
        y_range: Any = None,
        cosine: bool = False,
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__()
        self.y_range, self.cosine = y_range, cosine
        self.embedding = FieldEmbedding(
            fields,
            embedding_dim,
            0 if cosine else n_outputs,
            init_scale=init_scale,
            truncated=init == "truncated_normal",
            generator=generator,
        )
        self.project = Linear(embedding_dim, n_outputs, bias=False, generator=generator) if n_outputs > 1 else None
        self.bias = nn.Parameter(torch.zeros(n_outputs))

    def forward(self, inputs: Inputs) -> Tensor:
        """Return outputs of shape (B, n_outputs)."""
        if self.cosine:
            users, items = self.embedding.look_up(inputs).unbind(1)
            return self.bias + (unit_length(users) * unit_length(items)).sum(1, keepdim=True)
        vectors, biases = self.embedding.split(self.embedding.look_up(inputs))
        product = vectors[:, 0] * vectors[:, 1]
        outputs = self.bias + biases + (product.sum(1, keepdim=True) if self.project is None else self.project(product))
        return self.squash(outputs)

    def squash(self, outputs: Tensor) -> Tensor:
        """Return `outputs`, where there is a range brought into it."""
        if self.y_range is None:
            return outputs
        low, high = self.y_range
        return low + (high - low) * torch.sigmoid(outputs)

    def closed_form(self) -> ClosedForm | None:
        """Return the parts of which a training step needs to know, of a single output: of two fields, one pair."""
        if type(self) is not MF or self.project is not None or self.cosine:
            return None
        return ClosedForm("pairs", self.embedding, None, self.bias, self.y_range)

    def contrast(self, pairs: Pairs) -> Scores:
        """Return how the rows' users match their own items and the negatives."""
        users, items = self.embedding.look_up(pairs.rows).unbind(1)
        negatives = None if pairs.negatives is None else self.embed_items(pairs.negatives)
        return pairs.score(self._as_user(users), self._as_item(items), negatives)

    def embed_users(self, inputs: Inputs) -> Tensor:
        """Return p and, to meet the item's bias, a one, (B, D + 1); from the user's column alone."""
        return self._as_user(self._look_up(inputs, 0))

    def embed_items(self, inputs: Inputs) -> Tensor:
        """Return q and the item's bias, (B, D + 1); from the item's column alone."""
        return self._as_item(self._look_up(inputs, 1))

    def _look_up(self, inputs, column):
        ids = inputs.codes + self.embedding.starts[column]  # (B, 1)
        table, places, l2_scale = self.embedding.at(ids)
        return embedding_lookup(table, places, inputs.decay, l2_scale)[:, 0]

    def _as_user(self, vectors):
        if self.cosine:
            return unit_length(vectors)
        return torch.cat([vectors[:, : self.embedding.embedding_dim], vectors.new_ones(vectors.shape[0], 1)], 1)

    def _as_item(self, vectors):
        return unit_length(vectors) if self.cosine else vectors
