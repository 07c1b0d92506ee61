"""The dtype of a mixed precision."""

import torch
from torch import Tensor


def mixed_dtype(x: Tensor) -> torch.dtype:
    """Return the dtype in which a product with `x` is computed: that of autocast, or its own."""
    device = x.device.type
    if not torch.is_autocast_enabled(device) or x.dtype == torch.float64:
        return x.dtype
    return torch.get_autocast_dtype(device)


def full_precision(x: Tensor) -> torch.autocast:
    """Return a context in which what is computed on the device of `x` keeps its dtype, whatever autocast is around."""
    return torch.autocast(x.device.type, enabled=False)
