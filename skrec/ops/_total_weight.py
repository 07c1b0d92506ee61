"""The weight of a batch."""

from torch import Tensor

LEAST_WEIGHT = 1e-30  # of a batch; of what is divided by it, nothing overflows float32


def total_weight(weight: Tensor) -> Tensor:
    """Return the sum of a batch's weights, above zero: of a batch without weight, whatever is divided by it is zero."""
    return weight.sum().clamp(min=LEAST_WEIGHT)
