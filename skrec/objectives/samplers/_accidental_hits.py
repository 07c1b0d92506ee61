"""Accidental hits: negatives that are known positives of a row's user."""

from typing import Any, Self

import numpy as np
import torch
from torch.nn.functional import pad

from skrec._inputs import Jagged
from skrec.sampling._exclusion import sorted_pairs


class AccidentalHits:
    """Finds which of a batch's negatives are known positives.

    Parameters
    ----------
    users, items : ndarray of shape (n_pairs,), integers
        Codes of the known positives, in any order; a pair may come twice.
    n_users, n_items : int
        Codes are below them.
    """

    def __init__(self, users: Any, items: Any, n_users: int, n_items: int) -> None:
        self.n_items = n_items
        pairs = sorted_pairs(users, items, n_items)
        offsets = np.searchsorted(pairs, np.arange(n_users + 1) * n_items)
        pairs %= n_items
        self.known = Jagged(torch.from_numpy(pairs.astype(np.int32)), torch.from_numpy(offsets))

    def find(self, users: Any, negatives: Any) -> Any:
        """Return where negatives are known positives: rows in [0, B) and places in [0, K).

        Parameters
        ----------
        users : Tensor of shape (B,), int64
        negatives : Tensor of shape (K,), int64
        """
        distinct, place, counts = torch.unique(negatives, return_inverse=True, return_counts=True)
        slots = torch.full((self.n_items,), -1, device=negatives.device)
        slots[distinct] = torch.arange(len(distinct), device=negatives.device)
        users, whose = torch.unique(users, return_inverse=True)  # who is often in a batch has many known positives
        known = self.known.take(users)
        column = slots.index_select(0, known.codes)
        ends = pad((column >= 0).cumsum(0), (1, 0)).index_select(0, known.offsets)
        hits = Jagged(column[column >= 0], ends).take(whose)
        # an item may be among the negatives at several places
        places = Jagged(place.argsort(), pad(counts.cumsum(0), (1, 0))).take(hits.codes)
        row = torch.repeat_interleave(hits.offsets.diff())
        return row.repeat_interleave(places.offsets.diff()), places.codes

    def to(self, device: Any) -> Self:
        """Move all tensors to `device` and return self."""
        self.known = self.known.to(device)
        return self
