"""Two towers over the columns of users and of items."""

from collections.abc import Sequence
from numbers import Real
from typing import Any

from skrec import nets
from skrec._text import quoted
from skrec.estimators._base import (
    ColumnParameters,
    MLPParameters,
    NegativeParameters,
    NetClassifier,
    RankingParameters,
    SideParameters,
    UserColumnParameters,
    mlp_spec,
    one_of,
    parameter,
    positive,
)
from skrec.estimators._base._objectives import ANY_LOSS, POSITIVES_ALONE, ranking, ranking_loss
from skrec.estimators._columns import SideColumns
from skrec.estimators._vectors import ITEM, USER, SideVectors
from skrec.objectives import Classification


class TwoTowerClassifier(
    SideVectors,
    MLPParameters,
    SideParameters,
    ColumnParameters,
    UserColumnParameters,
    RankingParameters,
    NegativeParameters,
    NetClassifier,
):
    r"""Two towers for retrieval: what is known of a user and of an item, each a vector, and how they match.

    .. math:: s(x) = b + \frac{\langle u, v \rangle}{\tau}

    is the log odds, with u and v the outputs of an MLP over the user's and over the item's columns. What a user's
    vector finds among the items' is what the model would rank first: see `embed_users` and `embed_items`. Two
    classes.

    {parameters}

    {attributes}

    References
    ----------
    Covington, Adams, Sargin (2016), Deep Neural Networks for YouTube Recommendations, section 3.
    Yi et al. (2019), Sampling-Bias-Corrected Neural Modeling for Large Corpus Item Recommendations.
    Mao et al. (2021), SimpleX: A Simple and Strong Baseline for Collaborative Filtering.

    Notes
    -----
    YoutubeDNN, the candidate generation of Covington et al., is a setting of it: a history among the user's columns,
    pooled to its mean and in one table with the item's id, and the softmax over all items,
    ``TwoTowerClassifier(user_features=["history", "age"], item_features=["item"], sequence_features={"history":
    "item"}, loss="softmax", negatives="all")``; n_negatives=1000 with negatives="uniform" samples them. Other than in
    the paper an item's vector goes through a tower too.

    Examples
    --------
    A log of what users took, without a negative:

    >>> import pandas as pd
    >>> from skrec import TwoTowerClassifier
    >>> log = pd.DataFrame({"user": ["ann", "ann", "bob", "bob"] * 50, "item": ["tea", "jam", "rum", "ale"] * 50})
    >>> model = TwoTowerClassifier(loss="softmax", random_state=0).fit(log, [1] * 200)
    >>> scores = model.embed_users(pd.DataFrame({"user": ["ann"]})) @ model.embed_items(log[["item"]][:4]).T
    >>> scores.shape, bool(scores[0, :2].min() > scores[0, 2:].max())
    ((1, 4), True)
    """

    hidden_layer_sizes: Sequence[int] = parameter(
        (128, 64),
        "tuple of int",
        """Units of each layer of a tower; the last one, without a ReLU, is the width of the vectors. ``()`` adds up
        the vectors of a side's columns.""",
        "array-like",
    )
    normalize: bool = parameter(
        True, "bool", "Bring the vectors to length one, so that they meet in a cosine.", "boolean"
    )
    temperature: Any = parameter(
        "auto",
        'float or "auto"',
        'Divisor of the inner product; "auto" is 1 with loss="ccl" or without `normalize`, else 0.1.',
        one_of("auto"),
        positive(Real),
    )
    learn_temperature: bool = parameter(False, "bool", "Learn the divisor, from `temperature` on.", "boolean")
    init_scale: float = parameter(0.05, "float", "Standard deviation of the initial vectors.", positive(Real))

    _minimum_columns = 2
    _only_two = True

    def _columns(self):
        return SideColumns(
            categorical_features=self.categorical_features,
            sequence_features=self.sequence_features,
            user=self.user,
            user_features=self.user_features,
            item_features=self.item_features,
        )

    def _objective(self):
        loss = ranking_loss(self)
        self._check_loss(loss)
        labels = Classification(type(self).__name__, self.class_weight, only_two=True, remedy=POSITIVES_ALONE)
        return labels if loss is None else ranking(self, labels, loss, self.user)

    def _check_loss(self, loss):
        if loss is None and self.n_negatives:
            raise ValueError(
                f"loss='bce' learns from labelled rows and draws none; set n_negatives=0, got {self.n_negatives}, or "
                f"choose {ANY_LOSS}"
            )
        scaled = self.temperature not in ("auto", 1) or self.learn_temperature
        if loss is not None and loss.of_cosines and (scaled or not self.normalize):
            raise ValueError(
                f"loss={quoted(loss.name)} is of cosines: expected normalize=True, temperature='auto' and "
                f"learn_temperature=False, got normalize={self.normalize}, temperature={quoted(self.temperature)} and "
                f"learn_temperature={self.learn_temperature}"
            )

    def _temperature(self):
        if self.temperature != "auto":
            return float(self.temperature)
        loss = ranking_loss(self)
        return 1.0 if not self.normalize or (loss is not None and loss.of_cosines) else 0.1

    def _build_net(self, fields, n_outputs, generator):
        user, item = (self._columns_.side(self.schema_, side) for side in (USER, ITEM))
        return nets.TwoTower(
            fields,
            user=user,
            item=item,
            embedding_dim=self.embedding_dim,
            mlp=mlp_spec(self) if len(self.hidden_layer_sizes) else None,
            normalize=self.normalize,
            temperature=self._temperature(),
            learn_temperature=self.learn_temperature,
            init_scale=self.init_scale,
            generator=generator,
        )
