"""Candidates that are drawn: none that is in a row, its histories, or another row of its user."""

from typing import Any

import numpy as np

from skrec.data import CATEGORICAL
from skrec.objectives._catalogue import KnownPositives
from skrec.sampling._exclusion import ExclusionSampler


class CandidateDraws:
    """What is drawn: the items of the training rows with their further columns, and what users have.

    Parameters
    ----------
    objective : SampledCandidates
    encoding : Encoding
    users : Vocabulary or None
        The users that are told from each other.
    """

    def __init__(self, objective, encoding, users):
        self.objective, self.users = objective, users
        self.columns, self.histories = encoding.columns.candidates(encoding.schema)
        vocabulary = encoding.schema.of_role(CATEGORICAL)[self.columns[0]].vocabulary
        self.catalogue = np.zeros((len(encoding.schema.vocabularies[vocabulary]), len(self.columns)), np.int32)
        self.known, self.longest = KnownPositives(), 0

    def copy(self):
        """Return the same, to which more may be added."""
        other = object.__new__(CandidateDraws)
        other.__dict__ = vars(self) | {"known": KnownPositives(*self.known.parts)}
        return other

    def add(self, rows, *, is_catalogue=False):
        """Take what the users of some rows have; of the training rows also the items."""
        if is_catalogue:
            codes = rows.inputs.codes.numpy()
            new = self.catalogue[codes[:, self.columns[0]], 0] == 0
            codes = codes[new][::-1]  # of rows with the same item the first is the last to be written
            self.catalogue[codes[:, self.columns[0]]] = codes[:, self.columns]
            self.catalogue[0] = 0
        counts = np.bincount(np.concatenate([owners for owners, _ in self._pairs(rows, np.arange(len(rows)))]))
        self.longest = max(self.longest, counts.max())
        if self.users is not None:
            for owners, items in self._pairs(rows, rows.keys[0].numpy()):
                self.known.add(owners, items)

    def finish(self):
        """Make what draws for known users."""
        self.mass = (self.catalogue[1:, 0] > 0).astype(np.int64)
        self.sampler: Any = None
        if self.users is not None:
            owners, items = self.known.pairs()
            kept = (items > 0) & (owners > 0)
            self.sampler = ExclusionSampler(owners[kept], items[kept] - 1, self.mass, len(self.users), ranges=False)

    def check(self, positives):
        """Raise ValueError if there is nothing to draw for some `positives`, a stream.

        They are read once more only if a row is so long that it may have all items, or a user has them.
        """
        n_items = self.mass.sum()
        if self.longest < n_items and (self.users is None or self.sampler.room.all()):
            return
        n_full = 0
        for rows in positives.chunks():
            users, own = self._of_rows(rows)
            room = own.room if self.users is None else np.where(users > 0, self.sampler.room[users], own.room)
            n_full += int((room == 0).sum())
        if n_full:
            raise ValueError(
                f"{self.objective.implicit} has nothing to draw for {n_full} of the positives: they, their "
                f"histories and their user's other rows have all {n_items} items of the training rows; leave "
                "them out, or set n_negatives=0"
            )

    def of(self, rows):
        """Return what draws for `rows`: random numbers in [0, 1), (n_rows,), to codes of shape (n_rows, n_columns)."""
        users, own = self._of_rows(rows)
        alone, of_users = np.flatnonzero(users == 0), np.flatnonzero(users > 0)

        def draw(uniform):
            items = np.empty(len(uniform), np.int64)
            items[alone] = own.draw(alone, uniform[alone])
            if len(of_users):
                items[of_users] = self.sampler.draw(users[of_users], uniform[of_users])
            return self.catalogue[items + 1]

        return draw

    def _of_rows(self, rows):
        """Return the codes of the rows' users, (n_rows,), and what draws for rows of whom nothing else is known."""
        users = np.zeros(len(rows), np.int64) if self.users is None else rows.keys[0].numpy()
        pairs = self._pairs(rows, np.arange(len(rows)))
        owners, items = (np.concatenate(part) for part in zip(*pairs, strict=True))
        kept = (items > 0) & (users[owners] == 0)
        return users, ExclusionSampler(owners[kept], items[kept] - 1, self.mass, len(rows), ranges=False)

    def _pairs(self, rows, owners):
        """Return owners and items of the candidates and of each history that has items."""
        item = self.columns[0]
        pairs = [(owners, rows.inputs.codes[:, item].numpy())]
        for place, of in (pair for history in self.histories for pair in history):
            if of == item:
                bag = rows.inputs.lists[place]
                pairs.append((np.repeat(owners, bag.offsets.diff().numpy()), bag.codes.numpy()))
        return pairs
