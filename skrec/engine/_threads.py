"""How many threads a call may use."""

from contextlib import contextmanager

import torch


@contextmanager
def limit_threads(n_threads):
    """Let torch, and with it the row kernel, use `n_threads`; None leaves the setting alone."""
    before = torch.get_num_threads()
    try:
        if n_threads is not None:
            torch.set_num_threads(n_threads)
        yield
    finally:
        if n_threads is not None:
            torch.set_num_threads(before)
