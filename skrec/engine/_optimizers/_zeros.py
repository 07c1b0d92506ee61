"""Zeros that take memory only where they are touched."""

import numpy as np
import torch

__all__ = ["lazy_zeros", "moment"]

_NUMPY = {torch.float32: np.float32, torch.float64: np.float64, torch.int32: np.int32}


def lazy_zeros(shape, dtype, device):
    """Return a tensor of zeros, on a CPU by numpy's calloc, where torch would fill."""
    if device.type != "cpu" or dtype not in _NUMPY:
        return torch.zeros(shape, dtype=dtype, device=device)
    return torch.from_numpy(np.zeros(shape, _NUMPY[dtype]))


def moment(state, name, p):
    """Return a parameter's moment of that name, of its shape; zeros are put into `state` where it is missing."""
    if name not in state:
        state[name] = lazy_zeros(p.shape, dtype=p.dtype, device=p.device)
    return state[name]
