"""Whether numbers fit into memory, asked before they are allocated."""

from math import inf
from pathlib import Path

try:
    import resource
except ImportError:  # not on Windows
    resource = None  # type: ignore[assignment]  # not there on Windows

COPIES = 3  # the weights and the two moments of Adam


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
