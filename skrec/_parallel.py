"""Work in parts, which threads take one after the other."""

import os
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache

__all__ = ["parallel_for", "together"]

_NUMBERS_A_THREAD = 2**16  # below it, waking another costs more than it does
_PARTS_A_THREAD = 4  # several, so that the last to end is waited for a part at most


def parallel_for(function, n_rows, n_numbers, n_threads, *arguments):
    """Call ``function(first, last, *arguments)`` for parts that make up the rows, by several threads.

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
    n_threads = max(1, min(n_threads, n_rows, n_numbers // _NUMBERS_A_THREAD))
    n_parts = 1 if n_threads == 1 else min(n_rows, n_threads * _PARTS_A_THREAD)
    ends = [n_rows * part // n_parts for part in range(n_parts + 1)]
    together(function, [(*ends[part : part + 2], *arguments) for part in range(n_parts)], n_threads)


def together(function, calls, n_threads):
    """Call ``function(*arguments)`` for each of `calls`, by up to `n_threads` threads, and return when all have ended.

    A thread that wakes when nothing is left is not waited for: where other work shares the cores that can take
    milliseconds, and many calls are shorter. After an error, which is raised, what was not begun may stay so.
    """
    left = deque(calls)
    others = _helpers(function, left, min(n_threads, len(left)) - 1)
    try:
        _work(function, left)
    finally:
        failed = [other for other in others if not other.cancel() and other.exception()]  # waits for what has begun
    for other in failed:
        other.result()


def _helpers(function, left, n_helpers):
    """Return what helps with the work; fewer where no thread begins any more, and the calling one does it all."""
    helpers: list[Future] = []
    try:
        for _ in range(n_helpers):
            helpers.append(_workers().submit(_work, function, left))
    except RuntimeError:  # the main thread has ended, or the system gives no more threads
        pass
    return helpers


def _work(function, left):
    while True:
        try:
            arguments = left.popleft()
        except IndexError:
            return
        function(*arguments)


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
