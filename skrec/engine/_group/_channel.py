"""What processes say to each other: every message is announced first, so that none waits for what does not come.

An announcement has the same size always, and says what follows and how much of it: processes that are at different
places, or one of which has failed, find out before they exchange anything whose size could differ.
"""

import pickle
from collections.abc import Callable
from typing import Any, NoReturn

import torch
import torch.distributed as dist

__all__ = ["Channel"]

FAILED, END, TENSOR, OBJECT, STEP, EQUAL, FETCH, SEND = range(-1, 7)
_WHERE = {
    END: "end of fit",
    TENSOR: "sum",
    OBJECT: "exchange",
    STEP: "step of training",
    EQUAL: "comparison of weights",
    FETCH: "look-up in tables",
    SEND: "sum of tables' gradients",
}


class Channel:
    """The messages of one fit.

    Attributes
    ----------
    rank, size : int
        Of this process, and of the group.
    is_open : bool
        Whether all are between two messages, and listen: not amid one, nor after an error of another process.
    """

    def __init__(self):
        self.rank, self.size = dist.get_rank(), dist.get_world_size()
        nccl = "nccl" in str(dist.get_backend())
        self.device = torch.device("cuda", torch.cuda.current_device()) if nccl else torch.device("cpu")
        self.is_open = True

    def announce(self, kind, n=0, flag=0, weight=0.0):
        """Say what comes, and return what all say: pairs of n and flag, and the weights.

        Whoever announces a message says by `done` that it is over.

        Raises
        ------
        RuntimeError
            If a process has failed, or is at another place.
        """
        said = self._said(kind, n, flag, weight)
        kinds = said[:, 0].tolist()
        if FAILED in kinds:
            self._hear(None)
        if len(set(kinds)) > 1:
            raise RuntimeError(
                f"Expected all processes at the same place, got process {self.rank} of {self.size} at the "
                f"{_WHERE[kind]} and others elsewhere ({', '.join(_WHERE[other] for other in kinds)}); call the same "
                "methods in the same order in all of them"
            )
        self.is_open = False
        return said[:, 1:3].tolist(), said[:, 3].contiguous().view(torch.float64).tolist()

    def done(self):
        """Listen again."""
        self.is_open = True

    def sum(self, tensor):
        """Add up a tensor over all processes, in place; it has the same shape in all."""
        moved = tensor.to(self.device)
        self.call(dist.all_reduce, moved)
        return tensor if moved is tensor else tensor.copy_(moved)

    def spread(self, tensor, sizes, to=None):
        """Return the one-dimensional tensors of all processes, of known sizes: on all, or on one alone.

        Each is sent as it is, where a gathering would pad all to the longest.
        """
        own = tensor.to(self.device)
        if not any(sizes):
            return [own[:0] for _ in sizes]
        n_sent = [len(own) if to in (None, rank) else 0 for rank in range(self.size)]
        n_received = sizes if to in (None, self.rank) else [0] * self.size
        received = own.new_empty(sum(n_received))
        sent = own.repeat(self.size if to is None else 1)
        self.call(dist.all_to_all_single, received, sent, n_received, n_sent)
        return list(received.to(tensor.device).split(n_received))

    def trade(self, tensor, sent, received):
        """Give each process its part of a one-dimensional tensor, of sizes `sent`; return those of all, end to end."""
        own = tensor.to(self.device)
        found = own.new_empty(sum(received))
        self.call(dist.all_to_all_single, found, own, received, sent)
        return found.to(tensor.device)

    def gather(self, value: Any, to: int | None = None) -> list[Any]:
        """Return the values, which pickle takes, of all processes: on all, or on one alone; else a list of None."""
        message = torch.frombuffer(bytearray(pickle.dumps(value)), dtype=torch.uint8)
        said, _ = self.announce(OBJECT, len(message))
        parts = self.spread(message, [n for n, _ in said], to)
        self.done()
        if to not in (None, self.rank):
            return [None] * self.size
        return [pickle.loads(part.numpy().tobytes()) for part in parts]

    def fail(self, error: BaseException) -> None:
        """Tell all others that this process fails, if they still listen."""
        if self.is_open:
            self._said(FAILED)
            self._hear(error)

    def call(self, function: Callable[..., Any], *arguments: Any) -> None:
        """Call a function of torch.distributed; if it fails, or is interrupted, nobody knows where the others are."""
        listening, self.is_open = self.is_open, False
        try:
            function(*arguments)
        except RuntimeError as error:
            raise RuntimeError(
                f"Process {self.rank} of {self.size} hears no more of another one, which is gone or hangs "
                f"({str(error).splitlines()[0][:160]}); start all of them again, from a checkpoint with LoadInitState"
            ) from error
        self.is_open = listening

    def _said(self, kind, n=0, flag=0, weight=0.0):
        own = torch.tensor([kind, n, flag, 0])
        own.view(torch.float64)[3] = weight
        own = own.to(self.device)
        said = [torch.empty_like(own) for _ in range(self.size)]
        self.call(dist.all_gather, said, own)
        return torch.stack(said).cpu()

    def _hear(self, error: BaseException | None) -> None:
        """Exchange which processes have failed, and why; whoever has not raises it."""
        found: list[Any] = [None] * self.size
        self.call(dist.all_gather_object, found, None if error is None else f"{type(error).__name__}: {error}")
        self.is_open = False
        if error is None:
            self._raise(found)

    def _raise(self, found: list[str | None]) -> NoReturn:
        reasons = "; ".join(f"process {rank}, {text}" for rank, text in enumerate(found) if text is not None)
        raise RuntimeError(f"The fit of {self.size} processes has failed in {reasons}")
