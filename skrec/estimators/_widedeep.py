"""Wide & Deep."""

from typing import Any

from skrec import nets
from skrec.estimators._base import (
    ColumnParameters,
    InitParameters,
    MemberParameters,
    MLPParameters,
    NetClassifier,
    NetEstimator,
    NetRegressor,
    NumericParameters,
    mlp_spec,
    parameter,
)
from skrec.estimators._columns import CrossedColumns


class _WideDeep(MLPParameters, MemberParameters, NumericParameters, InitParameters, ColumnParameters, NetEstimator):
    lr: float = 1e-3

    crossed_columns: Any = parameter(
        None,
        "list of tuples or None",
        """Categorical columns to take together in the wide part, ``[("user", "item"), ...]``, by name (position, for
        an array). Each combination of values that training rows have gets a linear weight of its own; others add
        nothing.""",
        list,
        None,
    )

    def _columns(self):
        options = {name: getattr(self, name) for name in ("categorical_features", "sequence_features")}
        return CrossedColumns(**options, crossed_columns=self.crossed_columns)

    def _build_net(self, fields, n_outputs, generator):
        cross_sizes = [len(cross.vocabulary) for cross in self._columns_.crosses]
        return nets.WideDeep(
            fields,
            n_outputs,
            embedding_dim=self.embedding_dim,
            cross_sizes=cross_sizes,
            mlp=mlp_spec(self),
            init_scale=self.init_scale,
            generator=generator,
        )


class WideDeepClassifier(_WideDeep, NetClassifier):
    r"""Wide & Deep for clicks: a linear model that memorises crossed columns, and an MLP that generalises.

    .. math:: s(x) = b + \sum_i w_i x_i + \sum_k w_{\phi_k(x)} + \mathrm{MLP}([v_1, \dots, v_F, x_{num}])

    where :math:`\phi_k` is the combination of values that the row has in the columns of the k-th cross.

    {parameters}

    {attributes}

    References
    ----------
    Cheng et al. (2016), Wide & Deep Learning for Recommender Systems, eq. 3.

    Notes
    -----
    A missing or unknown value is a value of its own in a cross. `partial_fit` learns the combinations in its first
    call; later ones add nothing.

    Examples
    --------
    >>> import pandas as pd
    >>> from skrec import WideDeepClassifier
    >>> df = pd.DataFrame({"user": ["ann", "bob"] * 200, "item": ["tea", "tea", "jam", "jam"] * 100})
    >>> clicked = (df["user"] == "ann") == (df["item"] == "tea")
    >>> model = WideDeepClassifier(crossed_columns=[("user", "item")], lr=0.01, random_state=0)
    >>> model.fit(df, clicked).score(df, clicked)
    1.0
    """


class WideDeepRegressor(_WideDeep, NetRegressor):
    r"""Wide & Deep for ratings: a linear model that memorises crossed columns, and an MLP that generalises.

    .. math:: \hat y(x) = b + \sum_i w_i x_i + \sum_k w_{\phi_k(x)} + \mathrm{MLP}([v_1, \dots, v_F, x_{num}])

    where :math:`\phi_k` is the combination of values that the row has in the columns of the k-th cross.

    {parameters}

    {attributes}

    References
    ----------
    Cheng et al. (2016), Wide & Deep Learning for Recommender Systems, eq. 3.

    Notes
    -----
    A missing or unknown value is a value of its own in a cross. `partial_fit` learns the combinations in its first
    call; later ones add nothing.
    """
