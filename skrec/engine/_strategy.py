"""Where a step of training runs: the seam between the loop and other processes that train the same net."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

import numpy as np
import torch

from skrec.engine._rows import Batches

__all__ = ["SingleProcess", "Strategy"]


class Strategy(ABC):
    """What the processes of a training do together, each with rows of its own.

    Every process calls the same methods in the same order, and has the same net after each step. A fit runs in a
    ``with`` block of it.

    Attributes
    ----------
    leads : bool
        Whether this process does what one does for all: scores, files.
    words : tuple of int
        What the seed of an epoch has beside: each process draws an order of its own.
    part : tuple of int
        Which rows of tables this process holds: from the first on every so many-th.
    """

    leads: bool
    words: tuple[int, ...]
    part: tuple[int, int] = (0, 1)

    def __enter__(self) -> Self:
        return self

    @abstractmethod
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the fit: where one process has failed, all raise."""

    @abstractmethod
    def compare(self, facts: Callable[[], dict[str, str]]) -> None:
        """Raise ValueError unless all processes have the same facts: what is called returns texts by their names."""

    @abstractmethod
    def shard(self, source: Any, *, training: bool = True) -> Any:
        """Return the part of a source of rows that this process trains on, or that it validates on."""

    @abstractmethod
    def merge(self, survey: Any) -> Any:
        """Return a survey that has learnt what those of all processes have, of all rows."""

    @abstractmethod
    def sample(self, *columns: np.ndarray) -> tuple[np.ndarray, ...]:
        """Return rows of all processes out of columns with this process's, arrays (n_rows, ...)."""

    @abstractmethod
    def total(self, number: Any) -> Any:
        """Return the sum of a number, or of a Tensor, over all processes."""

    @abstractmethod
    def largest(self, number: int) -> int:
        """Return the largest of a number that each process has."""

    @abstractmethod
    def first(self, value: Callable[[], Any]) -> Any:
        """Return what the process that leads computes, on all of them."""

    @abstractmethod
    def collect(self, chunk: Any) -> Any:
        """Return the Chunk of all processes' rows on the one that leads, the own one on others."""

    @abstractmethod
    def batches(self, rows: Any, size: int, generator: torch.Generator) -> Any:
        """Return the Batches of a training pass of this process's part of each batch of `size` rows."""

    @abstractmethod
    def reduce_gradients(self, parameters: Any, weight: Any) -> None:
        """Give every parameter the gradient of the whole batch, of which this process has a part.

        Called between backward and the optimizer's step, before callbacks see gradients. The loss is a mean by
        weights: with gradient g_r and total weight W_r in process r, the whole batch has sum(W_r g_r) / sum(W_r).

        Parameters
        ----------
        parameters : list of Parameter
            Gradients of tables are sparse, see `is_table`, `touched_rows` and `set_touched_rows`.
        weight : Tensor of shape (B,)
            Weights of this process's rows, of which a batch may have none.
        """

    @abstractmethod
    def agree(self, total: Any, weight: Any = 1.0) -> Any:
        """Return the mean over all processes, ``sum(total) / sum(weight)``, the same on each.

        Parameters
        ----------
        total, weight : float or Tensor of shape ()
            Of an epoch's loss its sum over this process's rows, and their weight; of a wish to stop 0 or 1, any of
            which makes the mean positive.
        """

    @abstractmethod
    def fetch(self, module: Any, inputs: Any) -> None:
        """Give a net the rows of its tables that inputs look up, which may be None, where other processes hold them."""

    def evaluated(self, module: Any, batches: Any) -> Any:
        """Return Batches that are not learnt from, their rows fetched; every process asks for its own at once."""
        return batches

    def after_fit(self) -> "Strategy":
        """Return where the predictions of a fitted net are made: in a single process, as of an ordinary one."""
        return SingleProcess()

    @abstractmethod
    def keep_equal(self, module: Any, optimizer: Any) -> None:
        """See to it that weights and moments are the same on all processes, to the bit, after an epoch."""


class SingleProcess(Strategy):
    """One process, which has all rows: nothing to do."""

    leads = True
    words = ()

    def __exit__(self, kind: Any, error: Any, trace: Any) -> None:
        """Leave an error to whoever called."""

    def compare(self, facts: Any) -> None:
        """Compare with nobody."""

    def shard(self, source: Any, *, training: bool = True) -> Any:
        """Return the source, all of it."""
        return source

    def merge(self, survey: Any) -> Any:
        """Return the survey as it is."""
        return survey

    def sample(self, *columns: Any) -> Any:
        """Return the columns, all of them."""
        return columns

    def total(self, number: Any) -> Any:
        """Return the number of this process."""
        return number

    def largest(self, number: Any) -> Any:
        """Return the number of this process."""
        return number

    def first(self, value: Any) -> Any:
        """Return what it computes."""
        return value()

    def collect(self, chunk: Any) -> Any:
        """Return the Chunk, which has all rows."""
        return chunk

    def batches(self, rows: Any, size: int, generator: Any) -> Any:
        """Return the Batches of a training pass."""
        return Batches(rows, size, generator)

    def reduce_gradients(self, parameters: Any, weight: Any) -> None:
        """Leave the gradients, which are those of the whole batch."""

    def agree(self, total: Any, weight: float = 1.0) -> Any:
        """Return the mean of this process."""
        return total / weight

    def fetch(self, module: Any, inputs: Any) -> None:
        """Leave the net, which has its tables."""

    def keep_equal(self, module: Any, optimizer: Any) -> None:
        """Leave weights and moments."""
