"""Batches of which each process has a part."""

from collections.abc import Iterator
from typing import Any

import torch

__all__ = ["DealtBatches", "shares"]


class DealtBatches:
    """The parts of a training pass's batches that one process has: as many as all have, as even as can be.

    Parameters
    ----------
    rows : Rows or StreamedRows
        Of this process.
    n_steps : int
        Batches of the pass. Where rows are fewer, some parts are empty.
    generator : torch.Generator
        Draws the order of the rows.
    """

    def __init__(self, rows: Any, n_steps: int, generator: torch.Generator) -> None:
        self.rows, self.n_steps, self.generator = rows, n_steps, generator

    def __len__(self) -> int:
        return self.n_steps

    def __iter__(self) -> Iterator[Any]:
        return self.rows.dealt(shares(len(self.rows), self.n_steps), self.generator)


def shares(n_rows: int, n_steps: int) -> list[int]:
    """Return how many rows each of some steps has: no two differ by more than one."""
    return [n_rows * (step + 1) // n_steps - n_rows * step // n_steps for step in range(n_steps)]
