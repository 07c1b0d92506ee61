"""The loss of a row's label, and what its net says it missed beside."""

from typing import Any

import torch

from skrec.losses._labels import binary_cross_entropy, cross_entropy, squared_error
from skrec.losses._weighted import weighted_mean


class AuxiliaryLoss(torch.nn.Module):
    r"""The weighted mean of a row's own loss and, in training, of a loss that its net computed.

    .. math:: \frac{\sum_b w_b (\ell_b + \lambda a_b)}{\sum_b w_b}

    Parameters
    ----------
    weight : float
        Lambda.
    of_numbers : bool, default=False
        Whether the own loss is the squared error, not a cross entropy.
    """

    def __init__(self, weight: float, *, of_numbers: bool = False) -> None:
        super().__init__()
        self.weight, self.of_numbers = weight, of_numbers

    def extra_repr(self) -> str:
        """Return its parameters."""
        return f"weight={self.weight:g}, of_numbers={self.of_numbers}"

    def forward(self, outputs: Any, target: Any) -> Any:
        """Return the loss of outputs (B, C), in training (B, C + 1) with the net's losses behind the logits."""
        y, weight = target
        own = outputs[:, :-1] if self.training else outputs
        loss = squared_error if self.of_numbers else binary_cross_entropy if own.shape[1] == 1 else cross_entropy
        mean = weighted_mean(loss(own, y), weight)
        return mean + self.weight * weighted_mean(outputs[:, -1], weight) if self.training else mean
