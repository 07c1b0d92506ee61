"""Neural factorization machine."""

from collections.abc import Sequence

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
)


class _NFM(MLPParameters, MemberParameters, NumericParameters, InitParameters, ColumnParameters, NetEstimator):
    init_scale: float = 0.05
    _minimum_columns = 2

    embedding_dim: int = 64
    hidden_layer_sizes: Sequence[int] = (64,)
    lr: float = 5e-3

    def _build_net(self, fields, n_outputs, generator):
        return nets.NFM(
            fields,
            n_outputs,
            embedding_dim=self.embedding_dim,
            mlp=mlp_spec(self),
            init_scale=self.init_scale,
            generator=generator,
        )


class NFMClassifier(_NFM, NetClassifier):
    r"""Neural factorization machine for clicks: the interactions of all pairs of columns go through an MLP.

    .. math:: s(x) = b + \sum_i w_i x_i + \mathrm{MLP}\Big(\sum_{i<j} x_i v_i \odot x_j v_j\Big)

    is the log odds; with more than two classes there are weights and an output of the MLP for each. `dropout` and
    `batch_norm` are also of the vector that the MLP reads, as in the paper.

    {parameters}

    {attributes}

    References
    ----------
    He & Chua (2017), Neural Factorization Machines for Sparse Predictive Analytics, eq. 2-7.

    Examples
    --------
    >>> import pandas as pd
    >>> from skrec import NFMClassifier
    >>> df = pd.DataFrame({"user": ["ann", "bob"] * 200, "item": ["tea", "tea", "jam", "jam"] * 100})
    >>> clicked = (df["user"] == "ann") == (df["item"] == "tea")
    >>> NFMClassifier(lr=0.01, random_state=0).fit(df, clicked).score(df, clicked)
    1.0
    """


class NFMRegressor(_NFM, NetRegressor):
    r"""Neural factorization machine for ratings: the interactions of all pairs of columns go through an MLP.

    .. math:: \hat y(x) = b + \sum_i w_i x_i + \mathrm{MLP}\Big(\sum_{i<j} x_i v_i \odot x_j v_j\Big)

    `dropout` and `batch_norm` are also of the vector that the MLP reads, as in the paper.

    {parameters}

    {attributes}

    References
    ----------
    He & Chua (2017), Neural Factorization Machines for Sparse Predictive Analytics, eq. 2-7.
    """
