"""Learning from positives alone."""

import numpy as np
import torch
from sklearn.utils.multiclass import _check_partial_fit_first_call

from skrec._schema import Table
from skrec._unseen import Unseen
from skrec._validation import check_labels, check_weight
from skrec.engine import SampledRows
from skrec.estimators._ids import IdModel
from skrec.estimators._settings import NegativeSettings


class NegativeSampling(NegativeSettings, IdModel):
    """Mixin of binary id models that draw their negatives, before `NetClassifier` in the list of bases.

    Rows that are no positives get the weight zero, with which they are dropped before anything is learnt.
    """

    def _learn(self, X, y, sample_weight, validation=None, *, classes=None, **options):
        if self.n_negatives and y is not None:
            y = check_labels(y)
            weight = check_weight(sample_weight, len(y))
            if classes is not None:
                _check_partial_fit_first_call(self, classes)
            elif not hasattr(self, "classes_"):
                self.classes_ = self._two_classes(np.unique(y[weight > 0]))
            if len(self.classes_) != 2:
                raise ValueError(
                    f"n_negatives={self.n_negatives} is for two classes, got {self.classes_.tolist()}; "
                    "say which are positives, for instance y >= 4"
                )
            sample_weight = weight * (y == self.classes_[1])
            if not sample_weight.any():
                raise ValueError(
                    f"n_negatives={self.n_negatives} needs positives, got no row of class {self.classes_.tolist()[1]!r}"
                )
        super()._learn(X, y, sample_weight, validation, classes=classes, **options)

    def _two_classes(self, labels):
        """Return negative and positive label; one label alone is a positive, 1 or True."""
        if len(labels) != 1:
            return labels
        if labels.dtype.kind not in "biuf" or labels[0] not in (0, 1):
            raise ValueError(
                f"Expected positives alone to be labelled 1 or True, got only one class, {labels.tolist()[0]!r}; "
                f"with n_negatives={self.n_negatives}, pass np.ones(len(X)) or rows of both classes"
            )
        return np.array([0, 1], labels.dtype)

    def _learn_target(self, y, weight, classes):
        if self.n_negatives:
            y = np.repeat(self.classes_[::-1], len(y))
            weight = np.concatenate([weight, self.n_negatives * weight])
        return super()._learn_target(y, weight, classes)

    def _make_rows(self, train, valid, seed):
        if not self.n_negatives:
            return super()._make_rows(train, valid, seed)
        codes = self._table(train.frame).codes
        order = np.argsort(codes[:, 0], kind="stable")  # draws of one user look up neighbouring places of memory
        codes, n_rows, copies = codes[order], len(order), 1 + self.n_negatives
        if valid is not None and (valid.y == self.classes_[1]).all():
            valid = self._add_negatives(valid, codes, seed)
        unseen = self._unseen(codes)
        target, weight = self._encode_target(self._labels(n_rows), np.tile(train.weight[order], copies))
        rows = SampledRows(
            Table(np.tile(codes, (copies, 1)), np.empty((n_rows * copies, 0), self.schema_.dtype), ()),
            target,
            weight,
            n_positives=n_rows,
            draw=lambda users, uniform: unseen.draw(users, uniform) + 1,
            generator=torch.Generator().manual_seed(seed),
        )
        return rows, valid, valid and self._encode(valid)

    def _labels(self, n_positives):
        """Return the labels of positives and, behind them, their negatives."""
        return np.repeat(self.classes_[::-1], [n_positives, n_positives * self.n_negatives])

    def _add_negatives(self, valid, train_codes, seed):
        """Return the validation positives and, behind them, their negatives, drawn once."""
        codes, n_rows = self._table(valid.frame).codes, len(valid.y)
        unseen = self._unseen(np.concatenate([codes, train_codes]))
        users, items = np.tile(codes, (1 + self.n_negatives, 1)).T
        uniform = np.random.RandomState(seed).random_sample(len(users) - n_rows)
        items[n_rows:] = unseen.draw(users[n_rows:], uniform) + 1
        sample = valid.take(np.tile(np.arange(n_rows), 1 + self.n_negatives))
        frame = sample.frame.reset_index(drop=True)
        frame[self.schema_.fields[1].name] = self.schema_.vocabularies[1].decode(items)
        return sample._replace(frame=frame, y=self._labels(n_rows))

    def _unseen(self, codes):
        """Return what users do not have in `codes`; 0, the code of an item that is missing, is never drawn."""
        users, items = codes.T
        known, (people, catalogue) = items > 0, self.schema_.vocabularies
        unseen = Unseen(users[known], items[known] - 1, np.ones(len(catalogue) - 1, np.int64), len(people))
        full = users[unseen.room[users] == 0]
        if len(full):
            raise ValueError(
                f"n_negatives={self.n_negatives} has nothing to draw for user {people.decode(full[:1]).tolist()[0]!r}, "
                f"who has all {len(catalogue) - 1} items; leave out the rows of such users, or set n_negatives=0"
            )
        return unseen
