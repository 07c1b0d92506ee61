"""Factorization machines."""

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


class _FM(NumericParameters, InitParameters, ColumnParameters, NetEstimator):
    _bilinear = True

    embedding_dim: int = parameter(16, "int", "Width D of the vectors.", positive(Integral))
    lr: float = 3e-3

    pair_strengths = pair_strengths

    def _build_net(self, fields, n_outputs, generator):
        return nets.FM(
            fields, n_outputs, embedding_dim=self.embedding_dim, init_scale=self.init_scale, generator=generator
        )


class FMClassifier(_FM, NetClassifier):
    r"""Factorization machine for clicks: a linear model that also learns how each pair of columns interacts.

    .. math:: s(x) = b + \sum_i w_i x_i + \sum_{i<j} \langle v_i, v_j \rangle x_i x_j

    is the log odds; with more than two classes the interaction vector is projected to one logit a class.

    {parameters}

    {attributes}

    References
    ----------
    Rendle (2010), Factorization Machines, eq. 1 and lemma 3.1.

    Examples
    --------
    >>> import pandas as pd
    >>> from skrec import FMClassifier
    >>> df = pd.DataFrame({"user": ["ann", "bob"] * 200, "item": ["tea", "tea", "jam", "jam"] * 100})
    >>> clicked = (df["user"] == "ann") == (df["item"] == "tea")
    >>> FMClassifier(lr=0.01, random_state=0).fit(df, clicked).score(df, clicked)
    1.0
    """


class FMRegressor(_FM, NetRegressor):
    r"""Factorization machine for ratings: a linear model that also learns how each pair of columns interacts.

    .. math:: \hat y(x) = b + \sum_i w_i x_i + \sum_{i<j} \langle v_i, v_j \rangle x_i x_j

    {parameters}

    {attributes}

    References
    ----------
    Rendle (2010), Factorization Machines, eq. 1 and lemma 3.1.
    """

    lr: float = 5e-3
    embedding_l2: float = 0.1
