"""Losses of rows with a label or a number, one a row."""

from typing import Any

import torch.nn.functional as F


def binary_cross_entropy(logits: Any, y: Any) -> Any:
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


def cross_entropy(logits: Any, y: Any) -> Any:
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


def squared_error(outputs: Any, y: Any) -> Any:
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
