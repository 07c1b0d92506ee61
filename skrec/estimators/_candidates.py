"""Learning from positives alone where a row has histories: the same row with other candidates."""

from numbers import Integral

import numpy as np
import pandas as pd
import torch

from skrec._text import quoted
from skrec.data._columns import CATEGORICAL
from skrec.data._distinct import factorize
from skrec.data._equal import check_equal, example
from skrec.engine import SampledRows
from skrec.estimators._histories import WithHistories
from skrec.estimators._memory import check_drawn
from skrec.estimators._negatives import DrawnNegatives
from skrec.estimators._parameters import at_least_zero, parameter
from skrec.estimators._who import OfUsers
from skrec.sampling._exclusion import ExclusionSampler


class CandidateSampling(DrawnNegatives, OfUsers, WithHistories):
    """Mixin of the binary models with histories, before `NetClassifier` in the list of bases."""

    n_negatives: int = parameter(
        0,
        "int",
        """Above 0, learn from positives alone, rows of the class 1, True or the last of two: so many negatives a
        positive are drawn anew each epoch, the same row with another item of the training rows for a candidate. An
        item is what the first candidate column of `sequence_features` names; the others follow it. None is drawn
        that is in the row itself or its histories, with `user` in any training row of the user's. Other rows are
        ignored. Validation rows of both classes are taken as they are; positives alone get negatives that are drawn
        once. Probabilities are those of a world with so many negatives. 0 takes all rows as they are.""",
        at_least_zero(Integral),
    )

    def _learn_roles(self, frame, typed):
        if self.n_negatives and not self.sequence_features:
            raise ValueError(
                f"n_negatives={self.n_negatives} draws other candidates for a history, got sequence_features="
                f"{quoted(self.sequence_features)}; name the list columns and the candidate's, or set n_negatives=0"
            )
        return super()._learn_roles(frame, typed)

    def _make_rows(self, train, valid, seed):
        if not self.n_negatives:
            return super()._make_rows(train, valid, seed)
        check_drawn(self, len(train.y))
        table, n_rows = self._table(train.frame), len(train.y)
        columns, catalogue = self._candidate_columns(), self._catalogue(table)
        if valid is not None and (valid.y == self.classes_[1]).all():
            valid = self._add_negatives(valid, train, table, catalogue, seed)
        groups = self._groups([train.frame])
        sampler = self._sampler(catalogue, [table], groups)
        target, weight = self._encode_target(self._labels(n_rows), np.tile(train.weight, 1 + self.n_negatives))
        rows = SampledRows(
            table,
            target,
            weight,
            columns=columns,
            draw=lambda uniform: catalogue[sampler.draw(groups, uniform) + 1],
            generator=torch.Generator().manual_seed(seed),
        )
        return rows, valid, valid and self._encode(valid)

    def _scored_train(self, train, rows, seed):
        if not self.n_negatives:
            return super()._scored_train(train, rows, seed)
        table = self._table(train.frame)
        sample = self._add_negatives(train, train, table, self._catalogue(table), seed)
        return sample, self._encode(sample)

    def _catalogue(self, table):
        """Return of every item the codes of its first row, (n_items, n_columns)."""
        columns = self._candidate_columns()
        catalogue = np.zeros((self._n_items(), len(columns)), np.int32)
        catalogue[table.codes[::-1, columns[0]]] = table.codes[::-1, columns]
        return catalogue

    def _add_negatives(self, valid, train, train_table, catalogue, seed):
        """Return the positives and, behind them, their negatives, drawn once."""
        table, n_rows, columns = self._table(valid.frame), len(valid.y), self._candidate_columns()
        groups = self._groups([train.frame, valid.frame])
        sampler = self._sampler(catalogue, [train_table, table], groups)
        theirs = np.tile(groups[-n_rows:], self.n_negatives)
        drawn = sampler.draw(theirs, np.random.RandomState(seed).random_sample(len(theirs)))
        codes = np.concatenate([table.codes[:, columns], catalogue[drawn + 1]])
        sample = valid.take(np.tile(np.arange(n_rows), 1 + self.n_negatives))
        frame = sample.frame.reset_index(drop=True)
        fields = self.schema_.of_role(CATEGORICAL)
        for column, its in zip(columns, codes.T, strict=True):
            frame[fields[column].name] = self.schema_.vocabularies[fields[column].vocabulary].decode(its)
        return sample._replace(frame=frame, y=self._labels(n_rows))

    def _candidate_columns(self):
        """Return the places of the candidate's columns among the categorical ones, the item first."""
        names = [field.name for field in self.schema_.of_role(CATEGORICAL)]
        return [names.index(name) for name in dict.fromkeys(self.sequence_features.values())]

    def _id_columns(self):
        return None, next(iter(self.sequence_features.values()))

    def _n_items(self):
        """Return the codes of the item column, that of unknown items included."""
        item = self.schema_.of_role(CATEGORICAL)[self._candidate_columns()[0]]
        return len(self.schema_.vocabularies[item.vocabulary])

    def _groups(self, frames):
        """Return a number a row, the same for rows of a user; without users, or a missing one, each row is its own."""
        rows = np.arange(sum(map(len, frames)))
        if self.user is None:
            return rows
        columns = [frame[self.user] for frame in frames]
        for column in columns[1:]:
            check_equal(example(column), example(columns[0]), f"Column {quoted(self.user)} of X_val")
        users, names = factorize(pd.concat(columns, ignore_index=True))
        return np.where(users < 0, len(names) + rows, users)

    def _sampler(self, catalogue, tables, groups):
        """Return what draws items of the catalogue that no row of a group has, in its candidate or its histories."""
        item = self._candidate_columns()[0]
        parts, start = [], 0
        for table in tables:
            own = groups[start : start + len(table)]
            start += len(table)
            parts.append((own, table.codes[:, item]))
            bags = [table.lists[place] for history in self._histories() for place, of in history if of == item]
            parts += [(np.repeat(own, np.diff(bag.offsets)), bag.codes) for bag in bags]
        owners, items = (np.concatenate(part) for part in zip(*parts, strict=True))
        known = items > 0
        there = (catalogue[1:, 0] > 0).astype(np.int64)
        sampler = ExclusionSampler(owners[known], items[known] - 1, there, groups.max() + 1)
        n_full = int((sampler.room[groups] == 0).sum())
        if n_full:
            raise ValueError(
                f"n_negatives={self.n_negatives} has nothing to draw for {n_full} of the positives: they, their "
                f"histories and their user's other rows have all {there.sum()} items of the training rows; leave them "
                "out, or set n_negatives=0"
            )
        return sampler
