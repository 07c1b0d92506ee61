"""Neural matrix factorization over user and item ids."""

import copy
from collections.abc import Sequence
from numbers import Integral, Real

import torch

from skrec import nets
from skrec.engine import NewFloats, limit_threads
from skrec.estimators._base import (
    IdParameters,
    MLPParameters,
    NegativeParameters,
    NetClassifier,
    NetEstimator,
    NetRegressor,
    at_least_zero,
    mlp_spec,
    parameter,
    positive,
)
from skrec.estimators._base._objectives import with_negatives
from skrec.estimators._base._threads import thread_limit
from skrec.estimators._base._training import make_net, run
from skrec.estimators._columns import IdColumns


class _NeuMF(MLPParameters, IdParameters, NetEstimator):
    _minimum_columns = 2

    embedding_dim: int = 32
    hidden_layer_sizes: Sequence[int] = (32, 16, 8)
    lr: float = 5e-3
    init_scale: float = parameter(0.03, "float", "Standard deviation of the initial vectors.", positive(Real))
    pretrain_epochs: int = parameter(
        0,
        "int",
        """Epochs that product and MLP are first trained for, each alone; the fused net starts from their mean. 0 starts
        from random values.""",
        at_least_zero(Integral),
    )

    def _columns(self):
        return IdColumns(user=self.user, item=self.item)

    def _build_net(self, fields, n_outputs, generator):
        sizes = {"embedding_dim": self.embedding_dim, "mlp": mlp_spec(self)}
        return nets.NeuMF(fields, n_outputs, **sizes, init_scale=self.init_scale, generator=generator)

    def _start(self, module, criterion, rows, seed):
        if not self.pretrain_epochs:
            return
        fields, generator = module.embedding.fields, torch.Generator().manual_seed(seed)
        width, n_outputs = self.embedding_dim, len(module.bias)
        with NewFloats():
            halves = (
                nets.GMF(fields, n_outputs, embedding_dim=width, init_scale=self.init_scale, generator=generator),
                nets.DNN(fields, n_outputs, embedding_dim=width, mlp=mlp_spec(self), generator=generator),
            )
        settings = copy.copy(self)
        settings.callbacks, settings.verbose = None, 0
        for half in halves:
            with torch.no_grad():
                half.bias.copy_(module.bias)
            net = make_net(self, half.to(rows.inputs.numeric.dtype), criterion, self._target_, seed)
            with limit_threads(thread_limit(self)):
                run(net, settings, rows, n_epochs=self.pretrain_epochs)
            net.release(keep_optimizer=False)
        module.start_from(*halves)


class NeuMFClassifier(_NeuMF, NegativeParameters, NetClassifier):
    r"""Neural matrix factorization for likes: a product of user and item beside an MLP over both, read out together.

    .. math:: s_{ui} = b + h^T [\, p_u^G \odot q_i^G,\; \mathrm{MLP}([p_u^M, q_i^M]) \,]

    is the log odds; with more than two classes each has its own weights h.

    {parameters}

    {attributes}

    Notes
    -----
    Differs from the paper: the fused net goes on with the same optimizer, where the paper changes from Adam to SGD.

    References
    ----------
    He et al. (2017), Neural Collaborative Filtering, eq. 10-13.
    """

    def _objective(self):
        return with_negatives(self, super()._objective())


class NeuMFRegressor(_NeuMF, NetRegressor):
    r"""Neural matrix factorization for ratings: a product of user and item beside an MLP over both.

    .. math:: \hat r_{ui} = b + h^T [\, p_u^G \odot q_i^G,\; \mathrm{MLP}([p_u^M, q_i^M]) \,]

    {parameters}

    {attributes}

    Notes
    -----
    Differs from the paper: the fused net goes on with the same optimizer, where the paper changes from Adam to SGD.

    References
    ----------
    He et al. (2017), Neural Collaborative Filtering, eq. 10-13.
    """
