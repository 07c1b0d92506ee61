"""Learning rates over a run."""

import math
from typing import Any

from skorch.callbacks import Callback


def onecycle(progress):
    """Rise from 1/25 to 1 over the first quarter, fall to 1e-5 / 25 over the rest, both as half cosines.

    Smith, Topin (2017), Super-Convergence.
    """
    if progress < 0.25:
        return 1 + (1 / 25 - 1) * (1 + math.cos(math.pi * progress / 0.25)) / 2
    return 1e-5 / 25 + (1 - 1e-5 / 25) * (1 + math.cos(math.pi * (progress - 0.25) / 0.75)) / 2


def cosine(progress):
    """Fall from 1 to 0 as half a cosine."""
    return (1 + math.cos(math.pi * progress)) / 2


def linear(progress):
    """Fall from 1 to 0 in a straight line."""
    return 1 - progress


SCHEDULES = {"onecycle": onecycle, "cosine": cosine, "linear": linear}


class Schedule(Callback):
    """Set each batch's learning rate from how much of the run lies behind it.

    torch's schedulers count their own steps; this one reads epoch and batch, so that a run resumed from a
    checkpoint has the rates of the uninterrupted one.

    Parameters
    ----------
    shape : callable
        Of the progress in [0, 1): the share of `lr`.
    lr : float
        Peak rate.
    first : int, default=0
        Epochs of earlier runs, which do not count.
    """

    def __init__(self, shape: Any, lr: float, first: int = 0) -> None:
        self.shape, self.lr, self.first = shape, lr, first

    def on_train_begin(self, net: Any, **kwargs: Any) -> None:
        """Fix the length of the run; epochs loaded from a checkpoint belong to it."""
        self.n_epochs_ = len(net.history) + net.max_epochs - self.first

    def on_epoch_begin(self, net: Any, dataset_train: Any = None, **kwargs: Any) -> None:
        """Start counting batches."""
        self.batch_ = 0
        self.n_batches_ = len(net.get_iterator(dataset_train, training=True))

    def on_batch_begin(self, net: Any, batch: Any = None, training: bool = False, **kwargs: Any) -> None:
        """Set the rate of this training batch."""
        if training:
            epoch = len(net.history) - 1 - self.first + self.batch_ / self.n_batches_
            for group in net.optimizer_.param_groups:
                group["lr"] = self.lr * self.shape(epoch / self.n_epochs_)
            self.batch_ += 1
