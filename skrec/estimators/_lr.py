"""Linear models over fields."""

from skrec import nets
from skrec.estimators._base import ColumnParameters, NetClassifier, NetEstimator, NetRegressor, NumericParameters


class _LR(NumericParameters, ColumnParameters, NetEstimator):
    _bilinear = True

    lr: float = 0.01

    def _build_net(self, fields, n_outputs, generator):
        return nets.LR(fields, n_outputs, generator=generator)


class LRClassifier(_LR, NetClassifier):
    r"""Logistic regression over categories, numbers and lists: the baseline of every click model.

    .. math:: s(x) = b + \sum_i w_i x_i

    {parameters}

    {attributes}
    """


class LRRegressor(_LR, NetRegressor):
    r"""Linear regression over categories, numbers and lists: the baseline of every rating model.

    .. math:: \hat y(x) = b + \sum_i w_i x_i

    {parameters}

    {attributes}
    """
