"""Deep & Cross Network, version 2."""

from numbers import Integral
from typing import Any

from skrec import nets
from skrec._text import quoted
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
    one_of,
    parameter,
    positive,
)
from skrec.estimators._pair_strengths import pair_strengths


class _DCNv2(
    CrossParameters, MLPParameters, MemberParameters, NumericParameters, InitParameters, ColumnParameters, NetEstimator
):
    lr: float = 1e-3

    _minimum_columns = 2

    low_rank: Any = parameter(
        None, "int or None", "Rank of the cross layers' matrices; None is full.", positive(Integral), None
    )
    n_experts: int = parameter(
        1, "int", "With `low_rank`, matrices in each cross layer, mixed by a gate.", positive(Integral)
    )
    structure: str = parameter(
        "parallel",
        '{"parallel", "stacked"}',
        "Whether the MLP stands beside the cross layers or behind them.",
        one_of("parallel", "stacked"),
    )

    pair_strengths = pair_strengths

    def _build_net(self, fields, n_outputs, generator):
        if self.low_rank is None and self.n_experts > 1:
            raise ValueError(
                f"The 'n_experts' parameter of {type(self).__name__} must be 1 with low_rank=None: experts are "
                f"matrices of low rank. Got {quoted(self.n_experts)} instead; set low_rank, for instance to 32."
            )
        return nets.DCNv2(
            fields,
            n_outputs,
            n_cross_layers=self.n_cross_layers,
            low_rank=self.low_rank,
            n_experts=self.n_experts,
            structure=self.structure,
            embedding_dim=self.embedding_dim,
            mlp=mlp_spec(self),
            init_scale=self.init_scale,
            generator=generator,
        )


class DCNv2Classifier(_DCNv2, NetClassifier):
    r"""DCN-V2 for clicks: products of ever more columns, each weighted by a matrix, and an MLP.

    .. math::

        x_{l+1} = x_0 \odot (W_l x_l + b_l) + x_l, \quad x_0 = [v_1, \dots, v_F, x_{num}]

        s(x) = b + \langle w, x_L \rangle + \mathrm{MLP}(x_0)

    is the log odds; ``structure="stacked"`` has :math:`s(x) = b + \mathrm{MLP}(x_L)`. With more than two classes there
    is a `w` and an output of the MLP for each.

    {parameters}

    {attributes}

    References
    ----------
    Wang et al. (2021), DCN V2: Improved Deep & Cross Network and Practical Lessons for Web-scale Learning to Rank
    Systems, eq. 1-3.

    Examples
    --------
    >>> import pandas as pd
    >>> from skrec import DCNv2Classifier
    >>> df = pd.DataFrame({"user": ["ann", "bob"] * 200, "item": ["tea", "tea", "jam", "jam"] * 100})
    >>> clicked = (df["user"] == "ann") == (df["item"] == "tea")
    >>> DCNv2Classifier(low_rank=4, n_experts=2, lr=0.01, random_state=0).fit(df, clicked).score(df, clicked)
    1.0
    """


class DCNv2Regressor(_DCNv2, NetRegressor):
    r"""DCN-V2 for ratings: products of ever more columns, each weighted by a matrix, and an MLP.

    .. math::

        x_{l+1} = x_0 \odot (W_l x_l + b_l) + x_l, \quad x_0 = [v_1, \dots, v_F, x_{num}]

        \hat y(x) = b + \langle w, x_L \rangle + \mathrm{MLP}(x_0)

    ``structure="stacked"`` has :math:`\hat y(x) = b + \mathrm{MLP}(x_L)`.

    {parameters}

    {attributes}

    References
    ----------
    Wang et al. (2021), DCN V2: Improved Deep & Cross Network and Practical Lessons for Web-scale Learning to Rank
    Systems, eq. 1-3.
    """
