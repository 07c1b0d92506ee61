"""What nets of a history and its next item share: both sides' vectors, of which the encoder of steps is one's own."""

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from skrec._inputs import Inputs, Pairs
from skrec.nets.layers import Block, FieldEmbedding, Fields, Side, SideSum, unit_length
from skrec.ops import JaggedLayout, Scores, is_traced, jagged_add


class NextItem(Block):
    r"""A user's vector of what the user did, in its order, and an item's, and how they match.

    .. math:: \hat y = b + \langle u, v \rangle, \quad u = f(h_1, \dots, h_n) + g(x_{user}), \; v = g'(x_{item})

    with the steps h of a history, each the sum of its attributes' vectors; f gives each step a vector of it and of
    those before it, of which u has the last one's. g adds up the vectors of the side's other columns.

    Parameters
    ----------
    fields : Fields
        The columns.
    user, item : Side
        Which of them are the user's and which the item's.
    history : sequence of pairs (int, int)
        Its k attributes: a list column's place among the lists, and that of the item's categorical column.
    embedding_dim : int
        Width D of the vectors.
    encoder : callable
        Makes f, of a generator: a module from steps (T, D) and their JaggedLayout to (T, D), with a method `of_grid`.
    max_length : int
        Newest steps of a history that are read.
    cosine : bool, default=False
        Bring u and v to length one.
    init_scale : float, default=0.05
        Standard deviation of the initial vectors.
    generator : torch.Generator, optional
        Source of the initial values.
    """

    history_starts: Tensor

    def __init__(
        self,
        fields: Fields,
        *,
        user: Side,
        item: Side,
        history: Sequence[tuple[int, int]],
        embedding_dim: int,
        encoder: Callable[[torch.Generator | None], nn.Module],
        max_length: int,
        cosine: bool,
        init_scale: float,
        generator: torch.Generator | None,
    ) -> None:
        super().__init__()
        self.max_length, self.cosine = max_length, cosine
        self.embedding = FieldEmbedding(
            fields, embedding_dim, init_scale=init_scale, numeric_vectors=False, generator=generator
        )
        followed = [place for place, _ in history]
        starts = torch.tensor(fields.starts, dtype=torch.int32)
        starts = starts[[fields.sequences[place] for place in followed]]
        self.register_buffer("history_starts", starts, persistent=False)
        self.followed = [user.sequences.index(place) for place in followed]
        self.beside = [place for place, column in enumerate(user.sequences) if column not in followed]
        context = Side(user.categorical, tuple(user.sequences[place] for place in self.beside), user.numeric)
        self.user_side, self.item_side, self.has_context = user, item, any(map(len, context))
        self.user = SideSum(fields, context, embedding_dim, generator=generator)
        self.item = SideSum(fields, item, embedding_dim, generator=generator)
        self.encoder: Any = encoder(generator) if history else None
        self.nothing: Any = nn.Parameter(torch.zeros(embedding_dim)) if history else None  # of a user without history
        self.bias = nn.Parameter(torch.zeros(1))

    def forward(self, inputs: Inputs) -> Tensor:
        """Return logits of shape (B, 1)."""
        users, items = self._vectors(self.user_side.take(inputs), [self.item_side.take(inputs)])
        return self.bias + (users * items).sum(1, keepdim=True)

    def contrast(self, pairs: Pairs) -> Scores:
        """Return how the rows' users, or those of whole sequences at each step, match what came next and negatives."""
        own = self.item_side.take(pairs.rows) if pairs.following is None else pairs.following
        items = [own] if pairs.negatives is None else [own, pairs.negatives]
        users, items, *negatives = self._vectors(self.user_side.take(pairs.rows), items, pairs.whose)
        return pairs.score(users, items, negatives[0] if negatives else None)

    def embed_users(self, inputs: Inputs) -> Tensor:
        """Return u, (B, D), from the columns of the user alone."""
        return self._vectors(inputs, [])[0]

    def embed_items(self, inputs: Inputs) -> Tensor:
        """Return v, (B, D), from the columns of the item alone."""
        return self._vectors(None, [inputs])[0]

    def _vectors(self, users, items, whose=None):
        """Return the vectors of users, unless they are None, and of each of `items`, looked up together.

        With `whose` (S,), the row of each step, the users' are those after each step.
        """
        rows, decays, layout = [], [], None
        if users is not None:
            rows.append(users.codes + self.user.starts)
            decays.append(users.decay)
            if self.followed:
                steps, layout = self._steps(users)
                rows.append(steps)
                decays.append(None if users.decay is None else _shared(users.decay, layout))
        rows += [of.codes + self.item.starts for of in items]
        decays += [of.decay for of in items]
        found = self.embedding.gather_all(rows, [decay for decay in decays if decay is not None])
        vectors = []
        if users is not None:
            beside = users._replace(lists=tuple(users.lists[place] for place in self.beside))
            context = self._of_side(self.user, found.pop(0), beside)  # (B, D)
            vectors.append(context if layout is None else self._read(found.pop(0), layout, context, whose))
        vectors += [self._of_side(self.item, own, of) for own, of in zip(found, items, strict=True)]
        return [unit_length(of) for of in vectors] if self.cosine else vectors

    def _steps(self, users):
        """Return the rows of the table that the newest steps look up, (T, k), and whose they are."""
        histories = [users.lists[place] for place in self.followed]
        if not is_traced() and (histories[0].offsets.diff() > self.max_length).any():
            histories = [jagged.newest(self.max_length) for jagged in histories]
        ids = [jagged.codes + start for jagged, start in zip(histories, self.history_starts, strict=True)]
        return torch.stack(ids, 1), JaggedLayout.of(histories[0].offsets, histories[0].codes.shape[0])

    def _of_side(self, side, vectors, inputs):
        """Return the vectors (B, D) of a side's columns, of which `vectors` (B, c, D) are the categories'."""
        if inputs.lists:
            lists = [jagged.shift(start) for jagged, start in zip(inputs.lists, side.sequence_starts, strict=True)]
            vectors = torch.cat([vectors, self.embedding.gather(inputs.codes[:, :0], lists, inputs.decay)], 1)
        return side(vectors, inputs)

    def _read(self, attributes, layout, context, whose):
        """Return the vectors of users, (B, D) or after each step (S, D), of what steps look up, (T, k, D)."""
        steps = attributes.sum(1) * self.embedding.embedding_dim**0.5  # (T, D)
        if is_traced():
            return self._read_traced(steps, layout) + context
        states = self.encoder(steps, layout)
        if whose is not None:
            return jagged_add(states, context, layout) if self.has_context else states
        states = torch.cat([states, self.nothing[None]])
        last = torch.where(layout.lengths > 0, layout.offsets[1:] - 1, len(states) - 1)
        return states.index_select(0, last) + context

    def _read_traced(self, steps, layout):
        """Return the states (B, D) of the histories, each of them as long as the longest that is read."""
        end = layout.offsets[1:, None]  # (B, 1)
        begin = torch.maximum(layout.offsets[:-1, None], end - self.max_length)
        place = begin + torch.arange(self.max_length, device=steps.device)  # (B, L)
        none = steps.new_zeros(1, steps.shape[1])  # stands for what is behind the last step
        states = self.encoder.of_grid(torch.cat([none, steps])[torch.where(place < end, place + 1, 0)])  # (B, L, D)
        last = torch.where(place == end - 1, 1.0, 0.0).to(states.dtype)
        return (last[:, :, None] * states).sum(1) + (end == begin).to(states.dtype) * self.nothing


def _shared(decay, layout):
    """Return the penalty of each step (T,): a history counts as one use, shared by its steps."""
    return (decay / layout.lengths.clamp(min=1)).index_select(0, layout.rows)
