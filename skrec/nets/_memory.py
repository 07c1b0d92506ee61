"""Whether a net fits into memory, asked before it is allocated."""

from math import inf
from pathlib import Path
from typing import NamedTuple

from torch import nn

from skrec.nets._embedding import FieldEmbedding

try:
    import resource
except ImportError:  # not on Windows
    resource = None  # type: ignore[assignment]  # not there on Windows

COPIES = 3  # the weights and the two moments of Adam
GRADIENT = 2  # what a batch computes, and its gradient


class Size(NamedTuple):
    """How many numbers a net is made of, and computes for a row."""

    tables: int
    dense: int
    per_row: int

    @classmethod
    def of(cls, module: nn.Module) -> "Size":
        """Return the size of a net, which may be on torch's meta device."""
        tables = embedding_tables(module)
        n_table = sum(table.numel() for table in tables)
        per_row = 0
        for part in module.modules():
            if isinstance(part, FieldEmbedding):
                per_row += len(part.fields) * (part.embedding_dim + part.n_linear)
            elif isinstance(part, nn.Linear):
                per_row += part.out_features
        return cls(n_table, sum(p.numel() for p in module.parameters()) - n_table, per_row)


def embedding_tables(module: nn.Module) -> list[nn.Parameter]:
    """Return the tables of a net, of whose rows a step moves those alone that its batch has."""
    return [part.table for part in module.modules() if isinstance(part, FieldEmbedding)]


def dense_matrices(module: nn.Module) -> list[nn.Parameter]:
    """Return what weight decay moves: parameters of two or more axes that are no tables."""
    tables = {id(table) for table in embedding_tables(module)}
    return [p for p in module.parameters() if p.ndim >= 2 and p.numel() and id(p) not in tables]


def check_memory(n_numbers, what, remedy):
    """Raise MemoryError if float32 weights and their moments do not fit into the memory that is left.

    Parameters
    ----------
    n_numbers : int
        Weights.
    what, remedy : str
        As in `check_bytes`.
    """
    check_bytes(4 * COPIES * n_numbers, what, "weights and moments", remedy)


def check_bytes(needed, what, mostly, remedy):
    """Raise MemoryError if so many bytes do not fit into the memory that is left.

    Parameters
    ----------
    needed : int
        Bytes.
    what : str
        What needs them, as the error calls it.
    mostly : str
        What they are.
    remedy : str
        What makes them fewer.
    """
    available = available_memory()
    if needed > available:
        raise MemoryError(
            f"Expected {what} to fit into the memory available, {available / 2**30:.3g} GiB, got "
            f"{needed / 2**30:.3g} GiB of {mostly}; {remedy}"
        )


def available_memory():
    """Return the bytes that can be allocated without swapping, within the limits of a container and of the process.

    Infinity where nothing is known.
    """
    return min(_of_machine(), _of_container(), _of_process())


def _of_machine():
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:"))
    except (OSError, StopIteration):
        return inf


def _of_container():
    try:
        return int(Path("/sys/fs/cgroup/memory.max").read_text())
    except (OSError, ValueError):  # none, or "max"
        return inf


def _of_process():
    """Return what a limit on the address space, as of `ulimit -v`, leaves."""
    if resource is None or (limit := resource.getrlimit(resource.RLIMIT_AS)[0]) == resource.RLIM_INFINITY:
        return inf
    try:
        used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    except (OSError, ValueError):
        used = 0
    return max(limit - used, 0)
