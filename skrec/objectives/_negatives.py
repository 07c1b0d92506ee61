"""Positives, and rows of the same users with other items."""

from functools import partial
from typing import Any

import numpy as np
import torch

from skrec._text import quoted
from skrec.engine import SampledRows, stream_of
from skrec.objectives._catalogue import KnownPositives
from skrec.objectives._implicit import WithNegatives, positives
from skrec.objectives._memory import check_drawn
from skrec.objectives._objective import Streams
from skrec.sampling._exclusion import ExclusionSampler

USER, ITEM = 0, 1  # the columns of a model of ids


class SampledNegatives(WithNegatives):
    """Learn labels of pairs of ids: each epoch draws other items for the users of the positives."""

    def streams(self, encoding: Any, train: Any, valid: Any, seed: int) -> Any:
        """Return the Streams of a run."""
        stream, known = stream_of(train, partial(positives, encoding)), KnownPositives()
        for rows in stream.chunks():
            known.add(*_pairs(rows))
        if self.has_positives_alone(valid, encoding.target.classes):
            valid = self._with_negatives(encoding, valid, [known.pairs()], seed)
        sampler = self._sampler(encoding, *known.pairs())

        def draws(rows, number):
            check_drawn(self.n_negatives, len(rows))
            order = np.argsort(_pairs(rows)[USER], kind="stable")  # draws of one user look up neighbouring places
            rows, users = rows.take(torch.from_numpy(order)), _pairs(rows)[USER][order]
            return SampledRows(
                rows,
                *self.target(encoding, rows),
                columns=[ITEM],
                draw=lambda uniform: sampler.draw(users, uniform)[:, None] + 1,
                seed=seed + number,
            )

        return Streams(stream.drawn(draws, 1 + self.n_negatives), valid, encoding.stream(valid))

    def scored_train(self, encoding: Any, streams: Any, train: Any, seed: int) -> Any:
        """Return the positives with negatives that are drawn once."""
        source = self._with_negatives(encoding, train, [], seed)
        return source, stream_of(source, encoding.rows)

    def _with_negatives(self, encoding, source, known, seed):
        """Return the source of positives and, behind those of each chunk, their negatives, drawn once."""
        own = KnownPositives(*known)
        for rows in stream_of(source, partial(positives, encoding)).chunks():
            own.add(*_pairs(rows))
        sampler = self._sampler(encoding, *own.pairs())
        item, vocabulary = encoding.schema.fields[ITEM].name, encoding.schema.vocabularies[ITEM]

        def add(chunk, number):
            n_rows = chunk.n_rows
            check_drawn(self.n_negatives, n_rows)
            users, items = np.tile(encoding.table(chunk.frame).codes, (1 + self.n_negatives, 1)).T
            random = np.random.RandomState(seed + number)
            items[n_rows:] = sampler.draw(users[n_rows:], random.random_sample(len(users) - n_rows)) + 1
            chunk = chunk.take(np.tile(np.arange(n_rows), 1 + self.n_negatives))
            frame = chunk.frame.reset_index(drop=True)
            frame[item] = vocabulary.decode(items)
            return chunk._replace(frame=frame, y=self.label(encoding.target.classes, n_rows))

        return source.map(add, 1 + self.n_negatives)

    def _sampler(self, encoding, users, items):
        """Return what draws items that users do not have; 0, the code of an item that is missing, is never drawn."""
        known, (people, catalogue) = items > 0, encoding.schema.vocabularies
        mass = np.ones(len(catalogue) - 1, np.int64)
        sampler = ExclusionSampler(users[known], items[known] - 1, mass, len(people), ranges=False)
        full = users[(sampler.room == 0)[users]]
        if len(full):
            raise ValueError(
                f"{self.implicit} has nothing to draw for user "
                f"{quoted(people.decode(full[:1]).tolist()[0])}, who has all {len(catalogue) - 1} items; leave out "
                "the rows of such users, or set n_negatives=0"
            )
        return sampler


def _pairs(rows):
    return rows.inputs.codes[:, [USER, ITEM]].numpy().T
