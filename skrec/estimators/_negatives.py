"""Learning from positives alone."""

import numpy as np
import torch

from skrec._text import quoted
from skrec.data._schema import Table
from skrec.engine import SampledRows
from skrec.estimators._ids import IdModel
from skrec.estimators._memory import check_drawn
from skrec.estimators._positives import PositivesAlone
from skrec.estimators._settings import NegativeSettings
from skrec.sampling._exclusion import ExclusionSampler


class DrawnNegatives(NegativeSettings, PositivesAlone):
    """Mixin of binary models that draw `n_negatives` rows a positive, before `NetClassifier` in the list of bases."""

    def _setting(self):
        return f"n_negatives={self.n_negatives}" if self.n_negatives else ""

    def _learn_target(self, y, weight, classes):
        if self.n_negatives:
            y = np.repeat(self.classes_[::-1], len(y))
            weight = np.concatenate([weight, self.n_negatives * weight])
        return super()._learn_target(y, weight, classes)

    def _labels(self, n_positives):
        """Return the labels of positives and, behind them, their negatives."""
        return np.repeat(self.classes_[::-1], [n_positives, n_positives * self.n_negatives])


class NegativeSampling(DrawnNegatives, IdModel):
    """Mixin of binary id models that draw other items for the users of their positives."""

    def _id_columns(self):
        return tuple(field.name for field in self.schema_.fields)

    def _make_rows(self, train, valid, seed):
        if not self.n_negatives:
            return super()._make_rows(train, valid, seed)
        check_drawn(self, len(train.y))
        codes = self._table(train.frame).codes
        order = np.argsort(codes[:, 0], kind="stable")  # draws of one user look up neighbouring places of memory
        codes, n_rows = codes[order], len(order)
        if valid is not None and (valid.y == self.classes_[1]).all():
            valid = self._add_negatives(valid, codes, seed)
        sampler = self._sampler(codes)
        target, weight = self._encode_target(self._labels(n_rows), np.tile(train.weight[order], 1 + self.n_negatives))
        rows = SampledRows(
            Table(codes, np.empty((n_rows, 0), self.schema_.dtype), ()),
            target,
            weight,
            columns=[1],
            draw=lambda uniform: sampler.draw(codes[:, 0], uniform)[:, None] + 1,
            generator=torch.Generator().manual_seed(seed),
        )
        return rows, valid, valid and self._encode(valid)

    def _scored_train(self, train, rows, seed):
        if not self.n_negatives:
            return super()._scored_train(train, rows, seed)
        sample = self._add_negatives(train, np.empty((0, 2), np.int32), seed)
        return sample, self._encode(sample)

    def _add_negatives(self, valid, train_codes, seed):
        """Return the positives and, behind them, their negatives, drawn once."""
        codes, n_rows = self._table(valid.frame).codes, len(valid.y)
        sampler = self._sampler(np.concatenate([codes, train_codes]))
        users, items = np.tile(codes, (1 + self.n_negatives, 1)).T
        uniform = np.random.RandomState(seed).random_sample(len(users) - n_rows)
        items[n_rows:] = sampler.draw(users[n_rows:], uniform) + 1
        sample = valid.take(np.tile(np.arange(n_rows), 1 + self.n_negatives))
        frame = sample.frame.reset_index(drop=True)
        frame[self.schema_.fields[1].name] = self.schema_.vocabularies[1].decode(items)
        return sample._replace(frame=frame, y=self._labels(n_rows))

    def _sampler(self, codes):
        """Return what users do not have in `codes`; 0, the code of an item that is missing, is never drawn."""
        users, items = codes.T
        known, (people, catalogue) = items > 0, self.schema_.vocabularies
        sampler = ExclusionSampler(users[known], items[known] - 1, np.ones(len(catalogue) - 1, np.int64), len(people))
        full = users[sampler.room[users] == 0]
        if len(full):
            raise ValueError(
                f"n_negatives={self.n_negatives} has nothing to draw for user "
                f"{quoted(people.decode(full[:1]).tolist()[0])}, who has all {len(catalogue) - 1} items; leave out "
                "the rows of such users, or set n_negatives=0"
            )
        return sampler
