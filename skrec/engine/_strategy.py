"""Where a step of training runs: the seam between the loop and other processes that train the same net."""

from abc import ABC, abstractmethod
from typing import Any

__all__ = ["SingleProcess", "Strategy"]


class Strategy(ABC):
    """What the processes of a training do together, each with rows of its own.

    Every process calls the same methods in the same order, and has the same net after each step.
    """

    @abstractmethod
    def shard(self, source: Any) -> None:
        """Return the part of a source of rows that this process trains on."""

    @abstractmethod
    def merge(self, survey: Any) -> None:
        """Return a survey that has learnt what those of all processes have, of all rows."""

    @abstractmethod
    def reduce_gradients(self, module: Any, weight: Any) -> None:
        """Give every parameter the gradient of the whole batch, of which this process has a part.

        Called between backward and the optimizer's step, before callbacks see gradients. The loss is a mean by
        weights: with gradient g_r and total weight W_r in process r, the whole batch has sum(W_r g_r) / sum(W_r).

        Parameters
        ----------
        module : Module
            Gradients of tables are sparse, see `is_table`, `touched_rows` and `set_touched_rows`.
        weight : Tensor of shape (B,)
            Weights of this process's rows.
        """

    @abstractmethod
    def agree(self, total: Any, weight: Any = 1.0) -> None:
        """Return the mean over all processes, ``sum(total) / sum(weight)``, the same on each.

        Parameters
        ----------
        total, weight : float or Tensor of shape ()
            Of an epoch's loss its sum over this process's rows, and their weight; of a score that one process has
            computed for all, zeros on the others; of a wish to stop 0 or 1, any of which makes the mean positive.
        """


class SingleProcess(Strategy):
    """One process, which has all rows: nothing to do."""

    def shard(self, source: Any) -> Any:
        """Return the source, all of it."""
        return source

    def merge(self, survey: Any) -> Any:
        """Return the survey as it is."""
        return survey

    def reduce_gradients(self, module: Any, weight: Any) -> None:
        """Leave the gradients, which are those of the whole batch."""

    def agree(self, total: Any, weight: float = 1.0) -> Any:
        """Return the mean of this process."""
        return total / weight
