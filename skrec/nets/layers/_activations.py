"""Units with learnt slopes, for the hidden layers of an MLP."""

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from skrec.nets.layers._batch_norm import BatchNorm
from skrec.nets.layers._block import Block
from skrec.ops import dice


class PReLU(Block):
    r"""Rectifier with a learnt slope a on the negative side: :math:`\max(x, 0) + a \min(x, 0)`.

    Parameters
    ----------
    width : int
        Units, each with a slope, which starts at 0.25.

    Notes
    -----
    Written with a ReLU, whose gradient is quick: torch's own layer takes twice as long.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.full((width,), 0.25))

    def forward(self, x: Tensor) -> Tensor:
        """Return (n, width) from (n, width)."""
        return torch.addcmul(x, functional.relu(-x), 1 - self.weight.to(x.dtype))


class Dice(Block):
    r"""Rectifier that bends where the data are: a smooth switch at their mean between x and a learnt share of it.

    .. math:: p x + (1 - p) a x, \quad p = \sigma((x - E[x]) / \sqrt{\mathrm{Var}[x] + \epsilon})

    with mean and variance of the batch in training, their running averages in prediction.

    Parameters
    ----------
    width : int
        Units, each with a share a, which starts at 0.

    References
    ----------
    Zhou et al. (2018), Deep Interest Network for Click-Through Rate Prediction, eq. 4.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.norm = BatchNorm(width, eps=1e-8, affine=False)
        self.weight = nn.Parameter(torch.zeros(width))

    def forward(self, x: Tensor) -> Tensor:
        """Return (n, width) from (n, width)."""
        if self.training and len(x) > 1:
            norm: Any = self.norm  # whose type says that its averages may be None
            return dice(x, self.weight, norm.running_mean, norm.running_var, norm.momentum, norm.eps)
        share = self.weight.to(x.dtype)
        return x * (share + (1 - share) * self.norm(x).sigmoid())


ACTIVATIONS = {"relu": lambda width: nn.ReLU(), "prelu": PReLU, "dice": Dice}


def make_activation(name: str, width: int) -> nn.Module:
    """Return the units of a hidden layer of `width`; `name` is one of "relu", "prelu" and "dice"."""
    if name not in ACTIVATIONS:
        raise ValueError(f"activation must be one of {list(ACTIVATIONS)}, however: {name!r}")
    return ACTIVATIONS[name](width)
