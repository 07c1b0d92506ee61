"""Negatives of each row's own, none of them a known positive of its user."""

from typing import Any, Self

import torch

from skrec._inputs import Pairs
from skrec.sampling._exclusion import ExclusionSampler


class PerRow:
    """Holds each row against items that are drawn for it from what its user does not have.

    Parameters
    ----------
    catalogue : Inputs
        Items, in the item's columns alone.
    mass : ndarray of shape (n_items,), int64
        How often an item is drawn, relative to the others; 0 for never.
    n_negatives : int
        For each row.
    users, items : ndarray of shape (n_pairs,), integers
        Codes of the known positives, in any order.
    n_users : int
        Codes of `users` are below it.

    Attributes
    ----------
    exclusion : ExclusionSampler
    """

    def __init__(self, catalogue: Any, mass: Any, n_negatives: int, users: Any, items: Any, n_users: int) -> None:
        self.catalogue, self.n_negatives = catalogue, n_negatives
        self.exclusion = ExclusionSampler(users, items, mass, n_users, ranges=False)

    def pairs(self, inputs: Any, users: Any, items: Any, generator: torch.Generator | None) -> Any:
        """Return the Pairs of a batch: its Inputs, and the codes of its users, (B,); those of a user side by side."""
        users = users.repeat_interleave(self.n_negatives)
        uniform = torch.rand(len(users), dtype=torch.float64, generator=generator)
        negatives = torch.from_numpy(self.exclusion.draw(users.cpu().numpy(), uniform.numpy())).to(users.device)
        return Pairs(inputs, self.catalogue.take(negatives), shared=False)

    def to(self, device: Any) -> Self:
        """Move all tensors to `device` and return self."""
        self.catalogue = self.catalogue.to(device)
        return self
