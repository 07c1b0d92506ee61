"""Stochastic gradient descent by rows."""

from typing import Any

from torch.optim import SGD

from skrec.engine._optimizers._dense import DenseUpdates
from skrec.engine._optimizers._optimizer import RowOptimizer
from skrec.engine._optimizers._tables import TableUpdates
from skrec.engine._optimizers._zeros import moment

__all__ = ["RowSGD"]


class SGDRule:
    """Gradient descent of touched rows; a row's velocity fades only when it is touched."""

    kernel = "SGD"

    def moments(self, p, state, group):
        """Return the velocity, where there is momentum."""
        return [moment(state, "momentum_buffer", p)] if group["momentum"] else []

    def constants(self, state, group):
        """Return the size of the step, the momentum."""
        return float(group["lr"]), group["momentum"]

    def move(self, table, rows, gradient, moments, constants):
        """Move rows."""
        size, momentum = constants
        for velocity in moments:
            gradient = velocity.index_select(0, rows).mul_(momentum).add_(gradient)  # (U, W)
            velocity.index_copy_(0, rows, gradient)
        table.index_copy_(0, rows, table.index_select(0, rows).sub_(gradient, alpha=size))


class RowSGD(RowOptimizer):
    """Stochastic gradient descent; with momentum, a row's velocity fades only when the row is touched.

    Parameters
    ----------
    params, weight_decay, compiled
        As in :class:`RowAdam`.
    lr : float, default=1e-3
        Learning rate.
    momentum : float, default=0.0
        Share of the last velocity that stays.
    """

    def __init__(
        self, params: Any, lr: float = 1e-3, momentum: float = 0.0, *, weight_decay: float = 0.0, compiled: bool = False
    ) -> None:
        options = {"lr": lr, "momentum": momentum, "weight_decay": weight_decay}
        super().__init__(params, options, compiled=compiled)

    @staticmethod
    def _parts(options):
        return TableUpdates(SGDRule()), DenseUpdates(SGD, options)
