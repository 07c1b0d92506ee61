"""How many threads a call may use."""

import os
from contextlib import contextmanager

import torch

_most = None  # threads of torch, where there is a limit


@contextmanager
def limit_threads(n_threads):
    """Let torch, and with it the row kernel, use `n_threads`; None leaves the setting alone."""
    before = torch.get_num_threads()
    try:
        if n_threads is not None:
            torch.set_num_threads(n_threads if _most is None else min(n_threads, _most))
        yield
    finally:
        if n_threads is not None:
            torch.set_num_threads(before)


def _after_fork():
    """Let torch use one thread, for good: the team of its parent's OpenMP is not there, and would be waited for."""
    global _most
    _most = 1
    torch.set_num_threads(1)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
