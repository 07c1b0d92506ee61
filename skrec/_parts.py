"""Work in parts, a thread each."""

import os
from concurrent.futures import ThreadPoolExecutor
from functools import cache

__all__ = ["in_parts", "together"]

_NUMBERS_A_THREAD = 2**16  # below it, waking another costs more than it does


def in_parts(function, n_rows, n_numbers, n_threads, *arguments):
    """Call ``function(first, last, *arguments)`` for parts that make up the rows, each in a thread of its own.

    Parameters
    ----------
    function : callable
        A kernel, or another that mostly runs without the interpreter's lock; what it does to a row must not depend on
        the others of the part.
    n_rows, n_numbers : int
        What is parted, and how much it all is.
    n_threads : int, at least 1
        Upper bound on the threads of this call.
    """
    n_parts = max(1, min(n_threads, n_rows, n_numbers // _NUMBERS_A_THREAD))
    ends = [n_rows * part // n_parts for part in range(n_parts + 1)]
    together(function, [(*ends[part : part + 2], *arguments) for part in range(n_parts)])


def together(function, calls):
    """Call ``function(*arguments)`` for each of `calls`, the first in this thread, and return when all have ended.

    An error is raised then too, that of the first of `calls` that had one.
    """
    others = [_workers().submit(function, *arguments) for arguments in calls[1:]]
    try:
        function(*calls[0])
    finally:
        failed = [other for other in others if other.exception()]  # waits for each
    for other in failed:
        other.result()


@cache
def _workers():
    """Threads of our own, which sleep between calls; started when a call first needs them.

    numba's own are a second OpenMP pool next to torch's. Where other work shares the cores, the two spin against each
    other: a step of 1.4 ms took 8 to 9 ms, with these threads 1.7 to 1.9 ms. Its workqueue layer aborts when two
    Python threads enter it, and OpenMP when a forked child does.
    """
    return ThreadPoolExecutor(thread_name_prefix="skrec")


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_workers.cache_clear)  # threads do not survive a fork
