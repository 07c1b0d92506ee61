"""Work in parts, which threads take one after the other."""

import ctypes
import os
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from threading import Lock
from time import sleep

import numpy as np

__all__ = ["parallel_for", "together", "wait_awake_by"]

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
    tasks = _ask_for_help(function, left, min(n_threads, len(left)) - 1)
    try:
        _work(function, left)
    finally:
        begun = [task for task in tasks if not task.cancel()]
        for task in begun:
            task.wait()
    for task in begun:
        if task.error is not None:
            raise task.error


def wait_awake_by(function):
    """Let threads that have nothing to do, or wait for another, stay awake for a moment.

    A core that sleeps takes a tenth of a millisecond to wake up, as long as many a call of `together`.

    Parameters
    ----------
    function : callable
        Of a bell, an array of shape (1,), int64, and an int: returns whether the bell has another value than that, as
        soon as it has, and at the latest after half a millisecond. Runs without the interpreter's lock.
    """
    global _wait_awake
    _wait_awake = function


def _wait_awake(bell, value):
    return bell[0] != value


class _Task:
    """Work in which one thread may help, if it begins before that is called off."""

    def __init__(self, function, left):
        self.function, self.left, self.core = function, left, _core()
        self.token, self.error = deque([None]), None  # who pops the token decides whether it begins
        self.bell, self.ended = np.zeros(1, np.int64), Lock()
        self.ended.acquire()

    def cancel(self):
        """Return whether it had not begun, and now never does."""
        return self._takes_token()

    def run(self):
        """Help, unless it was called off."""
        if not self._takes_token():
            return
        try:
            _leave(self.core)
            _work(self.function, self.left)
        except BaseException as error:  # raised where help was asked for
            self.error = error
        self.bell[0] = 1
        self.ended.release()

    def wait(self):
        """Return when it has ended."""
        _wait_awake(self.bell, 0)
        self.ended.acquire()

    def _takes_token(self):
        try:
            self.token.pop()
        except IndexError:
            return False
        return True


class _Helper:
    """A thread that has ended a task and is awake, until it is given another or has waited in vain."""

    def __init__(self):
        self.task, self.bell = None, np.zeros(1, np.int64)

    def give(self, task):
        """Give the next task to a helper that was taken out of `_awake`."""
        self.task = task
        self.bell[0] += 1

    def next(self):
        """Return the next task, or None if none has come."""
        self.task, rings = None, int(self.bell[0])
        _awake.append(self)
        if not _wait_awake(self.bell, rings):
            try:
                _awake.remove(self)
                return None
            except ValueError:  # somebody has just taken it out
                pass
        for _ in range(1000):
            if self.task is not None:
                break
            sleep(0)
        return self.task


_awake: deque[_Helper] = deque()


def _help(task):
    helper = _Helper()
    while task is not None:
        task.run()
        task = helper.next()


def _ask_for_help(function, left, n_helpers):
    """Return tasks that threads were given; fewer where no thread begins any more, and the calling one does it all."""
    tasks: list[_Task] = []
    for _ in range(n_helpers):
        task = _Task(function, left)
        try:
            _awake.pop().give(task)
        except IndexError:
            try:
                _workers().submit(_help, task)
            except RuntimeError:  # the main thread has ended, or the system gives no more threads
                break
        tasks.append(task)
    return tasks


def _work(function, left):
    while True:
        try:
            arguments = left.popleft()
        except IndexError:
            return
        function(*arguments)


def _leave(core):
    """Move this thread to another core than the one whose thread has asked for help, if it is there.

    In virtual machines Linux was seen to wake a thread where it slept last, although the core was busy with who woke
    it and another one was idle: two threads took 6.7 ms for what takes 4.5 ms on two cores. Once moved, it wakes there.
    """
    if core is not None and _core() == core:
        allowed = os.sched_getaffinity(0)
        if len(allowed) > 1:
            os.sched_setaffinity(0, allowed - {core})
            os.sched_setaffinity(0, allowed)


def _core():
    """Return the number of the core that runs this, None where it cannot be asked or chosen."""
    ask = _ask_core()
    return None if ask is None else ask()


@cache
def _ask_core():
    if not hasattr(os, "sched_setaffinity"):
        return None
    try:
        return ctypes.CDLL(None).sched_getcpu
    except (AttributeError, OSError):  # of another C library
        return None


@cache
def _workers():
    """Threads of our own, which sleep between calls; started when a call first needs them.

    numba's own are a second OpenMP pool next to torch's. Where other work shares the cores, the two spin against each
    other: a step of 1.4 ms took 8 to 9 ms, with these threads 1.7 to 1.9 ms. Its workqueue layer aborts when two
    Python threads enter it, and OpenMP when a forked child does.
    """
    return ThreadPoolExecutor(thread_name_prefix="skrec")


def _forget():
    _workers.cache_clear()
    _awake.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)  # threads do not survive a fork
