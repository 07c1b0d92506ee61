"""Deep interest network."""

from collections.abc import Sequence

from skrec import nets
from skrec.estimators._base import (
    HistoryParameters,
    MLPParameters,
    NegativeParameters,
    NetClassifier,
    NetEstimator,
    NetRegressor,
    NumericParameters,
    UserColumnParameters,
    layer_sizes,
    mlp_spec,
    one_of,
    parameter,
)
from skrec.estimators._base._objectives import with_candidates
from skrec.estimators._history_attention import attention_weights, history_columns


class _DIN(MLPParameters, NumericParameters, HistoryParameters, NetEstimator):
    attention: str = parameter(
        "softmax",
        '{"softmax", "raw", "mean"}',
        """What a step of a history counts: "softmax" shares one between the steps, by how much each tells of the
        candidate; "raw" is the paper's, whose weights need not add up to one; "mean" counts all steps the same, the
        model without attention.""",
        one_of("softmax", "raw", "mean"),
    )
    attention_hidden_layer_sizes: Sequence[int] = parameter(
        (32,), "tuple of int", "Units of each hidden layer of the attention.", "array-like"
    )
    history_product: bool = parameter(
        True, "bool", "Whether the MLP also reads the product of history and candidate.", "boolean"
    )

    _columns, attention_weights = history_columns, attention_weights

    def _build_net(self, fields, n_outputs, generator):
        return nets.DIN(
            fields,
            n_outputs,
            histories=self._columns_.histories(self.schema_),
            attention=self.attention,
            attention_hidden_layer_sizes=layer_sizes(self, "attention_hidden_layer_sizes"),
            history_product=self.history_product,
            init_scale=self.init_scale,
            embedding_dim=self.embedding_dim,
            mlp=mlp_spec(self, activation=self.activation),
            generator=generator,
        )


class DINClassifier(_DIN, UserColumnParameters, NegativeParameters, NetClassifier):
    r"""Deep interest network for clicks: of what a user did before counts what resembles the candidate.

    .. math:: s(x) = \mathrm{MLP}([v_1, \dots, v_F, u, u \odot q, x_{num}]), \quad u = \sum_l \alpha_l h_l

        \alpha = \mathrm{softmax}(a), \quad a_l = \mathrm{MLP}_a([h_l, q, h_l - q, h_l \odot q])

    with the candidate's vectors q and those of the history's steps h. Steps are computed as they are, without
    padding. A row without history has u = 0; an item that training did not have is a step like any other.

    {parameters}

    {attributes}

    References
    ----------
    Zhou et al. (2018), Deep Interest Network for Click-Through Rate Prediction, eq. 3-6.

    Notes
    -----
    Differs from the paper: the softmax (raw weights lost to equal ones on Amazon's reviews in six runs of six), and
    the product of u and q (about .007 above it there). The paper's regularisation, which costs each value by one
    over its rows, is `embedding_l2` with one over the root of them.

    Examples
    --------
    Only the one item of the history that is of the candidate's kind tells:

    >>> import pandas as pd
    >>> from skrec import DINClassifier
    >>> df = pd.DataFrame({"hist": [["tea", "ale"], ["jam"], ["rum", "tea"], []] * 50, "item": ["tea"] * 200})
    >>> taken = ["tea" in cell for cell in df["hist"]]
    >>> model = DINClassifier(sequence_features={"hist": "item"}, lr=0.01, random_state=0).fit(df, taken)
    >>> model.score(df, taken)
    1.0
    """

    def _objective(self):
        return with_candidates(self, super()._objective())


class DINRegressor(_DIN, NetRegressor):
    r"""Deep interest network for ratings: of what a user did before counts what resembles the candidate.

    .. math:: \hat y(x) = \mathrm{MLP}([v_1, \dots, v_F, u, u \odot q, x_{num}]), \quad u = \sum_l \alpha_l h_l

        \alpha = \mathrm{softmax}(a), \quad a_l = \mathrm{MLP}_a([h_l, q, h_l - q, h_l \odot q])

    {parameters}

    {attributes}

    References
    ----------
    Zhou et al. (2018), Deep Interest Network for Click-Through Rate Prediction, eq. 3-6.
    """
