"""Positives above negatives."""

from typing import Any

import numpy as np

from skrec._text import quoted
from skrec.engine import PairRows, stream_of
from skrec.losses import RankingCriterion
from skrec.objectives._catalogue import Catalogue, KnownPositives
from skrec.objectives._implicit import ImplicitFeedback
from skrec.objectives._memory import check_drawn_a_batch
from skrec.objectives._objective import Streams
from skrec.objectives._ranked_positives import RankedPositives
from skrec.objectives.samplers import AccidentalHits, Draws, PerRow


class Ranking(ImplicitFeedback):
    """Learn to rank each positive above items that its user has in none of the training rows.

    The first column of a side says who, or what: rows that agree in it are of one user, or of one item. The net has a
    method `contrast`.

    Parameters
    ----------
    labels : Classification
    loss : RankingLoss
    n_negatives : int
        Of each row, or of each batch; 0 for the items of the batch's other rows.
    negatives : NegativeSampling
        Which items are drawn.
    logq_correction : float
        Share of the log of an item's frequency that a loss which corrects it takes off its score.
    embedding_dim : int
        Width of the vectors that are drawn, for the memory that they take.
    batch_size : callable
        The number of rows to that of a batch.
    user : str or int, optional
        The user-id column, where it is none of the user's features.
    """

    def __init__(
        self,
        labels: Any,
        loss: Any,
        *,
        n_negatives: int,
        negatives: Any,
        logq_correction: float,
        embedding_dim: int,
        batch_size: Any,
        user: str | int | None = None,
    ) -> None:
        super().__init__(labels, f"loss={quoted(loss.name)}")
        negatives.check(loss, n_negatives)
        self.loss, self.negatives, self.user = loss, negatives, user
        self.n_negatives = max(n_negatives, 1) if loss.per_row else n_negatives
        self.correction = logq_correction if loss.corrects_frequency else 0.0
        self.embedding_dim, self.batch_size = embedding_dim, batch_size

    def learn(self, y: Any, weight: Any, classes: Any = None) -> Any:
        """Return the Classes; scores rank, with no share of positives to start from."""
        target, _ = self.labels.learn(np.repeat(classes, len(y)), np.tile(weight, 2))
        return target, np.zeros(1)

    def criterion(self, target: Any) -> Any:
        """Return the weighted ranking loss."""
        return RankingCriterion(self.loss)

    def streams(self, encoding: Any, train: Any, valid: Any, seed: int) -> Any:
        """Return the Streams of a run."""
        user, item = (names[0] for names in encoding.columns.sides)
        read = self._reader(encoding, user, item, train)
        positives, known, catalogue = stream_of(train, read.rows), KnownPositives(), Catalogue(read.n_items)
        for rows in positives.chunks():
            users, items, inputs = self._taken(encoding, rows, training=True)
            known.add(users, items)
            catalogue.add(items, inputs)
        mass = self._mass(catalogue.counts, item)
        self._check_drawn(train.n_rows)
        streams = self._drawn(positives, read, catalogue, mass, known)
        if valid is None:
            return Streams(streams, None, None)
        label = encoding.target.classes[1]
        ranked = valid.only(label)
        if not ranked.n_rows:
            raise ValueError(
                f"{self.implicit} needs positives among the validation rows, got no row of class "
                f"{quoted(encoding.target.classes.tolist()[1])}; add some, or leave X_val out"
            )
        of_valid, often = stream_of(ranked, read.rows), np.zeros_like(mass)
        for rows in of_valid.chunks():
            users, items, _ = self._taken(encoding, rows, training=False)
            known.add(users, items)
            often += np.bincount(items, minlength=len(often))
        return Streams(streams, valid, self._drawn(of_valid, read, catalogue, mass, known, often))

    def _reader(self, encoding, user, item, train):
        """Return what makes Rows of Chunks of positives."""
        return RankedPositives(self, encoding, user, item, train)

    def _taken(self, encoding, rows, *, training):
        """Return the codes of users and of the items that they took, (n_pairs,) each, and the items' Inputs."""
        users, items = (key.numpy() for key in rows.keys)
        return users, items, encoding.columns.side(encoding.schema, 1).take(rows.inputs)

    def scored_valid(self, encoding: Any, streams: Any) -> Any:
        """Return all validation rows, encoded."""
        return stream_of(streams.valid, encoding.rows)

    def _mass(self, counts, item):
        """Return how often to draw each item."""
        mass = self.negatives.mass(counts)
        mass[0] = 0  # a missing item is never drawn
        if not mass.any():
            raise ValueError(f"{self.implicit} has no item to draw: column {quoted(item)} is missing in all positives")
        return mass

    def _drawn(self, positives, read, catalogue, mass, known, often=None):
        """Return the stream of `positives`, held against what `known` has so far; see `_sampler`."""
        sampler = self._sampler(read, catalogue, mass, known, often)
        self._check_room(sampler, read, mass, known.pairs()[0])
        return positives.drawn(self._paired(sampler, int((mass > 0).sum()), training=often is None))

    def _paired(self, sampler, n_items, *, training):
        """Return what makes the rows of a window rows whose batches come with negatives."""
        return lambda rows, _: PairRows(rows, sampler, n_items)

    def _sampler(self, read, catalogue, mass, known, often=None):
        """Return what holds positives against negatives; `often` is how many rows have each item, those of training."""
        users, items = known.pairs()
        if self.loss.per_row:
            return PerRow(catalogue.inputs(), mass, self.n_negatives, users, items, read.n_users)
        hits = AccidentalHits(users, items, read.n_users, read.n_items)
        often = catalogue.counts if often is None else often
        draws = Draws(catalogue, mass, often, self.n_negatives, hits, self.correction, read.dtype)
        return self.negatives.of_batch(draws)

    def _check_drawn(self, n_rows):
        n_positives = min(self.batch_size(n_rows), n_rows) if self.loss.per_row else 1
        check_drawn_a_batch(self.n_negatives, n_positives, self.embedding_dim, self.batch_size(n_rows))

    def _check_room(self, sampler, read, mass, users):
        """Raise ValueError for a user who has all items."""
        if not self.loss.per_row:
            return
        full = users[(sampler.exclusion.room == 0)[users]]
        if len(full):
            raise ValueError(
                f"{self.implicit} has nothing to draw for user {quoted(read.name_of(full[:1]))}, who has all "
                f"{int((mass > 0).sum())} items; leave out the rows of such users, or choose loss='softmax'"
            )
