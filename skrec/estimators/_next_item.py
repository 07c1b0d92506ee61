"""What estimators of a history and its next item share."""

from functools import partial
from numbers import Integral, Real

from skrec._text import quoted
from skrec._validation import Interval
from skrec.data import SEQUENCE, warn_of_cut
from skrec.estimators._base import (
    ColumnParameters,
    NegativeParameters,
    NetClassifier,
    RankingParameters,
    SideParameters,
    UserColumnParameters,
    parameter,
    positive,
)
from skrec.estimators._base._objectives import ANY_LOSS, POSITIVES_ALONE, ranking, ranking_loss
from skrec.estimators._columns import SequenceColumns
from skrec.estimators._vectors import ITEM, USER, SideVectors
from skrec.losses import SampledSoftmax
from skrec.objectives import Classification, NextItem


class NextItemClassifier(
    SideVectors,
    SideParameters,
    ColumnParameters,
    UserColumnParameters,
    RankingParameters,
    NegativeParameters,
    NetClassifier,
):
    """Base of the models of a history and its next item; a subclass builds the net."""

    embedding_dim: int = parameter(64, "int", "Width D of the vectors.", positive(Integral))
    max_length: int = parameter(
        50,
        "int",
        "Newest steps of a history that are read; of a longer one the oldest steps are left out, with a warning.",
        positive(Integral),
    )
    dropout: float = parameter(
        0.2,
        "float",
        "Share of the numbers that a training step drops while it reads histories.",
        Interval(Real, 0, 1, closed="left"),
    )
    init_scale: float = parameter(0.02, "float", "Standard deviation of the initial vectors.", positive(Real))
    loss: str = "auto"
    negatives: str = "auto"
    embedding_l2: float = 0.0

    _minimum_columns = 2
    _only_two = True

    def _columns(self):
        return SequenceColumns(
            categorical_features=self.categorical_features,
            sequence_features=self.sequence_features,
            user=self.user,
            user_features=self.user_features,
            item_features=self.item_features,
        )

    def _loss(self):
        """Return the RankingLoss that is minimised, None for labels."""
        if self.loss == "auto" and self.sequence_features:
            return SampledSoftmax()
        return ranking_loss(self)

    def _objective(self):
        loss = self._loss()
        if loss is None and self.n_negatives:
            raise ValueError(
                f"loss={quoted(self.loss)} learns from labelled rows here and draws none; set n_negatives=0, got "
                f"{self.n_negatives}, or choose {ANY_LOSS}"
            )
        labels = Classification(type(self).__name__, self.class_weight, only_two=True, remedy=POSITIVES_ALONE)
        if loss is None:
            return labels
        made = partial(NextItem, histories=dict(self.sequence_features or {}), max_length=self.max_length)
        return ranking(self, labels, loss, self.user, made)

    def _start(self, module, criterion, rows, seed):
        """Warn of histories that are not read to their end."""
        places = [field.name for field in self.schema_.of_role(SEQUENCE)]
        for name in self.sequence_features or {}:
            warn_of_cut(name, rows.inputs.lists[places.index(name)].offsets.diff().numpy(), self.max_length)

    def _shape(self):
        """Return what the nets take alike, by name."""
        histories = self._columns_.histories(self.schema_)
        loss = self._loss()
        return {
            "user": self._columns_.side(self.schema_, USER),
            "item": self._columns_.side(self.schema_, ITEM),
            "history": histories[0] if histories else (),
            "embedding_dim": self.embedding_dim,
            "max_length": self.max_length,
            "dropout": self.dropout,
            "cosine": loss is not None and loss.of_cosines,
            "init_scale": self.init_scale,
        }
