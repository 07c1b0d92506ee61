"""When a compiled kernel runs in place of torch, or the reference in place of both: the one place that decides.

An operation in ``ops/_x.py`` calls functions of tensors, written with torch. Of a function `_forward` that is decorated
by `with_kernel` the kernel is `forward` in ``ops/_kernels/x.py``. It has the same arguments behind the number of
threads, tensors as arrays that share their memory, and the same results.
"""

from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache, wraps
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import torch
from torch import Tensor

from skrec._parallel import wait_awake_by
from skrec._warn import warn

LANES = 16  # rows that some kernels treat as one
FLOATS = (torch.float32, torch.float64)

_wanted = ContextVar("wanted", default=False)


def can_compile() -> bool:
    """Return whether kernels can be had, that is whether numba is installed; imports nothing."""
    return find_spec("numba") is not None


@cache
def kernels_load():
    """Return whether kernels can be imported; where numba is there and broken, say so once and do without."""
    try:
        wait_awake_by(import_module("skrec.ops._kernels.wait").wait_awake)
    except Exception as error:  # a package that does not suit its neighbours may say anything
        if can_compile():
            warn(
                f"numba is installed and cannot be imported ({type(error).__name__}: {error}); large fits go on "
                "without its kernels, slower; install a numba that goes with this numpy"
            )
        return False
    return True


@contextmanager
def compiled(wanted):
    """Let operations run kernels within the block; by default they do not.

    Whoever says so has looked at the size of the work, for importing and compiling takes seconds, and at
    `can_compile`.
    """
    token = _wanted.set(wanted and kernels_load())
    try:
        yield
    finally:
        _wanted.reset(token)


def with_kernel(dtypes=FLOATS, *, bfloat16=False):
    """Decorate a function of an operation that has a kernel.

    Parameters
    ----------
    dtypes : sequence of torch.dtype
        What the kernel takes: its floating tensors are all of the same one of them.
    bfloat16 : bool, default=False
        Whether some of them may be of bfloat16 instead, which the kernel is given as its bits, in int16.
    """

    def decorate(plain):
        module = plain.__module__.rpartition(".")[2].removeprefix("_")
        kernel = cache(lambda: getattr(import_module(f"skrec.ops._kernels.{module}"), plain.__name__.removeprefix("_")))

        @wraps(plain)
        def dispatched(*arguments):
            # a kernel writes no graph, so none runs where torch would write one
            wanted = kernels_are_wanted() and not torch.is_grad_enabled()
            if not (wanted and can_be_arrays(arguments, dtypes, bfloat16=bfloat16)):
                return plain(*arguments)
            results = kernel()(torch.get_num_threads(), *as_arrays(*arguments))
            return results if results is None else tuple(map(torch.from_numpy, results))

        return dispatched

    return decorate


def is_traced() -> Any:
    """Return whether torch writes down what runs, for a graph that other rows will go through.

    Pieces of a batch, sizes that are taken as numbers and memory of numpy's would hold for the traced rows alone, so
    operations that have such run their reference then.
    """
    return torch.compiler.is_compiling()


def kernels_are_wanted():
    """Return whether this runs in a block of `compiled`."""
    return _wanted.get()


def can_be_arrays(arguments: Any, dtypes: Any = FLOATS, *, bfloat16: bool = False) -> bool:
    """Return whether a kernel takes these arguments: all tensors on the CPU, contiguous, and as `with_kernel` says."""
    first = None
    for tensor in arguments:
        if isinstance(tensor, Tensor):
            if not (tensor.is_cpu and tensor.is_contiguous()):
                return False
            dtype = tensor.dtype
            if dtype.is_floating_point and not (bfloat16 and dtype == torch.bfloat16):
                first = first or dtype
                if dtype != first or dtype not in dtypes:
                    return False
    return True


def as_arrays(*arguments: Any) -> Any:
    """Return the arguments, of tensors the memory as arrays."""
    return [_as_array(each) if isinstance(each, Tensor) else each for each in arguments]


def _as_array(tensor):
    if tensor.requires_grad:  # asked, for detaching takes a microsecond
        tensor = tensor.detach()
    return (tensor.view(torch.int16) if tensor.dtype == torch.bfloat16 else tensor).numpy()
