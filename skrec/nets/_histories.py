"""Histories of a candidate: list columns whose values stay apart, each of them one step."""

import torch
from torch import Tensor

from skrec.engine import Bag, Inputs, lookup
from skrec.nets._embedding import FieldEmbedding
from skrec.nets._segments import Segments


class HistoryEmbedding(FieldEmbedding):
    """Vectors of all fields, the lists of the histories step by step instead of pooled.

    Parameters
    ----------
    fields : Fields
    embedding_dim : int
        Width D of a field's vector.
    histories : sequence of sequences of pairs (int, int)
        For each history its k attributes: a list column's place among the lists, and that of the candidate's
        categorical column among those, which has the same vocabulary. A row's lists are of equal lengths.
    **options
        As in `FieldEmbedding`.

    Attributes
    ----------
    widths : list of int
        Width k D of each history's steps.
    """

    def __init__(self, fields, embedding_dim, histories=(), **options):
        super().__init__(fields, embedding_dim, **options)
        self.histories = [list(zip(*history, strict=True)) for history in histories]
        followed = {column for lists, _ in self.histories for column in lists}
        self.pooled = [column for column in self.pooled if column not in followed]
        self.widths = [len(lists) * embedding_dim for lists, _ in self.histories]

    def candidate(self, looked_up: Tensor, history: int) -> Tensor:
        """Return the candidate's vectors as the steps of a history have them, (B, k D), of `look_up`'s."""
        _, categorical = self.histories[history]
        return looked_up[:, list(categorical), : self.embedding_dim].flatten(1)

    def steps(self, inputs: Inputs, history: int, segments: Segments) -> Tensor:
        """Return the vectors of a history's steps, of all rows together, (T, k D)."""
        lists, _ = self.histories[history]
        ids = torch.stack([inputs.lists[column].codes + self.sequence_starts[column] for column in lists], 1)
        decay = inputs.decay
        if decay is not None:  # a list counts as one use, shared by its steps
            decay = (decay / segments.lengths.clamp(min=1)).index_select(0, segments.rows)
        return lookup(self.table, ids, decay, self.rarity).flatten(1)

    def segments(self, inputs: Inputs, history: int) -> Segments:
        """Return which steps of a history are whose."""
        bag = inputs.lists[self.histories[history][0][0]]
        return Segments.of(bag.offsets, len(bag.codes))


def newest(bag: Bag, n: int) -> Bag:
    """Return the last `n` codes of each list, or all that it has."""
    kept = bag.offsets.diff().clamp(max=n)
    offsets = torch.nn.functional.pad(kept.cumsum(0), (1, 0))
    # token t of the result is as far from its list's end as it was
    shift = torch.repeat_interleave(bag.offsets[1:] - offsets[1:], kept)
    return Bag(bag.codes[shift + torch.arange(len(shift), device=shift.device)], offsets)
