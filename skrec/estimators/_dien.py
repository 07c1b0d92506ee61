"""Deep interest evolution network."""

from numbers import Integral, Real

from skrec import nets
from skrec._validation import Interval
from skrec.data import SEQUENCE, warn_of_cut
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
from skrec.estimators._history_attention import attention_weights, history_columns
from skrec.losses import AuxiliaryLoss
from skrec.objectives import Classification, Regression


class _DIEN(MLPParameters, NumericParameters, HistoryParameters, NetEstimator):
    history_product: bool = parameter(
        True, "bool", "Whether the MLP also reads the product of a history's state and the candidate.", "boolean"
    )
    max_length: int = parameter(
        50,
        "int",
        "Newest steps of a history that are read; of a longer one the oldest steps are left out, with a warning.",
        positive(Integral),
    )
    auxiliary_weight: float = parameter(
        1.0,
        "float",
        "What the auxiliary loss counts, by which each step of a history has to tell the next one from others.",
        Interval(Real, 0, None, closed="left"),
    )

    def _criterion(self, *, of_numbers):
        """Return what is minimised, None for the loss of the target alone."""
        if not self.sequence_features or self.auxiliary_weight == 0:
            return None
        return AuxiliaryLoss(self.auxiliary_weight, of_numbers=of_numbers)

    def _start(self, module, criterion, rows, seed):
        """Warn of histories that are not read to their end."""
        fields = self.schema_.of_role(SEQUENCE)
        for (first, _), *_ in self._columns_.histories(self.schema_):
            warn_of_cut(fields[first].name, rows.inputs.lists[first].offsets.diff().numpy(), self.max_length)

    _columns, attention_weights = history_columns, attention_weights

    def _build_net(self, fields, n_outputs, generator):
        return nets.DIEN(
            fields,
            n_outputs,
            histories=self._columns_.histories(self.schema_),
            embedding_dim=self.embedding_dim,
            history_product=self.history_product,
            max_length=self.max_length,
            auxiliary=self._criterion(of_numbers=False) is not None,
            mlp=mlp_spec(self, activation=self.activation),
            init_scale=self.init_scale,
            generator=generator,
        )


class DIENClassifier(_DIEN, UserColumnParameters, NegativeParameters, NetClassifier):
    r"""Deep interest evolution network for clicks: where what a user did before leads, in view of the candidate.

    .. math:: s(x) = \mathrm{MLP}([v_1, \dots, v_F, u_n, u_n \odot q, x_{num}]), \quad
        u_l = (1 - \alpha_l z_l) \odot u_{l-1} + \alpha_l z_l \odot \tilde u_l

        \alpha = \mathrm{softmax}(g_l^\top W q), \quad g_1, \dots, g_n = \mathrm{GRU}(h_1, \dots, h_n)

    with the candidate's vectors q and those of the history's steps h. Beside the labels an auxiliary loss is made
    small: each g has to tell the step that follows from one of somebody in the batch. A row without history has u = 0.

    {parameters}

    {attributes}

    References
    ----------
    Zhou et al. (2019), Deep Interest Evolution Network for Click-Through Rate Prediction, eq. 2-7, 9, 13-15.

    Notes
    -----
    Differs from the paper: the product of u and q, as in `DINClassifier`. Losses of validation rows are those of the
    labels alone. Steps are computed one behind the other, all rows of a batch at once: `max_length` bounds the time.

    Examples
    --------
    What was last in the history tells:

    >>> import pandas as pd
    >>> from skrec import DIENClassifier
    >>> df = pd.DataFrame({"hist": [["tea", "ale"], ["ale", "tea"], ["rum"], []] * 50, "item": ["tea"] * 200})
    >>> taken = [cell[-1:] == ["tea"] for cell in df["hist"]]
    >>> model = DIENClassifier(sequence_features={"hist": "item"}, lr=0.01, random_state=0).fit(df, taken)
    >>> model.score(df, taken)
    1.0
    """

    def _objective(self):
        criterion = self._criterion(of_numbers=False)
        return with_candidates(self, Classification(type(self).__name__, self.class_weight, criterion=criterion))


class DIENRegressor(_DIEN, NetRegressor):
    r"""Deep interest evolution network for ratings: where what a user did before leads, in view of the candidate.

    .. math:: \hat y(x) = \mathrm{MLP}([v_1, \dots, v_F, u_n, u_n \odot q, x_{num}]), \quad
        u_l = (1 - \alpha_l z_l) \odot u_{l-1} + \alpha_l z_l \odot \tilde u_l

        \alpha = \mathrm{softmax}(g_l^\top W q), \quad g_1, \dots, g_n = \mathrm{GRU}(h_1, \dots, h_n)

    {parameters}

    {attributes}

    References
    ----------
    Zhou et al. (2019), Deep Interest Evolution Network for Click-Through Rate Prediction, eq. 2-7, 9, 13-15.
    """

    def _objective(self):
        return Regression(criterion=self._criterion(of_numbers=True))
