"""Two towers whose vectors meet in an inner product."""

from math import log
from typing import Any

import torch
from torch import Tensor, nn

from skrec._inputs import Inputs, Pairs
from skrec.nets.layers import Block, FieldEmbedding, MLPSpec, Tower, look_up_sides, unit_length
from skrec.ops import Scores


class TwoTower(Block):
    r"""A user's and an item's vector, each of its own columns, and how they match.

    .. math:: \hat y = b + \frac{\langle u, v \rangle}{\tau}, \quad
        u = \frac{f(x_{user})}{|f(x_{user})|}, \; v = \frac{g(x_{item})}{|g(x_{item})|}

    Parameters
    ----------
    fields : Fields
        The columns.
    user, item : Side
        Which of them are the user's and which the item's.
    embedding_dim : int, default=16
        Width D of a column's vector.
    mlp : MLPSpec or None, default=MLPSpec()
        The layers of each tower f and g, the last one linear; None adds up the columns' vectors.
    normalize : bool, default=True
        Bring u and v to length one.
    temperature : float, default=0.1
        The divisor, at first.
    learn_temperature : bool, default=False
        Learn the log of the divisor.
    init_scale : float, default=0.05
        Standard deviation of the initial vectors.
    generator : torch.Generator, optional
        Source of the initial values.

    References
    ----------
    Yi et al. (2019), Sampling-Bias-Corrected Neural Modeling for Large Corpus Item Recommendations, section 3.
    """

    def __init__(
        self,
        fields: Any,
        *,
        user: Any,
        item: Any,
        embedding_dim: int = 16,
        mlp: Any = MLPSpec(),
        normalize: bool = True,
        temperature: float = 0.1,
        learn_temperature: bool = False,
        init_scale: float = 0.05,
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__()
        self.normalize = normalize
        self.embedding = FieldEmbedding(
            fields,
            embedding_dim,
            init_scale=init_scale,
            numeric_vectors=mlp is None,
            generator=generator,
        )
        self.user, self.item = (Tower(fields, side, embedding_dim, mlp, generator=generator) for side in (user, item))
        self.log_temperature = nn.Parameter(torch.tensor(log(temperature)), requires_grad=learn_temperature)
        self.bias = nn.Parameter(torch.zeros(1))

    def forward(self, inputs: Inputs) -> Tensor:
        """Return logits of shape (B, 1)."""
        users, items = self._embed(inputs)
        return self.bias + (users * items).sum(1, keepdim=True)

    def contrast(self, pairs: Pairs) -> Scores:
        """Return how the rows' users match their own items and the negatives."""
        users, items, *negatives = self._embed(pairs.rows, *([] if pairs.negatives is None else [pairs.negatives]))
        return pairs.score(users, items, negatives[0] if negatives else None)

    def embed_users(self, inputs: Inputs) -> Tensor:
        """Return u / temperature, (B, D), from the columns of the user alone."""
        [vectors] = look_up_sides(self.embedding, [(self.user, inputs)])
        return self._of_users(vectors, inputs)

    def embed_items(self, inputs: Inputs) -> Tensor:
        """Return v, (B, D), from the columns of the item alone."""
        [vectors] = look_up_sides(self.embedding, [(self.item, inputs)])
        return self._of_items(vectors, inputs)

    def _embed(self, inputs, *negatives):
        """Return the vectors of the rows' users and items, and those of negatives, looked up together."""
        users, *items = self.user.side.take(inputs), self.item.side.take(inputs), *negatives
        of_users, *of_items = look_up_sides(self.embedding, [(self.user, users), *((self.item, of) for of in items)])
        return self._of_users(of_users, users), *map(self._of_items, of_items, items)

    def _of_users(self, vectors, inputs):
        vectors = self.user(self.embedding, vectors, inputs)
        return (unit_length(vectors) if self.normalize else vectors) * (-self.log_temperature).exp()

    def _of_items(self, vectors, inputs):
        vectors = self.item(self.embedding, vectors, inputs)
        return unit_length(vectors) if self.normalize else vectors
