"""Deep & Cross Network."""

from skrec import nets
from skrec.estimators._base import (
    ColumnParameters,
    CrossParameters,
    InitParameters,
    MemberParameters,
    MLPParameters,
    NetClassifier,
    NetEstimator,
    NetRegressor,
    NumericParameters,
    mlp_spec,
)


class _DCN(
    CrossParameters, MLPParameters, MemberParameters, NumericParameters, InitParameters, ColumnParameters, NetEstimator
):
    lr: float = 1e-3

    _minimum_columns = 2

    def _build_net(self, fields, n_outputs, generator):
        return nets.DCN(
            fields,
            n_outputs,
            embedding_dim=self.embedding_dim,
            n_cross_layers=self.n_cross_layers,
            mlp=mlp_spec(self),
            init_scale=self.init_scale,
            generator=generator,
        )


class DCNClassifier(_DCN, NetClassifier):
    r"""Deep & Cross Network for clicks: products of ever more columns beside an MLP.

    .. math::

        x_{l+1} = x_0 (x_l \cdot w_l) + b_l + x_l, \quad x_0 = [v_1, \dots, v_F, x_{num}]

        s(x) = b + \langle w, x_L \rangle + \mathrm{MLP}(x_0)

    is the log odds; with more than two classes there is a `w` and an output of the MLP for each.

    {parameters}

    {attributes}

    References
    ----------
    Wang et al. (2017), Deep & Cross Network for Ad Click Predictions, eq. 3.

    Examples
    --------
    >>> import pandas as pd
    >>> from skrec import DCNClassifier
    >>> df = pd.DataFrame({"user": ["ann", "bob"] * 200, "item": ["tea", "tea", "jam", "jam"] * 100})
    >>> clicked = (df["user"] == "ann") == (df["item"] == "tea")
    >>> DCNClassifier(lr=0.01, random_state=0).fit(df, clicked).score(df, clicked)
    1.0
    """


class DCNRegressor(_DCN, NetRegressor):
    r"""Deep & Cross Network for ratings: products of ever more columns beside an MLP.

    .. math::

        x_{l+1} = x_0 (x_l \cdot w_l) + b_l + x_l, \quad x_0 = [v_1, \dots, v_F, x_{num}]

        \hat y(x) = b + \langle w, x_L \rangle + \mathrm{MLP}(x_0)

    {parameters}

    {attributes}

    References
    ----------
    Wang et al. (2017), Deep & Cross Network for Ad Click Predictions, eq. 3.
    """
