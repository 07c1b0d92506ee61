"""Every item of the catalogue, none of them drawn."""

from typing import Any

import numpy as np
import torch

from skrec._inputs import Pairs
from skrec._text import quoted
from skrec.objectives.samplers._sampling import NegativeSampling


class AllItems(NegativeSampling):
    """Holds each row against every item that training rows have but its own.

    The other items of the row's user are among them: the loss is that of the whole catalogue, as in a classification
    whose classes are the items.
    """

    name = "all"
    draws = "none, for each row is held against every other item of the training rows"

    def check(self, loss: Any, n_negatives: int) -> None:
        """Raise ValueError for a loss that draws for each row, and if a number is to be drawn."""
        if loss.per_row or n_negatives:
            raise ValueError(
                f"negatives='all' holds each row against every item: expected n_negatives=0 and a loss whose rows "
                f"share them, such as 'softmax', got n_negatives={n_negatives} and loss={quoted(loss.name)}; change "
                "one of them, or choose negatives='uniform'"
            )

    def mass(self, counts: np.ndarray) -> np.ndarray:
        """Return one for each item that there is."""
        return (counts > 0).astype(np.int64)

    def of_batch(self, draws: Any) -> Any:
        """Return what holds a batch against all items."""
        return _All(draws.catalogue.inputs(), draws.mass)


class _All:
    """Holds all rows of a batch against the K items that there are; an accidental hit is the row's own item alone."""

    def __init__(self, catalogue, mass):
        there = torch.from_numpy(np.flatnonzero(mass))
        self.items = catalogue.take(there)
        self.place = torch.full((len(mass),), -1)
        self.place[there] = torch.arange(len(there))

    def pairs(self, inputs, users, items, generator):
        """Return the Pairs of a batch: its Inputs, and the codes of its items, (B,)."""
        place = self.place.index_select(0, items)
        rows = (place >= 0).nonzero()[:, 0]  # an item of validation rows may be nowhere
        return Pairs(inputs, self.items, accidental_hits=(rows, place[rows]))

    def to(self, device):
        """Move all tensors to `device` and return self."""
        self.items, self.place = self.items.to(device), self.place.to(device)
        return self
