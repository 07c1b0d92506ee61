"""Rows of several processes: whose they are, and all of them together."""

from typing import Any

import numpy as np
import pandas as pd

from skrec._text import quoted
from skrec.data._chunk import Chunk

__all__ = ["join_chunks", "part_of"]


def part_of(rows: Any, identities: list[Any], rank: int, *, training: bool) -> Any:
    """Return the rows of one process.

    Row groups that all processes have are dealt out, one after another, as are validation rows in memory; other rows
    are each process's own.

    Parameters
    ----------
    rows : FrameSource or DatasetSource
        Those of this process; of a Dataset none has been read.
    identities : list of tuple
        What each process says of its rows: "frame" or "Dataset", how many rows or groups, and which.
    rank : int
        Of this process.
    training : bool
        Whether they are training rows, which are no frame that all have.

    Raises
    ------
    ValueError
        If some processes have the same rows, and others do not, or all have the same frame.
    """
    size = len(identities)
    kinds = [kind for kind, *_ in identities]
    if len(set(kinds)) > 1:
        raise ValueError(f"Expected rows of one kind in all processes, got {', '.join(kinds)}; pass the same kind")
    if kinds[0] == "Dataset":
        named = [set(names) for _, _, names in identities]
        if all(names == named[0] for names in named):
            return rows.part(rank, size)
        if sum(map(len, named)) > len(set().union(*named)):
            one, two = next((a, b) for a in range(size) for b in range(a + 1, size) if named[a] & named[b])
            raise ValueError(
                f"Expected the same files in all processes, or different ones in each, got some in processes {one} and "
                f"{two} alike, {quoted(min(named[one] & named[two]))} for one; pass one Dataset of all files to all"
            )
        if not all(named):
            raise ValueError("Expected rows in all processes, got a Dataset without rows in some; use fewer processes")
        return rows
    known: dict[Any, int] = {}
    for place, identity in enumerate(identities):
        other = known.setdefault(identity, place)
        if other == place:
            continue
        if not training and len(set(identities)) == 1:
            return rows.part(rank, size)
        raise ValueError(
            f"Expected other rows in each process, got the same frame in processes {other} and {place}; pass "
            f"df[rank::{size}] and y[rank::{size}], with the rank of torch.distributed.get_rank()"
        )
    return rows


def join_chunks(chunks: list[Chunk]) -> Chunk:
    """Return rows of several processes, one after another, as one Chunk."""
    frames, *numbers = zip(*chunks, strict=True)
    return Chunk(pd.concat(frames, ignore_index=True), *map(np.concatenate, numbers))
