"""Positives, and the negatives of each batch."""

from typing import Any

import torch

from skrec._inputs import take
from skrec.engine._rows import Batch, Rows


class PairRows(Rows):
    """Positives whose batches come with negatives.

    Parameters
    ----------
    rows : Rows
        Positives, with two keys: the codes of their users and items.
    sampler : object
        With ``pairs(inputs, users, items, generator)``, which returns the Pairs of a batch, and ``to(device)``.
    n_items : int
        From which negatives are drawn.
    """

    in_batch = True

    def __init__(self, rows: Any, sampler: Any, n_items: int | None = None) -> None:
        self.inputs, self.target, self.weight, self.keys = rows.inputs, rows.target, rows.weight, rows.keys
        self.sampler, self.n_items = sampler, n_items

    def batch(self, part: Any, generator: torch.Generator | None) -> Any:
        """Return the Batch of `part`; without a generator, the same draws in each pass."""
        inputs, target = self[part]
        users, items = (take(key, part) for key in self.keys)
        if generator is None:
            generator = torch.Generator().manual_seed(part.start)
        return Batch(self.sampler.pairs(inputs, users, items, generator)._replace(n_items=self.n_items), target)

    def to(self, device: Any) -> Any:
        """Move all tensors to `device` and return self."""
        self.sampler.to(device)
        return super().to(device)
