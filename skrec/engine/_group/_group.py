"""A fit in all processes of an initialised torch.distributed group."""

import threading
from contextlib import suppress
from hashlib import blake2b
from typing import Any

import numpy as np
import torch
import torch.distributed as dist

from skrec._warn import warn
from skrec.data import join_chunks, part_of
from skrec.engine._dealt import DealtBatches
from skrec.engine._group._channel import END, EQUAL, TENSOR, Channel
from skrec.engine._group._gradients import Gradients
from skrec.engine._strategy import SingleProcess, Strategy

__all__ = ["Group"]

SAMPLE_ROWS = 2**16  # of all processes together, as many as of a Dataset
_COMPARED = 1024  # rows of a table
_fitting = threading.Lock()


class Group(Strategy):
    """The processes of the default group, each with rows of its own; a net has the same bits in all of them."""

    def __init__(self) -> None:
        self.channel = Channel()
        self.gradients = Gradients(self.channel)
        self.leads, self.words = self.channel.rank == 0, (self.channel.rank,)

    def __reduce__(self) -> Any:
        return SingleProcess, ()  # what is pickled, or copied, is alone

    def __enter__(self) -> Any:
        if not _fitting.acquire(blocking=False):
            raise RuntimeError(
                "A group fits one estimator at a time, got a second one in another thread; fit one after the other, or "
                "set data_parallel=False"
            )
        return self

    def __exit__(self, kind: Any, error: Any, trace: Any) -> None:
        """End the fit: where one process has failed, all raise."""
        try:
            if error is None:
                self.channel.announce(END)
            else:
                with suppress(RuntimeError):  # of others that are gone: the first error is the one to know
                    self.channel.fail(error)
        finally:
            _fitting.release()

    def compare(self, facts: Any) -> None:
        """Raise ValueError unless all processes have the same facts."""
        first, *others = self.channel.gather(facts())
        for rank, other in enumerate(others, 1):
            for name in dict.fromkeys([*first, *other]):
                one, two = (of.get(name, "none") for of in (first, other))
                if one != two:
                    raise ValueError(
                        f"Expected the same {name} in all {self.channel.size} processes, got {one} in process 0 and "
                        f"{two} in process {rank}; give all the same, or fit alone with data_parallel=False"
                    )

    def shard(self, source: Any, *, training: bool = True) -> Any:
        """Return the part of a source that this process has: see `part_of`."""
        identities = self.channel.gather(source.identity())
        return part_of(source, identities, self.channel.rank, training=training)

    def merge(self, survey: Any) -> Any:
        """Return a survey that has learnt what those of all processes have; each merges in the same order."""
        whole, *others = self.channel.gather(survey)
        for other in others:
            whole.merge(other)
        return whole

    def sample(self, *columns: np.ndarray) -> tuple[np.ndarray, ...]:
        """Return every k-th row of all processes, `SAMPLE_ROWS` of them at most, give or take one of each."""
        step = -(-self.total(len(columns[0])) // SAMPLE_ROWS)
        parts = self.channel.gather(tuple(column[::step] for column in columns))
        return tuple(np.concatenate(of_all) for of_all in zip(*parts, strict=True))

    def total(self, number: Any) -> Any:
        """Return the sum over all processes."""
        if not isinstance(number, torch.Tensor):
            return sum(self.channel.gather(number))
        said, _ = self.channel.announce(TENSOR, number.numel())
        if len({n for n, _ in said}) > 1:
            raise RuntimeError(f"Expected tables of the same size in all processes, got {[n for n, _ in said]} numbers")
        self.channel.sum(number)
        self.channel.done()
        return number

    def largest(self, number: int) -> int:
        """Return the largest number of all processes."""
        return max(self.channel.gather(number))

    def first(self, value: Any) -> Any:
        """Return what process 0 computes."""
        return self.channel.gather(value() if self.leads else None)[0]

    def collect(self, chunk: Any) -> Any:
        """Return all processes' rows on process 0."""
        parts = self.channel.gather(chunk, to=0)
        return join_chunks(parts) if self.leads else chunk

    def batches(self, rows: Any, size: int, generator: torch.Generator) -> Any:
        """Return this process's part of as many batches as all processes' rows have."""
        return DealtBatches(rows, -(-self.total(len(rows)) // size), generator)

    def reduce_gradients(self, parameters: Any, weight: Any) -> None:
        """Give every parameter the gradient of the whole batch."""
        self.gradients.reduce(parameters, weight)

    def fetch(self, module: Any, inputs: Any) -> None:
        """Leave the net, whose tables are in all processes."""

    def agree(self, total: Any, weight: Any = 1.0) -> Any:
        """Return the mean over all processes, added up in their order."""
        totals, weights = zip(*self.channel.gather((float(total), float(weight))), strict=True)
        return sum(totals) / sum(weights)

    def keep_equal(self, module: Any, optimizer: Any) -> None:
        """Compare weights, and give all those of process 0 where some differ, as other processors round otherwise."""
        parameters = self._compared(module)
        if len(set(self.channel.gather(_digest(parameters)))) == 1:
            return
        warn(
            "Processes of the group have come to different weights, as on processors of different kinds; all go on "
            "with those of process 0"
        )
        self.channel.announce(EQUAL)
        kept = [*(p.detach() for p in parameters), *module.buffers()]
        for state in (optimizer.state[p] for p in parameters if p in optimizer.state):
            kept += [value for value in state.values() if isinstance(value, torch.Tensor)]
        for tensor in kept:
            moved = tensor.to(self.channel.device)
            self.channel.call(dist.broadcast, moved, 0)
            tensor.copy_(moved)
        self.channel.done()

    def _compared(self, module: Any) -> Any:
        """Return the parameters that are the same in all processes."""
        return list(module.parameters())


def _digest(parameters):
    """Return a digest of weights: of a large table of some rows."""
    digest = blake2b(digest_size=16)
    for p in parameters:
        part = p.detach()[:: max(1, len(p) // _COMPARED)] if p.ndim and p.numel() > 2**20 else p.detach()
        digest.update(part.cpu().contiguous().numpy().tobytes())
    return digest.digest()
