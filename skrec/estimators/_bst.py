"""Behaviour sequence transformer."""

from numbers import Integral

from skrec import nets
from skrec._text import quoted
from skrec.estimators._base import (
    HistoryParameters,
    MLPParameters,
    NegativeParameters,
    NetClassifier,
    NetEstimator,
    NetRegressor,
    NumericParameters,
    UserColumnParameters,
    mlp_spec,
    parameter,
    positive,
)
from skrec.estimators._base._objectives import with_candidates
from skrec.estimators._columns import HistoryColumns


class _BST(MLPParameters, NumericParameters, HistoryParameters, NetEstimator):
    n_heads: int = parameter(
        2,
        "int",
        "Heads of the attention; they divide `embedding_dim` times the lists of a history.",
        positive(Integral),
    )
    max_length: int = parameter(20, "int", "Newest steps of a history that are read.", positive(Integral))

    def _columns(self):
        return HistoryColumns(
            categorical_features=self.categorical_features,
            sequence_features=self.sequence_features,
            user=getattr(self, "user", None),
        )

    def _build_net(self, fields, n_outputs, generator):
        histories = self._columns_.histories(self.schema_)
        for history in histories:
            width = len(history) * self.embedding_dim
            if width % self.n_heads:
                raise ValueError(
                    f"The 'n_heads' parameter of {type(self).__name__} must divide the width of a step, {width}, which "
                    f"is embedding_dim={self.embedding_dim} times its lists. Got {quoted(self.n_heads)} instead."
                )
        return nets.BST(
            fields,
            n_outputs,
            histories=histories,
            n_heads=self.n_heads,
            max_length=self.max_length,
            init_scale=self.init_scale,
            embedding_dim=self.embedding_dim,
            mlp=mlp_spec(self, activation=self.activation),
            generator=generator,
        )


class BSTClassifier(_BST, UserColumnParameters, NegativeParameters, NetClassifier):
    r"""Behaviour sequence transformer for clicks: what a user did, in its order, read together with the candidate.

    .. math:: s(x) = \mathrm{MLP}([v_1, \dots, v_F, \mathrm{TRM}(h_1 + p_n, \dots, h_n + p_1, q + p_0), x_{num}])

    with the candidate's vectors q, those of the history's steps h, and a vector p for each age of a step; TRM is a
    transformer block, attention from each to all and a layer over each.

    {parameters}

    {attributes}

    References
    ----------
    Chen et al. (2019), Behavior Sequence Transformer for E-commerce Recommendation in Alibaba, eq. 1-5.

    Notes
    -----
    Differs from the paper: a step's age is how many came after it, not a time, and its vector is added.

    Examples
    --------
    The order of the history tells:

    >>> import pandas as pd
    >>> from skrec import BSTClassifier
    >>> df = pd.DataFrame({"hist": [["tea", "ale"], ["ale", "tea"]] * 100, "item": ["tea", "ale", "ale", "tea"] * 50})
    >>> again = [cell[-1] == item for cell, item in zip(df["hist"], df["item"])]
    >>> model = BSTClassifier(sequence_features={"hist": "item"}, lr=0.01, random_state=0).fit(df, again)
    >>> model.score(df, again)
    1.0
    """

    def _objective(self):
        return with_candidates(self, super()._objective())


class BSTRegressor(_BST, NetRegressor):
    r"""Behaviour sequence transformer for ratings: what a user did, in its order, read together with the candidate.

    .. math:: \hat y(x) = \mathrm{MLP}([v_1, \dots, v_F, \mathrm{TRM}(h_1 + p_n, \dots, h_n + p_1, q + p_0), x_{num}])

    {parameters}

    {attributes}

    References
    ----------
    Chen et al. (2019), Behavior Sequence Transformer for E-commerce Recommendation in Alibaba, eq. 1-5.
    """
