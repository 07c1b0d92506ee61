"""Rows that do not fit into memory: read anew in each pass, mixed in a window."""

from functools import cached_property

import torch

from skrec._inputs import Inputs, Jagged
from skrec.engine._rows import Batch, Rows

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

    Notes
    -----
    A shuffled pass draws an order of the groups; their rows, one after another, are cut into windows of the smallest
    multiple of the batch size that has `WINDOW_ROWS` rows; each window is shuffled, and cut into batches. Rows that
    fit into one window and are one group come in the order in which `Rows` has them.
    """

    def __init__(self, read, n_groups, n_rows, sample=None):
        self.read, self.n_groups, self.n_rows = read, n_groups, n_rows
        self.device = torch.device("cpu")
        if sample is not None:
            self.sample = sample

    @cached_property
    def sample(self):
        """Some of the rows, as Rows."""
        return next(iter(self.read(range(self.n_groups))))

    @property
    def inputs(self):
        """Inputs of the sample."""
        return self.sample.inputs

    @property
    def weight(self):
        """Weights of the sample."""
        return self.sample.weight

    def __len__(self):
        return self.n_rows

    def __getitem__(self, rows):
        """Return the Batch of some `rows` of the sample."""
        return self.sample[rows]

    def parts(self, size):
        """Yield all rows in the order of their groups, as Batches of up to `size`."""
        return self.batches(size)

    def batches(self, size, generator=None):
        """Yield the Batches of a pass: consecutive ones, or in an order that `generator` draws."""
        order = list(range(self.n_groups))
        if generator is not None and self.n_groups > 1:
            order = torch.randperm(self.n_groups, generator=generator).tolist()
        for window in self._windows(order, -(-WINDOW_ROWS // size) * size):
            yield from Rows.of(window).to(self.device).batches(size, generator)

    def to(self, device):
        """Let batches, and the sample, come on `device` and return self."""
        self.device = torch.device(device)
        self.sample = self.sample.to(device)
        return self

    def _windows(self, order, n_rows):
        """Yield Batches of `n_rows`, the last of what is left."""
        held: list[Batch] = []
        n_held = 0
        for rows in self.read(order):
            start = 0
            while n_held + len(rows) - start >= n_rows:
                stop = start + n_rows - n_held
                window = join([*held, rows[start:stop]])
                held, n_held, start = [], 0, stop
                yield window
            if start < len(rows):
                held.append(rows[start:])
                n_held += len(rows) - start
        if held:
            yield join(held)


def join(batches):
    """Return Batches, one after another, as one."""
    if len(batches) == 1:
        return batches[0]
    inputs = [batch.inputs for batch in batches]
    target, weight = (torch.cat(parts) for parts in zip(*(batch.target for batch in batches), strict=True))
    codes, numeric, lists, _ = zip(*inputs, strict=True)
    bags = tuple(_join_jagged(of_column) for of_column in zip(*lists, strict=True))
    return Batch(Inputs(torch.cat(codes), torch.cat(numeric), bags), (target, weight))


def _join_jagged(bags):
    lengths = torch.cat([bag.offsets.diff() for bag in bags])
    return Jagged(torch.cat([bag.codes for bag in bags]), torch.nn.functional.pad(lengths.cumsum(0), (1, 0)))
