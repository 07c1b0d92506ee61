"""The mean of a loss over a batch, by the weights of its rows."""

from typing import Any

import torch

from skrec.losses._labels import binary_cross_entropy, squared_error
from skrec.ops import total_weight


def weighted_mean(losses: Any, weight: Any) -> torch.Tensor:
    """Return sum(w * l) / sum(w), so that a weight of two is the same as the row twice.

    Parameters
    ----------
    losses, weight : Tensor of shape (B,), float

    Returns
    -------
    loss : Tensor of shape ()
    """
    return (losses * weight).sum() / total_weight(weight)


class WeightedLoss(torch.nn.Module):
    """The criterion of a training step: the weighted mean of a loss over the batch.

    Parameters
    ----------
    loss : callable
        Of this module: (outputs (B, C), y (B,)) to losses (B,).
    """

    def __init__(self, loss: Any) -> None:
        super().__init__()
        self.loss = loss

    @property
    def closed(self) -> str | None:
        """The name that a loss of a single output has in compiled steps, None where torch takes its derivative."""
        known = [("LOGISTIC", binary_cross_entropy), ("SQUARED", squared_error)]
        return next((name for name, loss in known if loss is self.loss and type(self) is WeightedLoss), None)

    def extra_repr(self) -> Any:
        """Return which loss it is."""
        return getattr(self.loss, "func", self.loss).__name__

    def forward(self, outputs: Any, target: Any) -> Any:
        """Return the mean loss; `target` is a pair, y and weight, both of shape (B,)."""
        y, weight = target
        return weighted_mean(self.loss(outputs, y), weight)
