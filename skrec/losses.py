"""Losses of single rows, and their weighted mean."""

import torch
import torch.nn.functional as F

__all__ = ["WeightedLoss", "binary_cross_entropy", "cross_entropy", "squared_error", "weighted_mean"]


def binary_cross_entropy(logits, y):
    """Return log(1 + exp(-s)), s the logit signed by the class.

    Parameters
    ----------
    logits : Tensor of shape (B, 1), float
    y : Tensor of shape (B,), 0 or 1

    Returns
    -------
    loss : Tensor of shape (B,)
    """
    return F.binary_cross_entropy_with_logits(logits[:, 0], y.to(logits.dtype), reduction="none")


def cross_entropy(logits, y):
    """Return minus the log of the softmax at the row's class.

    Parameters
    ----------
    logits : Tensor of shape (B, C), float
    y : Tensor of shape (B,), int64 in [0, C)

    Returns
    -------
    loss : Tensor of shape (B,)
    """
    return F.cross_entropy(logits, y, reduction="none")


def squared_error(outputs, y):
    """Return (output - y) squared.

    Parameters
    ----------
    outputs : Tensor of shape (B, 1), float
    y : Tensor of shape (B,), float

    Returns
    -------
    loss : Tensor of shape (B,)
    """
    return (outputs[:, 0] - y).square()


def weighted_mean(losses, weight):
    """Return sum(w * l) / sum(w), so that a weight of two is the same as the row twice.

    Parameters
    ----------
    losses, weight : Tensor of shape (B,), float

    Returns
    -------
    loss : Tensor of shape ()
    """
    return (losses * weight).sum() / weight.sum()


class WeightedLoss(torch.nn.Module):
    """The criterion of a training step: the weighted mean of a loss over the batch.

    Parameters
    ----------
    loss : callable
        Of this module: (outputs (B, C), y (B,)) to losses (B,).
    """

    def __init__(self, loss):
        super().__init__()
        self.loss = loss

    def forward(self, outputs, target):
        """Return the mean loss; `target` is a pair, y and weight, both of shape (B,)."""
        y, weight = target
        return weighted_mean(self.loss(outputs, y), weight)
