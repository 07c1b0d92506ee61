"""A kernel over some rows at a time, a thread each."""

from skrec.engine._kernels import _workers

__all__ = ["in_parts"]

_NUMBERS_A_THREAD = 2**16  # below it, waking another costs more than it does


def in_parts(kernel, n_rows, n_numbers, n_threads, *arguments):
    """Call ``kernel(first, last, *arguments)`` for parts that make up the rows, each in a thread of its own.

    Parameters
    ----------
    kernel : callable
        Compiled without the interpreter's lock; what it does to a row must not depend on the others of the part.
    n_rows, n_numbers : int
        What is parted, and how much it all is.
    n_threads : int, at least 1
        Upper bound on the threads of this call.
    """
    n_parts = max(1, min(n_threads, n_rows, n_numbers // _NUMBERS_A_THREAD))
    ends = [n_rows * part // n_parts for part in range(n_parts + 1)]
    others = [_workers().submit(kernel, *ends[part : part + 2], *arguments) for part in range(1, n_parts)]
    kernel(*ends[:2], *arguments)
    for other in others:
        other.result()
