"""Negatives that are drawn once a batch, for all of its rows."""

from typing import Any, Self

import numpy as np
import torch

from skrec._inputs import Pairs, take


class PerBatch:
    """Holds all rows of a batch against the same items, drawn with replacement.

    Parameters
    ----------
    catalogue : Inputs
        Items, in the item's columns alone.
    mass : ndarray of shape (n_items,), int64
        How often an item is drawn, relative to the others; 0 for never.
    n_negatives : int
    hits : AccidentalHits
    log_q : Tensor of shape (n_items,), optional
        What is taken off an item's score for how often it is drawn.
    """

    def __init__(self, catalogue: Any, mass: Any, n_negatives: int, hits: Any, log_q: Any = None) -> None:
        self.catalogue, self.n_negatives, self.hits, self.log_q = catalogue, n_negatives, hits, log_q
        self.ends = torch.from_numpy(np.cumsum(mass))

    def pairs(self, inputs: Any, users: Any, items: Any, generator: torch.Generator | None) -> Any:
        """Return the Pairs of a batch: its Inputs, and the codes of its users and items, (B,)."""
        negatives = self.draw(generator)
        log_q = None if self.log_q is None else (take(self.log_q, items), take(self.log_q, negatives))
        hits = self.hits.find(users, negatives)
        return Pairs(inputs, self.catalogue.take(negatives), log_q=log_q, accidental_hits=hits)

    def draw(self, generator: torch.Generator | None) -> Any:
        """Return the codes of drawn items, (n_negatives,)."""
        uniform = torch.rand(self.n_negatives, dtype=torch.float64, generator=generator).to(self.ends.device)
        return torch.searchsorted(self.ends, (uniform * self.ends[-1]).long(), right=True)

    def to(self, device: Any) -> Self:
        """Move all tensors to `device` and return self."""
        self.catalogue, self.ends = self.catalogue.to(device), self.ends.to(device)
        self.hits.to(device)
        self.log_q = None if self.log_q is None else self.log_q.to(device)
        return self
