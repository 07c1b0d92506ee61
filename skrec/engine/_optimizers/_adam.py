"""Adam by rows."""

from math import sqrt
from typing import Any

import torch
from torch.optim import Adam

from skrec.engine._optimizers._dense import DenseUpdates
from skrec.engine._optimizers._optimizer import RowOptimizer
from skrec.engine._optimizers._tables import TableUpdates
from skrec.engine._optimizers._zeros import moment

__all__ = ["RowAdam"]


def start(p, state, group):
    """Make a parameter's moments, as torch does in its first step."""
    like = {name: torch.zeros_like(p, memory_format=torch.preserve_format) for name in ("exp_avg", "exp_avg_sq")}
    state.update(step=torch.tensor(0.0, dtype=torch.float32), **like)


class AdamRule:
    """Adam of touched rows: a row's moments fade only when it is touched, the bias correction counts every step."""

    kernel = "ADAM"

    def moments(self, p, state, group):
        """Return mean and mean square of the gradients."""
        return [moment(state, "exp_avg", p), moment(state, "exp_avg_sq", p)]

    def constants(self, state, group):
        """Return 1 - beta1, beta2, 1 - beta2, the size of the step, the square's correction, eps."""
        state["step"] = step = int(state.get("step", 0)) + 1
        (beta1, beta2), lr, eps = group["betas"], float(group["lr"]), group["eps"]
        return 1 - beta1, beta2, 1 - beta2, lr / (1 - beta1**step), 1 / sqrt(1 - beta2**step), eps

    def move(self, table, rows, gradient, moments, constants):
        """Move rows."""
        a1, b2, a2, size, correction, eps = constants
        mean = moments[0].index_select(0, rows).lerp_(gradient, a1)  # (U, W)
        square = moments[1].index_select(0, rows).mul_(b2).addcmul_(gradient, gradient, value=a2)
        moments[0].index_copy_(0, rows, mean)
        moments[1].index_copy_(0, rows, square)
        scale = square.sqrt_().mul_(correction).add_(eps)
        table.index_copy_(0, rows, table.index_select(0, rows).addcdiv_(mean, scale, value=-size))


class RowAdam(RowOptimizer):
    """Adam whose table moments and weights move only where the batch touched them.

    Parameters
    ----------
    params : iterable of Parameter, or of dicts as in torch
        Tables (with sparse gradients, see :func:`lookup`) and dense parameters together.
    lr : float, default=1e-3
        Learning rate.
    betas : pair of float in [0, 1), default=(0.9, 0.999)
        Decay of the mean and of the mean square; a step is one call, whether or not a row was touched.
    eps : float, default=1e-8
        Added to the root of the mean square.
    weight_decay : float, default=0.0
        Decoupled decay, ``p -= lr * weight_decay * p``, of dense parameters of two or more axes.
    compiled : bool, default=False
        Use the compiled update for contiguous CPU tables in float32 or float64, where numba is installed.
        Both ways give the same numbers up to rounding.
    """

    def __init__(
        self,
        params: Any,
        lr: float = 1e-3,
        betas: Any = (0.9, 0.999),
        eps: float = 1e-8,
        *,
        weight_decay: float = 0.0,
        compiled: bool = False,
    ) -> None:
        options = {"lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay}
        super().__init__(params, options, compiled=compiled)

    @staticmethod
    def _parts(options):
        return TableUpdates(AdamRule()), DenseUpdates(Adam, options, start, ("exp_avg", "exp_avg_sq"))
