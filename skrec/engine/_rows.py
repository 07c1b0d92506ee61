"""Rows as tensors, and the batches sliced from them."""

from collections.abc import Iterator
from typing import Any, NamedTuple, Self

import torch
from torch import Tensor

from skrec._inputs import Inputs, Jagged, take


class Batch(NamedTuple):
    """Inputs, and the targets with the weights of the rows."""

    inputs: Any  # Inputs; of positives beside negatives Pairs
    target: tuple[Tensor, Tensor]  # (B,) and (B,)


class Rows(torch.utils.data.Dataset):
    """A table with its target and weights, ready to be sliced into batches.

    Parameters
    ----------
    table : Table
        Codes (n, n_categorical) int32, numbers (n, n_numeric) float, ragged lists.
    target : ndarray of shape (n,), optional
        Class codes (int64) or numbers (float).
    weight : ndarray of shape (n,), optional
        Row weights; ones if not given.
    keys : tuple of ndarray of shape (n,), int64
        What says of a row who and what it is of, where that is not among the codes.
    """

    in_batch = False  # whether the negatives of a batch are of its other rows

    def __init__(self, table: Any, target: Any = None, weight: Any = None, keys: Any = ()) -> None:
        self.inputs = Inputs(
            torch.from_numpy(table.codes),
            torch.from_numpy(table.numeric),
            tuple(map(_jagged, table.lists)),
        )
        dtype = self.inputs.numeric.dtype
        n_rows = len(table.codes)
        self.target = torch.zeros(n_rows, dtype=dtype) if target is None else torch.from_numpy(target)
        self.weight = torch.ones(n_rows, dtype=dtype) if weight is None else torch.from_numpy(weight).to(dtype)
        self.keys = tuple(map(torch.from_numpy, keys))

    @classmethod
    def of(cls, inputs: Any, target: Any, weight: Any, keys: Any = ()) -> Any:
        """Return the rows that tensors hold."""
        rows = cls.__new__(cls)
        rows.inputs, rows.target, rows.weight, rows.keys = inputs, target, weight, tuple(keys)
        return rows

    def __len__(self) -> int:
        return len(self.target)

    def __getitem__(self, rows: Any) -> Any:
        """Return the Batch of `rows`, a slice or a tensor of positions."""
        return Batch(self.inputs.take(rows), (take(self.target, rows), take(self.weight, rows)))

    def take(self, rows: Any) -> Any:
        """Return some `rows`, a slice or a tensor of positions, as Rows."""
        inputs, (target, weight) = Rows.__getitem__(self, rows)
        return Rows.of(inputs, target, weight, [take(key, rows) for key in self.keys])

    def drawn(self, draws: Any, factor: int = 1) -> Any:
        """Return these rows with what `draws` draws: see `StreamedRows`."""
        return draws(self, 0)

    def chunks(self) -> Iterator[Any]:
        """Yield all rows as they are, in Rows that fit into memory: here themselves."""
        yield self

    def parts(self, size: Any) -> Iterator[Any]:
        """Yield all rows as they are, as Batches of up to `size`."""
        yield from (self[start : start + size] for start in range(0, len(self), size))

    def batches(self, size: Any, generator: torch.Generator | None = None) -> Iterator[Any]:
        """Yield the Batches of a pass: consecutive ones, or those with weight of an order that `generator` draws."""
        if generator is None:
            yield from (self.batch(slice(start, start + size), None) for start in range(0, len(self), size))
        else:
            for _, order in self.orders(size, generator):
                batches = (self.batch(part, generator) for part in order.to(self.target.device).split(size))
                if not self.weight.all():
                    batches = (batch for batch in batches if batch.target[1].any())
                yield from batches

    def orders(self, size: int, generator: torch.Generator) -> Iterator[tuple["Rows", Tensor]]:
        """Yield Rows in memory, whole batches of `size`, and the order in which a training pass has them: here all."""
        self.redraw(generator)
        yield self, torch.randperm(len(self), generator=generator)

    def dealt(self, sizes: list[int], generator: torch.Generator) -> Iterator[Any]:
        """Yield the Batches of a training pass, of so many rows each, of which some may be none."""
        for rows, order in self.orders(max(sizes), generator):
            yield from (rows[part] for part in order.to(self.target.device).split(sizes))

    def batch(self, part: Any, generator: torch.Generator | None) -> Any:
        """Return the Batch of `part` in a pass with `generator`, from which a batch that draws does so."""
        return self[part]

    def redraw(self, generator: torch.Generator | None) -> None:
        """Draw anew what a training pass draws; these rows stay as they are."""

    def to(self, device: Any) -> Self:
        """Move all tensors to `device` and return self."""
        self.inputs = self.inputs.to(device)
        self.target, self.weight = self.target.to(device), self.weight.to(device)
        self.keys = tuple(key.to(device) for key in self.keys)
        return self


def join(rows: Any) -> Any:
    """Return Rows, one after another, as one."""
    if len(rows) == 1:
        return rows[0]
    codes, numeric, lists, _ = zip(*(some.inputs for some in rows), strict=True)
    jagged = tuple(_join_jagged(of_column) for of_column in zip(*lists, strict=True))
    target, weight = (torch.cat([getattr(some, name) for some in rows]) for name in ("target", "weight"))
    keys = map(torch.cat, zip(*(some.keys for some in rows), strict=True))
    return Rows.of(Inputs(torch.cat(codes), torch.cat(numeric), jagged), target, weight, keys)


def _jagged(bag):
    weights = None if bag.weights is None else torch.from_numpy(bag.weights)
    return Jagged(torch.from_numpy(bag.codes), torch.from_numpy(bag.offsets), weights)


def _join_jagged(bags):
    lengths = torch.cat([bag.offsets.diff() for bag in bags])
    weights = None if bags[0].weights is None else torch.cat([bag.weights for bag in bags])
    return Jagged(torch.cat([bag.codes for bag in bags]), torch.nn.functional.pad(lengths.cumsum(0), (1, 0)), weights)


class Batches:
    """Batches of consecutive or of shuffled rows; each shuffled pass draws a new order, and rows that are drawn.

    Parameters
    ----------
    rows : Rows or StreamedRows
    batch_size : int
    generator : torch.Generator, optional
        Draws the order; consecutive rows if not given.

    Notes
    -----
    One slice a batch: a loader that collects single rows is 3 to 7 times slower to train.
    """

    def __init__(self, rows: Any, batch_size: int, generator: torch.Generator | None = None) -> None:
        self.rows, self.batch_size, self.generator = rows, batch_size, generator

    def __len__(self) -> int:
        return -(-len(self.rows) // self.batch_size)

    def __iter__(self) -> Any:
        return self.rows.batches(self.batch_size, self.generator)
