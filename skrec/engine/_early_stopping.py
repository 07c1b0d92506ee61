"""When a run has learnt enough, and back to its best epoch."""

import copy
from typing import Any

from skorch.callbacks import Callback

from skrec.engine._stop import StopTraining


class Stopping(Callback):
    """Stop when what is watched has not improved for some epochs, and restore the best one.

    Parameters
    ----------
    monitor : str
        A column of the history: "valid_loss", of which less is better, or a score.
    patience : int
        Epochs without improvement after which to stop.
    tol : float
        Improvement that counts as one; of the loss as the net sees it, for standardised targets.

    Attributes
    ----------
    best_epoch_ : int
        The epoch, from 1, whose weights the net has after the run.
    """

    def __init__(self, monitor: str, patience: int, tol: float) -> None:
        self.monitor, self.patience, self.tol = monitor, patience, tol

    def on_train_begin(self, net: Any, **kwargs: Any) -> None:
        """Forget an earlier run."""
        self.best_epoch_, self.misses_ = 0, 0
        self.bar_ = -float("inf")
        self.weights_: Any = None

    def on_epoch_end(self, net: Any, **kwargs: Any) -> None:
        """Keep the weights of an epoch that is better, ask to stop after too many that are not."""
        value = -net.valid_loss_ if self.monitor == "valid_loss" else net.history[-1, self.monitor]
        if value > self.bar_:
            self.bar_, self.misses_ = value + self.tol, 0
            self.best_epoch_ = net.history[-1, "epoch"]
            # the criterion may learn too, as the weights of targets
            self.weights_ = copy.deepcopy((net.module_.state_dict(), net.criterion_.state_dict()))
        else:
            self.misses_ += 1
        if self.misses_ == self.patience:
            raise StopTraining

    def on_train_end(self, net: Any, **kwargs: Any) -> None:
        """Restore the best epoch."""
        if self.weights_ is None:
            return
        for part, weights in zip((net.module_, net.criterion_), self.weights_, strict=True):
            part.load_state_dict(weights)
        if net.verbose and self.best_epoch_ != net.history[-1, "epoch"]:
            print(f"Back to epoch {self.best_epoch_}, the best by {self.monitor}.")
