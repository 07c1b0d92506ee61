"""Vectors of length one."""

from torch import Tensor

SMALLEST = 1e-6  # under the root of a norm: a vector of zeros stays one, and its gradient finite


def unit_length(vectors: Tensor) -> Tensor:
    """Return the vectors (..., D) at length one."""
    return vectors * (vectors.square().sum(-1, keepdim=True) + SMALLEST).rsqrt()
