"""Embeddings and an MLP, nothing else."""

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


class _DNN(MLPParameters, MemberParameters, NumericParameters, InitParameters, ColumnParameters, NetEstimator):
    lr: float = 1e-3

    def _build_net(self, fields, n_outputs, generator):
        return nets.DNN(
            fields,
            n_outputs,
            embedding_dim=self.embedding_dim,
            mlp=mlp_spec(self),
            init_scale=self.init_scale,
            generator=generator,
        )


class DNNClassifier(_DNN, NetClassifier):
    r"""Embeddings into an MLP, for clicks: what a named interaction has to beat.

    .. math:: s(x) = \mathrm{MLP}([v_1, \dots, v_F, x_{num}])

    {parameters}

    {attributes}

    References
    ----------
    Covington et al. (2016), Deep Neural Networks for YouTube Recommendations, section 4.
    """


class DNNRegressor(_DNN, NetRegressor):
    r"""Embeddings into an MLP, for ratings: what a named interaction has to beat.

    .. math:: \hat y(x) = \mathrm{MLP}([v_1, \dots, v_F, x_{num}])

    {parameters}

    {attributes}

    References
    ----------
    Covington et al. (2016), Deep Neural Networks for YouTube Recommendations, section 4.
    """
