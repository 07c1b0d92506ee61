"""Adagrad by rows."""

from typing import Any

import torch
from torch.optim import Adagrad

from skrec.engine._optimizers._dense import DenseUpdates
from skrec.engine._optimizers._optimizer import RowOptimizer
from skrec.engine._optimizers._tables import TableUpdates

__all__ = ["RowAdagrad"]


def start(p, state, group):
    """Make a parameter's sums of squares, which torch makes in its constructor, and only there."""
    total = torch.full_like(p, group["initial_accumulator_value"], memory_format=torch.preserve_format)
    state.update(step=torch.tensor(0.0, dtype=torch.float32), sum=total)


class AdagradRule:
    """Adagrad: rows without a gradient stay, by its nature."""

    kernel = "ADAGRAD"

    def moments(self, p, state, group):
        """Return the sum of the squared gradients."""
        if not state:
            start(p, state, group)
        return [state["sum"]]

    def constants(self, state, group):
        """Return the size of the step, eps."""
        state["step"] += 1
        return float(group["lr"]), group["eps"]

    def move(self, table, rows, gradient, moments, constants):
        """Move rows."""
        size, eps = constants
        square = moments[0].index_select(0, rows).addcmul_(gradient, gradient)  # (U, W)
        moments[0].index_copy_(0, rows, square)
        scale = square.sqrt_().add_(eps)
        table.index_copy_(0, rows, table.index_select(0, rows).addcdiv_(gradient, scale, value=-size))


class RowAdagrad(RowOptimizer):
    """Adagrad, which moves only the touched rows by its nature, without a pass over the tables.

    Parameters
    ----------
    params, weight_decay, compiled
        As in :class:`RowAdam`.
    lr : float, default=1e-2
        Learning rate.
    initial_accumulator_value : float, default=0.0
        What the sums of squares start from.
    eps : float, default=1e-10
        Added to the root of the sum of squares.
    """

    def __init__(
        self,
        params: Any,
        lr: float = 1e-2,
        *,
        initial_accumulator_value: float = 0.0,
        eps: float = 1e-10,
        weight_decay: float = 0.0,
        compiled: bool = False,
    ) -> None:
        first = initial_accumulator_value
        options = {"lr": lr, "initial_accumulator_value": first, "eps": eps, "weight_decay": weight_decay}
        super().__init__(params, options, compiled=compiled)

    @staticmethod
    def _parts(options):
        return TableUpdates(AdagradRule()), DenseUpdates(Adagrad, options, start, ("sum",))
