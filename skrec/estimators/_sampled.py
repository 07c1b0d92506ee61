"""Losses that hold a positive against items that are drawn."""

from functools import partial

import numpy as np
import torch

from skrec import losses
from skrec._text import quoted
from skrec.data._columns import CATEGORICAL
from skrec.engine import PairRows, Rows
from skrec.estimators._memory import check_drawn_a_batch
from skrec.estimators._positives import PositivesAlone
from skrec.estimators._settings import LossSettings
from skrec.estimators._training import batch_size
from skrec.estimators._vectors import Separable


class SampledLoss(LossSettings, PositivesAlone, Separable):
    """Mixin of binary models of a user's side and an item's, before `NetClassifier` in the list of bases.

    The first column of a side says who, or what: rows that agree in it are of one user, or of one item. The net
    has a method `contrast`.
    """

    @property
    def _sampled(self):
        return self.loss != "bce"

    def _setting(self):
        return f"loss={quoted(self.loss)}" if self._sampled else super()._setting()

    def _id_columns(self):
        return tuple(names[0] for names in self._side_names())

    def _learn(self, X, y, sample_weight, validation=None, **options):
        if self._sampled and self.class_weight is not None:
            raise ValueError(
                f"class_weight={quoted(self.class_weight)} does not go with loss={quoted(self.loss)}, which sees "
                "positives alone; set class_weight=None, or weigh rows by sample_weight"
            )
        if self._sampled and self.train_scores:
            raise ValueError(
                f"train_scores=True does not go with loss={quoted(self.loss)}, whose training rows are positives "
                "alone; set train_scores=False, and score validation rows of both classes, X_val"
            )
        super()._learn(X, y, sample_weight, validation, **options)

    def _learn_target(self, y, weight, classes):
        if not self._sampled:
            if classes is None and not self._setting() and len(np.unique(y)) == 1:
                raise ValueError(
                    f"{type(self).__name__} needs at least two classes, got only one class, "
                    f"{quoted(y[:1].tolist()[0])}, in the rows of positive weight; positives alone need "
                    "loss='softmax', 'bpr' or 'ccl'"
                )
            return super()._learn_target(y, weight, classes)
        super()._learn_target(np.repeat(self.classes_, len(y)), np.tile(weight, 2), classes)
        return np.zeros(1)  # scores rank, with no share of positives to start from

    def _loss(self):
        if not self._sampled:
            return super()._loss()
        if self.loss == "bpr":
            return losses.ContrastLoss(losses.bayesian_personalized_ranking)
        if self.loss == "softmax":
            return losses.ContrastLoss(losses.sampled_softmax, losses.sampled_softmax_slopes)
        options = {"margin": self.margin, "negative_weight": self.negative_weight}
        functions = losses.cosine_contrastive, losses.cosine_contrastive_slopes
        return losses.ContrastLoss(*(partial(function, **options) for function in functions))

    def _make_rows(self, train, valid, seed):
        if not self._sampled:
            return super()._make_rows(train, valid, seed)
        rows = self._pairs(train)
        if valid is None:
            return rows, None, None
        positive = valid.y == self.classes_[1]
        if not positive.any():
            raise ValueError(
                f"loss={quoted(self.loss)} needs positives among the validation rows, got no row of class "
                f"{quoted(self.classes_.tolist()[1])}; add some, or leave X_val out"
            )
        return rows, valid, self._pairs(valid.take(positive), rows)

    def _scored_valid(self, valid, rows_valid):
        return self._encode(valid) if self._sampled else rows_valid

    def _pairs(self, sample, train=None):
        """Return positives that are held against the items of the training rows, their own if `train` is None."""
        table, (user, item) = self._table(sample.frame), self._side_names()
        users, items = self._users_of(sample, table), self._codes_of(table, item[0])
        if items is None:
            raise ValueError(
                f"loss={quoted(self.loss)} draws items by their first column, {quoted(item[0])}, which is no "
                "category; put the item's id first among its columns, and name it in categorical_features if it is a "
                "number"
            )
        if users is None:  # every row is somebody else
            users = np.arange(len(table)) + (0 if train is None else int(train.users.max()) + 1)
        if train is None:
            catalogue, mass = self._catalogue(table, items, item)
        else:
            catalogue, mass = train.catalogue, train.mass
        if not mass.any():
            raise ValueError(
                f"loss={quoted(self.loss)} has no item to draw: column {quoted(item[0])} is missing in all positives"
            )
        per_row = self.loss == "bpr"
        check_drawn_a_batch(self, min(batch_size(self.batch_size, len(table)), len(table)) if per_row else 1)
        rows = PairRows(
            table,
            *self._encode_target(sample.y, sample.weight),
            users=users,
            items=items,
            catalogue=catalogue,
            mass=mass,
            n_negatives=max(self.n_negatives, 1) if per_row else self.n_negatives,
            shared=not per_row,
            correction=self.logq_correction if self.loss == "softmax" else 0.0,
            known=train and (train.users.numpy(), train.items.numpy()),
        )
        if per_row and not rows.sampler.room[users].all():
            row = int(np.argmin(rows.sampler.room[users]))
            raise ValueError(
                f"loss='bpr' has nothing to draw for user {quoted(sample.frame[user[0]].iloc[row])}, who has all "
                f"{int((mass > 0).sum())} items; leave out the rows of such users, or choose loss='softmax'"
            )
        return rows

    def _users_of(self, sample, table):
        """Return the codes of the users, (n_rows,); None where every row is somebody else's."""
        return self._codes_of(table, self._side_names()[0][0])

    def _codes_of(self, table, name):
        """Return the codes of column `name`, None if it is no category."""
        names = [field.name for field in self.schema_.of_role(CATEGORICAL)]
        return table.codes[:, names.index(name)] if name in names else None

    def _catalogue(self, table, items, names):
        """Return the inputs of each item, those of its first row, and how often to draw it."""
        codes, first, counts = np.unique(items, return_index=True, return_counts=True)
        n_items = len(self.schema_.vocabularies[self.schema_.field(names[0]).vocabulary])
        row, mass = np.zeros((2, n_items), np.int64)
        row[codes], mass[codes] = first, counts if self.negatives == "popularity" else 1
        mass[0] = 0  # a missing item is never drawn
        inputs = self._side(names).take(Rows(table).inputs)
        return inputs.take(torch.from_numpy(row)), mass
