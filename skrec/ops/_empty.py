"""Memory for what a batch writes and then drops."""

from math import prod
from typing import Any

import numpy as np
import torch
from torch import Tensor

from skrec.ops._dispatch import is_traced

__all__ = ["empty"]

LARGE = 2**22  # bytes from which numpy asks for huge pages
_SAME_SIZE = {1: np.int8, 2: np.int16, 4: np.int32, 8: np.int64}


def empty(shape: Any, like: Tensor) -> Tensor:
    """Return a contiguous, uninitialised tensor of `shape`, its dtype and device those of `like`.

    Large ones lie in huge pages where the system has them: numpy asks for them, torch does not. Memory of this size
    goes back to the system as soon as it is dropped, and the first touch of its pages is most of what it costs:
    67 ms to fill 66 MB of torch's on one thread, 29 ms of numpy's, 10 ms of what was touched before.
    """
    if is_traced():
        return like.new_empty(shape)
    n_bytes = prod(shape) * like.element_size()
    if not like.is_cpu or n_bytes < LARGE:
        return like.new_empty(shape)
    return torch.from_numpy(np.empty(shape, _SAME_SIZE[like.element_size()])).view(like.dtype)
