"""Neural matrix factorization over user and item ids."""

import copy
from numbers import Integral, Real

import torch

from skrec import nets
from skrec.engine import NewFloats, limit_threads
from skrec.estimators._classifier import NetClassifier
from skrec.estimators._ids import IdModel
from skrec.estimators._mlp import MLPParameters, mlp_spec
from skrec.estimators._negatives import NegativeSampling
from skrec.estimators._parameters import at_least_zero, parameter, positive
from skrec.estimators._regressor import NetRegressor
from skrec.estimators._training import make_net, run


class _NeuMF(MLPParameters, IdModel):
    _auto_stops = True  # unlike products alone, the MLP soon learns the rows by heart

    embedding_dim: int = 32
    hidden_layer_sizes: tuple = (32, 16, 8)
    lr: float = 5e-3
    init_scale: float = parameter(0.03, "float", "Standard deviation of the initial vectors.", positive(Real))
    pretrain_epochs: int = parameter(
        0,
        "int",
        """Epochs that product and MLP are first trained for, each alone; the fused net starts from their mean. 0 starts
        from random values.""",
        at_least_zero(Integral),
    )

    def _build_net(self, fields, n_outputs, generator):
        sizes = {"embedding_dim": self.embedding_dim, "mlp": mlp_spec(self)}
        return nets.NeuMF(fields, n_outputs, **sizes, init_scale=self.init_scale, generator=generator)

    def _initial_module(self, rows, bias, seed):
        module = super()._initial_module(rows, bias, seed)
        if self.pretrain_epochs:
            fields, generator = module.embedding.fields, torch.Generator().manual_seed(seed)
            width = self.embedding_dim
            with NewFloats():
                halves = (
                    nets.GMF(fields, len(bias), embedding_dim=width, init_scale=self.init_scale, generator=generator),
                    nets.DNN(fields, len(bias), embedding_dim=width, mlp=mlp_spec(self), generator=generator),
                )
            for half in halves:
                with torch.no_grad():
                    half.bias.copy_(module.bias)
                self._pretrain(half.to(rows.inputs.numeric.dtype), rows, seed)
            module.start_from(*halves)
        return module

    def _pretrain(self, half, rows, seed):
        net, settings = make_net(self, half, self._loss(), self._answers(), seed), copy.copy(self)
        settings.callbacks, settings.verbose = None, 0
        with limit_threads(self._thread_limit()):
            run(net, settings, rows, n_epochs=self.pretrain_epochs)
        net.release(keep_optimizer=False)


class NeuMFClassifier(_NeuMF, NegativeSampling, NetClassifier):
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
