"""Field-weighted factorization machines."""

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


class _FwFM(NumericParameters, InitParameters, ColumnParameters, NetEstimator):
    _bilinear = True
    _minimum_columns = 2

    embedding_dim: int = parameter(16, "int", "Width D of the vectors.", positive(Integral))
    lr: float = 2e-3

    pair_strengths = pair_strengths

    def _build_net(self, fields, n_outputs, generator):
        return nets.FwFM(
            fields, n_outputs, embedding_dim=self.embedding_dim, init_scale=self.init_scale, generator=generator
        )


class FwFMClassifier(_FwFM, NetClassifier):
    r"""Factorization machine for clicks that learns how much each pair of columns counts.

    .. math:: s(x) = b + \sum_i w_i x_i + \sum_{i<j} r_{ij} \langle v_i, v_j \rangle x_i x_j

    is the log odds, :math:`r_{ij}` a number for each two columns; with more than two classes the interaction vector is
    projected to one logit a class.

    {parameters}

    {attributes}

    References
    ----------
    Pan et al. (2018), Field-weighted Factorization Machines for Click-Through Rate Prediction in Display Advertising,
    eq. 4.

    Examples
    --------
    >>> import pandas as pd
    >>> from skrec import FwFMClassifier
    >>> df = pd.DataFrame({"user": ["ann", "bob"] * 200, "item": ["tea", "tea", "jam", "jam"] * 100})
    >>> clicked = (df["user"] == "ann") == (df["item"] == "tea")
    >>> FwFMClassifier(lr=0.01, random_state=0).fit(df, clicked).score(df, clicked)
    1.0
    """


class FwFMRegressor(_FwFM, NetRegressor):
    r"""Factorization machine for ratings that learns how much each pair of columns counts.

    .. math:: \hat y(x) = b + \sum_i w_i x_i + \sum_{i<j} r_{ij} \langle v_i, v_j \rangle x_i x_j

    where :math:`r_{ij}` is a number for each two columns.

    {parameters}

    {attributes}

    References
    ----------
    Pan et al. (2018), Field-weighted Factorization Machines for Click-Through Rate Prediction in Display Advertising,
    eq. 4.
    """

    lr: float = 5e-3
    embedding_l2: float = 0.1
