"""Positives, and the negatives that a batch of them is held against."""

from typing import Any

import numpy as np
import torch
from torch.nn.functional import pad

from skrec._inputs import Jagged, Pairs, take
from skrec.engine._rows import Batch, Rows
from skrec.sampling._exclusion import ExclusionSampler


class PairRows(Rows):
    """Positives that each batch holds against items: those of its other rows, or items that are drawn.

    Parameters
    ----------
    table : Table
        Positives.
    target, weight : ndarray of shape (n_rows,)
        As in `Rows`.
    users, items : ndarray of shape (n_rows,), integers
        Who and what; `items` are rows of the catalogue.
    catalogue : Inputs
        Items, in the item's columns alone.
    mass : ndarray of shape (n_items,), int64
        How often an item is drawn, relative to the others; 0 for never.
    n_negatives : int
        Items that are drawn, 0 for those of the batch's other rows.
    shared : bool
        Whether they are drawn for a batch, or for each row, from what its user does not have.
    correction : float
        Share of the log of an item's frequency, in the batch or among the drawn, that scores are freed of.
    known : pair of ndarray of shape (n_known,), optional
        Users and items that are positives beside these rows.

    Notes
    -----
    No item that the user has in one of these rows, or among the known, is held against the user.
    """

    sampler: Any = None  # ExclusionSampler, of rows that draw for themselves
    seen: Any = None  # Jagged, the items of each user
    log_q: Any = None  # (n_items,)

    def __init__(
        self, table, target, weight, *, users, items, catalogue, mass, n_negatives, shared, correction, known=None
    ):
        super().__init__(table, target, weight)
        self.n_negatives, self.shared = n_negatives, shared
        self.users, self.items = (torch.from_numpy(np.asarray(codes, np.int64)) for codes in (users, items))
        self.catalogue, self.mass = catalogue, mass
        if known is not None:
            users, items = np.concatenate([users, known[0]]), np.concatenate([items, known[1]])
        n_users = int(users.max()) + 1
        if not shared:
            self.sampler = ExclusionSampler(users, items, mass, n_users)
            return
        pairs = np.unique(np.asarray(users, np.int64) * len(mass) + items)  # a user may have an item in many rows
        users, items = np.divmod(pairs, len(mass))
        offsets = np.searchsorted(users, np.arange(n_users + 1))
        self.seen = Jagged(torch.from_numpy(items), torch.from_numpy(offsets))
        self.ends = torch.from_numpy(np.cumsum(mass))
        if correction:
            often = mass if n_negatives else np.bincount(self.items, minlength=len(mass))
            share = np.maximum(often, 1) / often.sum()
            self.log_q = correction * torch.from_numpy(np.log(share)).to(self.weight.dtype)

    def batch(self, part, generator):
        """Return the Batch of `part`; without a generator, the same draws in each pass."""
        inputs, target = self[part]
        users, items = take(self.users, part), take(self.items, part)
        if generator is None:
            generator = torch.Generator().manual_seed(part.start)
        if not self.shared:
            negatives = self._draw_for(users, generator)
            return Batch(Pairs(inputs, self.catalogue.take(negatives), shared=False), target)
        negatives = self._draw(generator) if self.n_negatives else items
        log_q = None if self.log_q is None else (take(self.log_q, items), take(self.log_q, negatives))
        drawn = self.catalogue.take(negatives) if self.n_negatives else None
        hits = self._accidental_hits(users, negatives)
        return Batch(Pairs(inputs, drawn, log_q=log_q, accidental_hits=hits), target)

    def _draw(self, generator):
        """Return `n_negatives` items, drawn with replacement."""
        uniform = torch.rand(self.n_negatives, dtype=torch.float64, generator=generator).to(self.ends.device)
        return torch.searchsorted(self.ends, (uniform * self.ends[-1]).long(), right=True)

    def _draw_for(self, users, generator):
        """Return items that `users` do not have, `n_negatives` for each, those of a user side by side."""
        users = users.repeat_interleave(self.n_negatives)
        uniform = torch.rand(len(users), dtype=torch.float64, generator=generator)
        return torch.from_numpy(self.sampler.draw(users.cpu().numpy(), uniform.numpy())).to(users.device)

    def _accidental_hits(self, users, negatives):
        """Return where negatives are a user's own: rows in [0, B) and places in [0, K)."""
        distinct, place, counts = torch.unique(negatives, return_inverse=True, return_counts=True)
        slots = torch.full((len(self.ends),), -1, device=negatives.device)
        slots[distinct] = torch.arange(len(distinct), device=negatives.device)
        users, whose = torch.unique(users, return_inverse=True)  # who is often in a batch has seen much
        seen = self.seen.take(users)
        column = slots.index_select(0, seen.codes)
        ends = pad((column >= 0).cumsum(0), (1, 0)).index_select(0, seen.offsets)
        hits = Jagged(column[column >= 0], ends).take(whose)
        # an item may be among the negatives at several places
        places = Jagged(place.argsort(), pad(counts.cumsum(0), (1, 0))).take(hits.codes)
        row = torch.repeat_interleave(hits.offsets.diff())
        return row.repeat_interleave(places.offsets.diff()), places.codes

    def to(self, device):
        """Move all tensors to `device` and return self."""
        super().to(device)
        self.catalogue = self.catalogue.to(device)
        self.users, self.items = self.users.to(device), self.items.to(device)
        if self.shared:
            self.seen = Jagged(*(part.to(device) for part in self.seen))
            self.ends = self.ends.to(device)
            self.log_q = None if self.log_q is None else self.log_q.to(device)
        return self
