"""What a tensor is where nothing says so: on the CPU, and of float32, whatever the user's defaults in torch are."""

from contextlib import contextmanager
from math import prod
from typing import Any

import torch
from torch.overrides import TorchFunctionMode

_FLOATING = {torch.empty, torch.zeros, torch.ones, torch.eye, torch.full, torch.rand, torch.randn}

_SIZED = _FLOATING - {torch.eye}  # which is as large as what it is added to

_DRAWING = {torch.Tensor.normal_, torch.Tensor.uniform_, torch.Tensor.erfinv_}


@contextmanager
def on_cpu():
    """Make tensors and generators on the CPU within the block, where no device is named; in this thread alone."""
    if torch.empty(0).is_cpu:  # the usual case: a mode would make every call of torch a Python one
        yield
    else:
        with torch.device("cpu"):
            yield


class NewFloats(TorchFunctionMode):
    """Within it, new tensors of floats are float32 where no dtype is named; in this thread alone."""

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Call `func`, which torch hands over."""
        options: dict[str, Any] = kwargs or {}
        if options.get("dtype") is None and (func in _FLOATING or (func is torch.tensor and _has_floats(args[0]))):
            options = {**options, "dtype": torch.float32}
        return func(*args, **options)


class NotDrawn(NewFloats):
    """The same, and initial values are not drawn: those of a module that takes its own from elsewhere.

    Parameters
    ----------
    at_most : int
        So many numbers may new tensors have together. Asked before there is memory for them: what a file says of sizes
        is not believed.
    """

    def __init__(self, at_most):
        super().__init__()
        self.left = at_most

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Call `func`, which torch hands over, unless it draws."""
        if func in _DRAWING or getattr(func, "__module__", None) == "torch.nn.init":
            return args[0] if args else (kwargs or {})["tensor"]
        if func in _SIZED:
            self.left -= _n_numbers(args, kwargs or {})
            if self.left < 0:
                raise TooLarge
        return super().__torch_function__(func, types, args, kwargs)


class TooLarge(ValueError):
    """More numbers were asked for than there may be."""


def _n_numbers(args, options):
    """Return how many numbers a tensor will have that is made of its sizes."""
    sizes = args or (options["size"],)
    sizes = sizes[0] if isinstance(sizes[0], (tuple, list)) else sizes
    return prod(size for size in sizes if isinstance(size, int))


def _has_floats(data):
    while isinstance(data, (list, tuple)) and data:
        data = data[0]
    return isinstance(data, float)
