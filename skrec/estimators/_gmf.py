"""Generalized matrix factorization over user and item ids."""

from numbers import Integral, Real

from skrec import nets
from skrec.estimators._base import (
    IdParameters,
    NegativeParameters,
    NetClassifier,
    NetEstimator,
    NetRegressor,
    parameter,
    positive,
)
from skrec.estimators._base._objectives import with_negatives
from skrec.estimators._columns import IdColumns


class _GMF(IdParameters, NetEstimator):
    _bilinear = True
    _minimum_columns = 2
    _auto_stops = False  # every row held out is a user's or an item's own

    embedding_dim: int = parameter(64, "int", "Width D of the vectors.", positive(Integral))
    init_scale: float = parameter(0.03, "float", "Standard deviation of the initial vectors.", positive(Real))
    optimizer: str = "adagrad"
    lr: float = 0.04
    embedding_l2: float = 0.02

    def _columns(self):
        return IdColumns(user=self.user, item=self.item)

    def _build_net(self, fields, n_outputs, generator):
        return nets.GMF(
            fields, n_outputs, embedding_dim=self.embedding_dim, init_scale=self.init_scale, generator=generator
        )


class GMFClassifier(_GMF, NegativeParameters, NetClassifier):
    r"""Generalized matrix factorization for likes: a match counts more in some dimensions than in others.

    .. math:: s_{ui} = b + h^T (p_u \odot q_i)

    is the log odds; with more than two classes each has its own weights h.

    {parameters}

    {attributes}

    References
    ----------
    He et al. (2017), Neural Collaborative Filtering, eq. 9.

    Examples
    --------
    A log of what users took, without a negative:

    >>> import pandas as pd
    >>> from skrec import GMFClassifier
    >>> log = pd.DataFrame({"user": ["ann", "ann", "bob", "bob"] * 50, "item": ["tea", "jam", "rum", "ale"] * 50})
    >>> model = GMFClassifier(n_negatives=2, random_state=0).fit(log, [1] * 200)
    >>> model.predict(pd.DataFrame({"user": ["ann", "ann"], "item": ["tea", "ale"]}))
    array([1, 0])
    """

    def _objective(self):
        return with_negatives(self, super()._objective())


class GMFRegressor(_GMF, NetRegressor):
    r"""Generalized matrix factorization for ratings: a match counts more in some dimensions than in others.

    .. math:: \hat r_{ui} = b + h^T (p_u \odot q_i)

    {parameters}

    {attributes}

    References
    ----------
    He et al. (2017), Neural Collaborative Filtering, eq. 9.
    """
