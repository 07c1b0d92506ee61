"""Parts of tables: every k-th row of each, where several processes hold a table together."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import NamedTuple

from torch import nn

__all__ = ["WHOLE", "Part", "is_in_parts", "part_of_tables", "part_to_draw", "pieces"]

_ROWS = 2**16  # drawn at a time


class Part(NamedTuple):
    """Rows ``first``, ``first + step``, ... of a table; ``Part(0, 1)`` are all."""

    first: int = 0
    step: int = 1

    def places(self, rows: Iterable[int]) -> list[int]:
        """Return where in the part those of `rows` are that it has."""
        return [row // self.step for row in rows if row % self.step == self.first]


WHOLE = Part()
_part = ContextVar("part", default=WHOLE)


@contextmanager
def part_of_tables(first: int, step: int) -> Iterator[None]:
    """Let nets that are built in the block hold rows ``first``, ``first + step``, ... of their tables alone."""
    token = _part.set(Part(first, step))
    try:
        yield
    finally:
        _part.reset(token)


def part_to_draw() -> Part:
    """Return which rows of its tables a net holds that is built now."""
    return _part.get()


def is_in_parts(module: nn.Module) -> bool:
    """Return whether a net holds only a part of some table."""
    return any(getattr(part, "part", WHOLE).step > 1 for part in module.modules())


def pieces(n_rows: int) -> list[int]:
    """Return of how many rows each a table is drawn, so that drawing all at once gives the same numbers.

    torch draws sixteen at a time, and the last of them anew where some are left: no piece but the last may leave any,
    and the last may not be too short.
    """
    n_pieces = max(1, n_rows // _ROWS)
    return [*[_ROWS] * (n_pieces - 1), n_rows - _ROWS * (n_pieces - 1)]
