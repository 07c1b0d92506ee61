"""Whether a table fits into memory, asked before it is allocated."""

from pathlib import Path

COPIES = 3  # the weights and the two moments of Adam


def check_memory(n_numbers, what, remedy):
    """Raise MemoryError if float32 weights and their moments do not fit into the memory that is left.

    Parameters
    ----------
    n_numbers : int
        Weights.
    what : str
        The weights, as the error calls them.
    remedy : str
        What makes them fewer.
    """
    needed, available = 4 * COPIES * n_numbers, available_memory()
    if needed > available:
        raise MemoryError(
            f"Expected {what} to fit into the memory available, {available / 2**30:.3g} GiB, got "
            f"{needed / 2**30:.3g} GiB of weights and moments; {remedy}"
        )


def available_memory():
    """Return the bytes that can be allocated without swapping, within a container's limit; infinity if unknown."""
    return min(_of_machine(), _of_container())


def _of_machine():
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:"))
    except (OSError, StopIteration):
        return float("inf")


def _of_container():
    try:
        return int(Path("/sys/fs/cgroup/memory.max").read_text())
    except (OSError, ValueError):  # none, or "max"
        return float("inf")
