"""What a net eats: codes and numbers of a batch, its lists, and the negatives of positives.

Shape letters: B rows, T codes of all lists together, K negatives that all rows share, or n of each row, D width of a
vector.
"""

from typing import Any, NamedTuple

import torch
from torch import Tensor

from skrec.ops import Scores

__all__ = ["Inputs", "Jagged", "Pairs", "take"]


class Jagged(NamedTuple):
    """Codes of a list column: row ``i`` has ``codes[offsets[i]:offsets[i + 1]]``, and so of the weights."""

    codes: Tensor  # (T,) int32
    offsets: Tensor  # (B + 1,) int64
    weights: Tensor | None = None  # (T,) float, positive

    def shift(self, start: Any) -> Any:
        """Return the lists as rows of a table that has code 0 at row `start`."""
        return self._replace(codes=self.codes + start)

    @property
    def sizes(self) -> Tensor:
        """How many values each list has, (B,), or the sum of their weights."""
        lengths = self.offsets.diff()
        if self.weights is None:
            return lengths
        owners = torch.repeat_interleave(lengths, output_size=len(self.weights))
        return self.weights.new_zeros(len(lengths)).index_add_(0, owners, self.weights)

    def to(self, device: Any) -> "Jagged":
        """Return the same lists on `device`."""
        weights = None if self.weights is None else self.weights.to(device)
        return Jagged(self.codes.to(device), self.offsets.to(device), weights)

    def take(self, rows: Any) -> Any:
        """Return the lists of `rows`, a tensor of positions or a slice, of which the codes are not copied."""
        if isinstance(rows, slice):
            start, stop, _ = rows.indices(len(self.offsets) - 1)
            offsets = self.offsets[start : max(start, stop) + 1]
            first, last = int(offsets[0]), int(offsets[-1])
            return Jagged(self.codes[first:last], offsets - first, self._weights(slice(first, last)))
        start, stop = take(self.offsets[:-1], rows), take(self.offsets[1:], rows)
        offsets = torch.nn.functional.pad((stop - start).cumsum(0), (1, 0))
        # token t of the result belongs to row r and lies (t - offsets[r]) behind start[r]
        shift = torch.repeat_interleave(start - offsets[:-1], stop - start)
        tokens = shift + torch.arange(len(shift), device=shift.device)
        return Jagged(take(self.codes, tokens), offsets, self._weights(tokens))

    def _weights(self, tokens):
        return None if self.weights is None else take(self.weights, tokens)

    def newest(self, n: int) -> "Jagged":
        """Return the last `n` codes of each list, or all that it has."""
        kept = self.offsets.diff().clamp(max=n)
        offsets = torch.nn.functional.pad(kept.cumsum(0), (1, 0))
        # token t of the result is as far from its list's end as it was
        shift = torch.repeat_interleave(self.offsets[1:] - offsets[1:], kept)
        return Jagged(self.codes[shift + torch.arange(len(shift), device=shift.device)], offsets)


class Inputs(NamedTuple):
    """What a net eats: codes and numbers apart, list columns jagged.

    `decay` is set in training where embeddings are penalised: for each row twice the penalty
    times its share of the batch's weight, which the lookup adds to the gradient.
    """

    codes: Tensor  # (B, n_categorical) int32, each column's own, 0 for unknown
    numeric: Tensor  # (B, n_numeric) float
    lists: tuple[Jagged, ...] = ()
    decay: Tensor | None = None  # (B,)

    def take(self, rows: Any) -> Any:
        """Return the inputs of `rows`, a tensor of positions or a slice."""
        lists = tuple(jagged.take(rows) for jagged in self.lists)
        return Inputs(take(self.codes, rows), take(self.numeric, rows), lists)

    def with_decay(self, decay: Any) -> Any:
        """Return the same inputs, penalised."""
        return self._replace(decay=decay)

    def forgetting(self, rate: Any, generator: Any) -> "Inputs":
        """Return the same inputs with a share of all codes, or of each column's, drawn from `generator`, as unknown."""
        rates = torch.as_tensor(rate, device=self.codes.device)
        kept = torch.rand(self.codes.shape, generator=generator, device=self.codes.device) >= rates
        return self._replace(codes=self.codes * kept)

    def to(self, device: Any) -> Any:
        """Return the same inputs on `device`."""
        lists = tuple(jagged.to(device) for jagged in self.lists)
        return Inputs(self.codes.to(device), self.numeric.to(device), lists)


class Pairs(NamedTuple):
    """Positives and their negatives: items that all rows share, or some of each row.

    `log_q` is what is subtracted from the scores for how often an item comes up, `accidental_hits` are the places of
    negatives that a row's user has. Of whole sequences each of the S steps of the rows' histories is a positive, the
    item that comes next, and S stands below for B.
    """

    rows: Inputs  # (B,), all columns
    negatives: Inputs | None  # (K,) or (B * n,), the item's columns alone; None for the items of the rows
    shared: bool = True
    log_q: tuple[Tensor, Tensor] | None = None  # (B,) and (K,)
    accidental_hits: tuple[Tensor, Tensor] | None = None  # rows in [0, B) and negatives in [0, K)
    n_items: int | None = None  # from which the negatives are drawn
    following: Inputs | None = (
        None  # (S,), the item's columns alone, of whole sequences the item that follows each step
    )
    whose: Tensor | None = None  # (S,) int64, in which row each step is

    @property
    def numeric(self) -> Any:
        """The numbers of the rows, whose dtype the scores have."""
        return self.rows.numeric

    def with_decay(self, decay: Any) -> Any:
        """Return pairs whose vectors are penalised, those of all negatives together as much as one row each."""
        negatives, following = self.negatives, self.following
        if following is not None:
            following = following.with_decay(decay)
        if negatives is not None:
            n_negatives = len(negatives.codes)
            negatives = negatives.with_decay((decay.sum() / n_negatives).expand(n_negatives))
        if self.whose is not None:  # what a row looks up is penalised as all of its steps together
            decay = decay.new_zeros(len(self.rows.codes)).index_add_(0, self.whose, decay)
        return self._replace(rows=self.rows.with_decay(decay), negatives=negatives, following=following)

    def score(self, users: Tensor, items: Tensor, negatives: Tensor | None) -> Scores:
        """Return how users match their own items and the negatives.

        Parameters
        ----------
        users, items : Tensor of shape (B, D)
        negatives : Tensor of shape (K, D) or (B * n, D), or None for `items`

        Returns
        -------
        scores : Scores
        """
        if negatives is None:
            return Scores(users, items, items, True, self.log_q, self.accidental_hits, self.n_items)
        return Scores(users, items, negatives, self.shared, self.log_q, self.accidental_hits, self.n_items)


def take(tensor, rows):
    """Return `rows` of a tensor, a slice or positions; index_select is four times as fast as indexing."""
    return tensor[rows] if isinstance(rows, slice) else tensor.index_select(0, rows)
