"""Rows of groups that no batch splits."""

from collections.abc import Iterator
from typing import Any, Self

import torch

from skrec._inputs import take
from skrec.engine._rows import Batch, Rows


class GroupRows(Rows):
    """Rows whose batches have whole groups; their target has, behind labels and weights, which group each row is of.

    Parameters
    ----------
    rows : Rows
    groups : ndarray of shape (n_rows,), int64
        Codes of the groups.

    Notes
    -----
    A pass draws an order of the groups. One is in the batch in which it begins, were the rows cut after each `size`: a
    batch has about so many rows, and a group of more of them is a batch.
    """

    def __init__(self, rows: Any, groups: Any) -> None:
        self.inputs, self.target, self.weight, self.keys = rows.inputs, rows.target, rows.weight, rows.keys
        codes, lengths = torch.from_numpy(groups).unique(return_inverse=True, return_counts=True)[1:]
        self.order = codes.argsort(stable=True)  # (n_rows,), group by group
        self.lengths = lengths  # (G,)

    def batches(self, size: Any, generator: torch.Generator | None = None) -> Iterator[Any]:
        """Yield the Batches of a pass: groups as they come, or in an order that `generator` draws."""
        n_groups = len(self.lengths)
        places = torch.arange(n_groups) if generator is None else torch.randperm(n_groups, generator=generator)
        places = places.to(self.target.device)
        starts = torch.cumsum(take(self.lengths, places), 0) - take(self.lengths, places)
        sizes = torch.unique_consecutive(starts // size, return_counts=True)[1]
        for some in places.split(sizes.tolist()):
            yield self._batch_of(some)

    def _batch_of(self, places):
        """Return the Batch of some groups."""
        lengths = take(self.lengths, places)
        first = take(self.lengths.cumsum(0) - self.lengths, places)
        whose = torch.repeat_interleave(lengths)  # (B,), which of these groups a row is of
        behind = torch.arange(len(whose), device=whose.device) - take(lengths.cumsum(0) - lengths, whose)
        batch = self[take(self.order, take(first, whose) + behind)]
        return Batch(batch.inputs, (*batch.target, whose))

    def to(self, device: Any) -> Self:
        """Move all tensors to `device` and return self."""
        self.order, self.lengths = self.order.to(device), self.lengths.to(device)
        return super().to(device)
