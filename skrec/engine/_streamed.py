"""Rows that do not fit into memory: read anew in each pass, mixed in a window."""

from collections.abc import Iterator
from functools import cached_property
from itertools import repeat
from typing import Any, Self

import torch

from skrec.engine._rows import Rows, join

WINDOW_ROWS = 2**18  # are mixed with each other, and in memory together


class StreamedRows:
    """Rows that come in groups, whose order can be chosen, ready to be cut into batches.

    Parameters
    ----------
    read : callable
        Given positions of groups, an iterable of int, yields their rows in that order, as `Rows` of any length.
    n_groups, n_rows : int
        What there is.
    sample : Rows, optional
        Some of the rows, to know their shapes and types by; those that come first if not given.
    draws : callable, optional
        Given a window, as `Rows`, and its number, returns the `Rows` in which to cut it into batches: what each pass
        draws anew is drawn a window at a time.
    factor : int, default=1
        How many rows `draws` makes of one.

    Notes
    -----
    A shuffled pass draws an order of the groups; their rows, one after another, are cut into windows of the smallest
    multiple of the batch size that has `WINDOW_ROWS` rows; each window is shuffled, and cut into batches. Rows that
    fit into one window and are one group come in the order in which `Rows` has them.
    """

    def __init__(
        self, read: Any, n_groups: int, n_rows: int, sample: Any = None, draws: Any = None, factor: int = 1
    ) -> None:
        self.read, self.n_groups, self.n_rows = read, n_groups, n_rows
        self.draws, self.factor = draws, factor
        self.device = torch.device("cpu")
        if sample is not None:
            self.sample = sample if draws is None else draws(sample, 0)

    @cached_property
    def sample(self):
        """Some of the rows, as Rows."""
        rows = next(iter(self.read(range(self.n_groups))))
        return rows if self.draws is None else self.draws(rows, 0)

    @property
    def inputs(self) -> Any:
        """Inputs of the sample."""
        return self.sample.inputs

    @property
    def weight(self) -> Any:
        """Weights of the sample."""
        return self.sample.weight

    @property
    def in_batch(self) -> Any:
        """Whether the negatives of a batch are of its other rows."""
        return self.sample.in_batch

    def __len__(self) -> int:
        return self.factor * self.n_rows

    def __getitem__(self, rows: Any) -> Any:
        """Return the Batch of some `rows` of the sample."""
        return self.sample[rows]

    def drawn(self, draws: Any, factor: int = 1) -> Any:
        """Return the same rows with what `draws` draws in each window."""
        sample = vars(self).get("sample")
        return StreamedRows(self.read, self.n_groups, self.n_rows, sample, draws, factor)

    def chunks(self) -> Any:
        """Yield all rows as they are, in Rows that fit into memory."""
        return self.read(range(self.n_groups))

    def parts(self, size: Any) -> Iterator[Any]:
        """Yield all rows in the order of their groups, as Batches of up to `size`."""
        for window in self._windows(range(self.n_groups), size):
            yield from window.parts(size)

    def batches(self, size: Any, generator: torch.Generator | None = None) -> Iterator[Any]:
        """Yield the Batches of a pass: consecutive ones, or in an order that `generator` draws."""
        for window in self._windows(self._order(generator), size):
            yield from window.batches(size, generator)

    def orders(self, size: int, generator: torch.Generator) -> Iterator[tuple[Rows, torch.Tensor]]:
        """Yield Rows in memory, whole batches of `size`, and the order in which a training pass has them."""
        for window in self._windows(self._order(generator), size):
            yield from window.orders(size, generator)

    def dealt(self, sizes: list[int], generator: torch.Generator) -> Iterator[Any]:
        """Yield the Batches of a training pass, of so many rows each, of which some may be none."""
        n_steps = max(1, WINDOW_ROWS // max(sizes))
        of_windows = [sizes[first : first + n_steps] for first in range(0, len(sizes), n_steps)]
        windows = self._cut(self._order(generator), map(sum, of_windows))
        for window, of_window in zip(windows, of_windows, strict=True):
            yield from window.to(self.device).dealt(of_window, generator)

    def to(self, device: Any) -> Self:
        """Let batches, and the sample, come on `device` and return self."""
        self.device = torch.device(device)
        self.sample = self.sample.to(device)
        return self

    def _order(self, generator):
        """Return the order of the groups in a pass, which `generator` draws, where there is one."""
        if generator is None or self.n_groups < 2:
            return list(range(self.n_groups))
        return torch.randperm(self.n_groups, generator=generator).tolist()

    def _windows(self, order, size):
        """Yield windows of whole batches of `size`, the last of what is left."""
        n_rows = -(-WINDOW_ROWS // (size * self.factor)) * size
        for number, window in enumerate(self._cut(order, repeat(n_rows))):
            yield (window if self.draws is None else self.draws(window, number)).to(self.device)

    def _cut(self, order, sizes):
        """Yield Rows of `sizes`, the last of what is left."""
        held: list[Rows] = []
        n_held, n_rows = 0, next(sizes)
        for rows in self.read(order):
            start = 0
            while n_held + len(rows) - start >= n_rows:
                stop = start + n_rows - n_held
                window = join([*held, rows.take(slice(start, stop))])
                held, n_held, start = [], 0, stop
                yield window
                n_rows = next(sizes, WINDOW_ROWS)
            if start < len(rows):
                held.append(rows.take(slice(start, len(rows))))
                n_held += len(rows) - start
        if held:
            yield join(held)


def stream_of(source: Any, encode: Any) -> Any:
    """Return the rows of a source: `Rows` where they are in memory, else `StreamedRows`.

    Parameters
    ----------
    source : FrameSource or DatasetSource
    encode : callable
        A Chunk to its Rows.
    """

    def streamed(source):
        sample = None if source.sample is None else encode(source.sample)
        return StreamedRows(lambda order: map(encode, source.chunks(order)), source.n_groups, source.n_rows, sample)

    return source.rows(encode, streamed)
