"""Field-aware factorization machines."""

from numbers import Integral

from skrec import nets
from skrec.estimators._base import (
    ColumnParameters,
    InitParameters,
    NetClassifier,
    NetEstimator,
    NetRegressor,
    NumericParameters,
    parameter,
    positive,
)
from skrec.estimators._pair_strengths import pair_strengths


class _FFM(NumericParameters, InitParameters, ColumnParameters, NetEstimator):
    _bilinear = True
    _minimum_columns = 2

    embedding_dim: int = parameter(
        8, "int", "Width D of the vectors, of which each value has one for every column.", positive(Integral)
    )
    lr: float = 2e-3

    pair_strengths = pair_strengths

    def _build_net(self, fields, n_outputs, generator):
        return nets.FFM(
            fields, n_outputs, embedding_dim=self.embedding_dim, init_scale=self.init_scale, generator=generator
        )


class FFMClassifier(_FFM, NetClassifier):
    r"""Field-aware factorization machine for clicks: what a value means depends on the column that it meets.

    .. math:: s(x) = b + \sum_i w_i x_i + \sum_{i<j} \langle v_{i,f_j}, v_{j,f_i} \rangle x_i x_j

    is the log odds; with more than two classes the interaction vector is projected to one logit a class.

    {parameters}

    {attributes}

    References
    ----------
    Juan et al. (2016), Field-aware Factorization Machines for CTR Prediction, eq. 4.

    Notes
    -----
    With F columns the vectors take F times the memory of an `FMClassifier` of the same width. What cannot fit, with
    the moments of its training, is refused by a MemoryError before it is allocated. ``embedding(column)`` has the
    vectors side by side: against categorical, then list, then numeric columns, `embedding_dim` numbers each.

    Examples
    --------
    >>> import pandas as pd
    >>> from skrec import FFMClassifier
    >>> df = pd.DataFrame({"user": ["ann", "bob"] * 200, "item": ["tea", "tea", "jam", "jam"] * 100})
    >>> clicked = (df["user"] == "ann") == (df["item"] == "tea")
    >>> FFMClassifier(lr=0.01, random_state=0).fit(df, clicked).score(df, clicked)
    1.0
    """


class FFMRegressor(_FFM, NetRegressor):
    r"""Field-aware factorization machine for ratings: what a value means depends on the column that it meets.

    .. math:: \hat y(x) = b + \sum_i w_i x_i + \sum_{i<j} \langle v_{i,f_j}, v_{j,f_i} \rangle x_i x_j

    {parameters}

    {attributes}

    References
    ----------
    Juan et al. (2016), Field-aware Factorization Machines for CTR Prediction, eq. 4.

    Notes
    -----
    With F columns the vectors take F times the memory of an `FMRegressor` of the same width. What cannot fit, with
    the moments of its training, is refused by a MemoryError before it is allocated. ``embedding(column)`` has the
    vectors side by side: against categorical, then list, then numeric columns, `embedding_dim` numbers each.
    """

    lr: float = 5e-3
    embedding_l2: float = 0.05
