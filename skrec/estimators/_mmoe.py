"""Multi-gate mixture of experts."""

from numbers import Integral

from skrec import nets
from skrec.estimators._base import (
    ColumnParameters,
    MLPParameters,
    NetEstimator,
    NumericParameters,
    SeveralClassifier,
    SeveralRegressor,
    TowerParameters,
    mlp_spec,
    parameter,
    positive,
    target_sizes,
)


class _MMoE(MLPParameters, TowerParameters, NumericParameters, ColumnParameters, NetEstimator):
    n_experts: int = parameter(4, "int", "MLPs that all targets share, mixed for each by a gate.", positive(Integral))

    def _build_net(self, fields, n_outputs, generator):
        return nets.MMoE(
            fields,
            target_sizes(self, n_outputs),
            embedding_dim=self.embedding_dim,
            n_experts=self.n_experts,
            mlp=mlp_spec(self),
            tower=mlp_spec(self, "tower_layer_sizes", least=0),
            generator=generator,
        )


class MMoEClassifier(_MMoE, SeveralClassifier):
    r"""Several targets, such as clicks and purchases, that mix shared experts each by a gate of its own.

    .. math::

        s_k(x) = b_k + \mathrm{MLP}_k(\sum_i g^k_i(x) \, \mathrm{MLP}^i(x)), \quad
        g^k(x) = \mathrm{softmax}(W_k x), \quad x = [v_1, \dots, v_F, x_{num}]

    is the log odds of target k; with more than two classes a target has an output for each.

    {parameters}

    {attributes}

    References
    ----------
    Ma et al. (2018), Modeling Task Relationships in Multi-task Learning with Multi-gate Mixture-of-Experts, eq. 6-8.

    Notes
    -----
    `y` may have several columns, an array (n_rows, n_targets) or a frame; of a Dataset it is a list of names. A target
    may be missing in a row, NaN or None, and then says nothing. With several, `classes_` and what `predict_proba`
    returns are lists, one for each, and `predict` returns a frame where the targets have names.

    Examples
    --------
    >>> import pandas as pd
    >>> from skrec import MMoEClassifier
    >>> df = pd.DataFrame({"user": ["ann", "bob"] * 200, "item": ["tea", "tea", "jam", "jam"] * 100})
    >>> y = pd.DataFrame({"click": (df["user"] == "ann") == (df["item"] == "tea"), "bought": df["item"] == "tea"})
    >>> model = MMoEClassifier(lr=0.01, random_state=0).fit(df, y)
    >>> model.score(df, y)
    1.0
    """


class MMoERegressor(_MMoE, SeveralRegressor):
    r"""Several numbers, such as ratings and minutes, that mix shared experts each by a gate of its own.

    .. math::

        \hat y_k(x) = b_k + \mathrm{MLP}_k(\sum_i g^k_i(x) \, \mathrm{MLP}^i(x)), \quad
        g^k(x) = \mathrm{softmax}(W_k x), \quad x = [v_1, \dots, v_F, x_{num}]

    {parameters}

    {attributes}

    References
    ----------
    Ma et al. (2018), Modeling Task Relationships in Multi-task Learning with Multi-gate Mixture-of-Experts, eq. 6-8.

    Notes
    -----
    `y` may have several columns, an array (n_rows, n_targets) or a frame; of a Dataset it is a list of names. A target
    may be missing in a row, NaN, and then says nothing. `predict` returns a frame where the targets have names.
    """
