"""MIND."""

from collections.abc import Sequence
from math import inf, isinf
from typing import Any

import torch
from torch import Tensor, nn

from skrec._inputs import Inputs, Pairs
from skrec.nets._next_item import NextItem
from skrec.nets.layers import DynamicRouting, Fields, MLPSpec, Side, unit_length
from skrec.ops import JaggedLayout, Scores


class MIND(NextItem):
    r"""Multi-interest network with dynamic routing: a user is several vectors, of which the best meets an item.

    .. math:: \hat y = b + \max_k \langle u_k, v \rangle, \quad
        u_k = f(c_k) + g(x_{user}), \;
        c = \mathrm{routing}(\mathrm{LN}(\sqrt{D} h_1), \dots, \mathrm{LN}(\sqrt{D} h_n))

    with the steps :math:`h_l` of a history, each the sum of its attributes' vectors, K capsules c, see
    `DynamicRouting`, and f an MLP of one hidden layer; v adds up the vectors of the item's columns, its id's the one
    that the history has. A ranking loss takes of the user

    .. math:: u = \sum_k \mathrm{softmax}_k(p \langle u_k, v \rangle) \, u_k

    with the v of the row's own item, for p without end the interest that meets it best.

    Parameters
    ----------
    fields : Fields
        The columns.
    user, item : Side
        Which of them are the user's and which the item's.
    history : sequence of pairs (int, int), default=()
        Its k attributes: a list column's place among the lists, and that of the item's categorical column.
    embedding_dim : int, default=64
        Width D of the vectors.
    n_interests : int, default=4
        Vectors K of a user.
    n_iterations : int, default=3
        Of the routing.
    sharpness : float, default=inf
        p.
    max_length : int, default=50
        Newest steps of a history that are read.
    dropout : float, default=0.0
        Share of the hidden layer's units that a training step drops.
    cosine : bool, default=False
        Bring all u and v to length one.
    init_scale : float, default=0.02
        Standard deviation of the initial vectors.
    generator : torch.Generator, optional
        Source of the initial values.

    References
    ----------
    Li et al. (2019), Multi-Interest Network with Dynamic Routing for Recommendation at Tmall, section 4.

    Notes
    -----
    A user of n steps has :math:`\max(1, \min(K, \lfloor \log_2 n \rfloor))` interests; the first stands for those that
    are not there. Differs from the paper: steps are normalised before they are routed, as the squares of small numbers
    hardly move; the last layer over a capsule has no ReLU, and the user's
    columns are added behind it; label-aware attention multiplies matches by p, where the paper takes their p-th power,
    which forgets signs.
    """

    def __init__(
        self,
        fields: Fields,
        *,
        user: Side,
        item: Side,
        history: Sequence[tuple[int, int]] = (),
        embedding_dim: int = 64,
        n_interests: int = 4,
        n_iterations: int = 3,
        sharpness: float = inf,
        max_length: int = 50,
        dropout: float = 0.0,
        cosine: bool = False,
        init_scale: float = 0.02,
        generator: torch.Generator | None = None,
    ) -> None:
        def encoder(generator):
            return DynamicRouting(
                embedding_dim,
                n_capsules=n_interests,
                n_iterations=n_iterations,
                max_length=max_length,
                generator=generator,
            )

        super().__init__(
            fields,
            user=user,
            item=item,
            history=history,
            embedding_dim=embedding_dim,
            encoder=encoder,
            max_length=max_length,
            cosine=cosine,
            init_scale=init_scale,
            generator=generator,
        )
        self.sharpness = sharpness
        self.norm: Any = None
        self.mlp: Any = None
        if history:
            self.norm = nn.LayerNorm(embedding_dim)
            spec = MLPSpec((4 * embedding_dim,), dropout=dropout)
            self.mlp = spec.build(embedding_dim, embedding_dim, generator=generator)

    def forward(self, inputs: Inputs) -> Tensor:
        """Return logits of shape (B, 1)."""
        users, items = self._vectors(self.user_side.take(inputs), [self.item_side.take(inputs)])
        return self.bias + self.match(users, items)

    def match(self, users: Tensor, items: Tensor) -> Tensor:
        """Return what the best interest of each user says of its item, (B, 1), of (B, K, D) and (B, D)."""
        return (users @ items[:, :, None]).amax(1)

    def contrast(self, pairs: Pairs) -> Scores:
        """Return how what the rows' users want of their own items matches these and negatives."""
        own = self.item_side.take(pairs.rows) if pairs.following is None else pairs.following
        items = [own] if pairs.negatives is None else [own, pairs.negatives]
        users, items, *negatives = self._vectors(self.user_side.take(pairs.rows), items, pairs.whose)
        return pairs.score(self._wanted(users, items), items, negatives[0] if negatives else None)

    def embed_users(self, inputs: Inputs) -> Tensor:
        """Return all u, (B, K, D), from the columns of the user alone."""
        return self._vectors(inputs, [])[0]

    def _wanted(self, users, items):
        """Return u (B, D), of interests (B, K, D), by the rows' own items (B, D)."""
        matches = users @ items[:, :, None]  # (B, K, 1)
        if isinf(self.sharpness):
            best = matches.argmax(1, keepdim=True).expand(-1, 1, users.shape[2])
            return users.gather(1, best)[:, 0]
        is_first = (users[:, 1:] == users[:, :1]).all(2, keepdim=True)  # of a user with few, which counts once
        matches = torch.cat([matches[:, :1], matches[:, 1:].masked_fill(is_first, -torch.inf)], 1)
        mixed = ((self.sharpness * matches).softmax(1) * users).sum(1)
        return unit_length(mixed) if self.cosine else mixed

    def _vectors(self, users, items, whose=None):
        """Return the interests (B, K, D) of users, unless they are None, and the vectors of each of `items`."""
        vectors = super()._vectors(users, items, whose)
        if users is not None and vectors[0].ndim == 2:  # without a history there is one interest
            vectors[0] = vectors[0][:, None]
        return vectors

    def _read(self, attributes, layout, context, whose):
        """Return the interests of users, (B, K, D) or after each step (S, K, D), of what steps look up, (T, k, D)."""
        steps = attributes.sum(1) * self.embedding.embedding_dim**0.5  # (T, D)
        if whose is not None:
            places, layout = _prefixes(layout)
            steps, context = steps.index_select(0, places), context.index_select(0, whose)
        interests = self.mlp(self.encoder(self.norm(steps), layout)).to(context.dtype)
        interests = torch.where(self.encoder.is_there(layout)[:, :, None], interests, interests[:, :1])
        is_empty = (layout.lengths == 0)[:, None, None]
        return torch.where(is_empty, self.nothing, interests) + context[:, None]


def _prefixes(layout):
    """Return the steps of the history after each step, one history behind the other, and their layout."""
    first = layout.offsets[:-1].index_select(0, layout.rows)  # of each step's row
    lengths = torch.arange(len(first), device=first.device) - first + 1
    offsets = torch.nn.functional.pad(lengths.cumsum(0), (1, 0))
    layout = JaggedLayout.of(offsets, int(offsets[-1]))
    start = (first - offsets[:-1]).index_select(0, layout.rows)
    return start + torch.arange(len(start), device=start.device), layout
