"""Whether the compiled kernels of the engine and the nets may run."""

from contextlib import contextmanager
from contextvars import ContextVar

import torch

_wanted = ContextVar("wanted", default=False)


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


def suits_kernel(*tensors):
    """Return whether kernels are wanted, and `tensors` are what they take: on the CPU, of one dtype, contiguous.

    Kernels write no graph, so none runs in a backward pass that shall be differentiated again.
    """
    dtype = tensors[0].dtype
    return (
        _wanted.get()
        and dtype in (torch.float32, torch.float64)
        and all(t.is_cpu and t.dtype == dtype and t.is_contiguous() for t in tensors)
        and not torch.is_grad_enabled()
    )


def arrays(*tensors):
    """Return the tensors' memory as arrays."""
    return [tensor.detach().numpy() for tensor in tensors]
