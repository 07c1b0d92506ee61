"""Whether the compiled kernels of the engine and the nets may run."""

from contextlib import contextmanager
from contextvars import ContextVar

import torch

LANES = 16  # rows that some kernels treat as one

_wanted = ContextVar("wanted", default=False)
_FLOATS = (torch.float32, torch.float64)


@contextmanager
def compiled(wanted):
    """Let lookups and interactions use kernels within the block; by default they do not.

    Whoever says so has looked at the size of the work, for importing and compiling takes seconds, and at
    `can_compile`.
    """
    token = _wanted.set(wanted)
    try:
        yield
    finally:
        _wanted.reset(token)


def suits_kernel(*tensors, dtypes=_FLOATS):
    """Return whether kernels are wanted, and `tensors` are what they take.

    Kernels write no graph, so none runs in a backward pass that shall be differentiated again.
    """
    return _wanted.get() and not torch.is_grad_enabled() and can_be_arrays(*tensors, dtypes=dtypes)


def can_be_arrays(*tensors, dtypes=_FLOATS):
    """Return whether `tensors` are on the CPU, contiguous, and all of the same one of `dtypes`."""
    dtype = tensors[0].dtype
    return dtype in dtypes and all(t.is_cpu and t.dtype == dtype and t.is_contiguous() for t in tensors)


def as_arrays(*tensors):
    """Return the tensors' memory as arrays."""
    return [tensor.detach().numpy() for tensor in tensors]
