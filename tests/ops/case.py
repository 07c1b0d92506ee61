"""What a case of an operation is, and the operands that it draws."""

from collections.abc import Callable
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

import torch
from hypothesis import strategies as st

from skrec.ops import _pieces

FLOATS = (torch.float32, torch.float64)


class Draw:
    """Random operands, in float64."""

    def __init__(self, seed):
        self.generator = torch.Generator().manual_seed(seed)

    def normal(self, *shape):
        return torch.randn(shape, dtype=torch.float64, generator=self.generator)

    def uniform(self, *shape):
        return torch.rand(shape, dtype=torch.float64, generator=self.generator)

    def integers(self, high, *shape):
        return torch.randint(high, shape, generator=self.generator)


@dataclass(frozen=True, repr=False)
class Case:
    """An operation on some kind of operands."""

    name: str
    module: ModuleType
    run: Callable[..., Any]  # of the operands, by name, to a tensor or a tuple of tensors
    reference: Callable[..., Any]
    make: Callable[..., dict]  # of a Draw and sizes to operands
    sizes: dict[str, st.SearchStrategy]
    small: dict[str, Any]  # sizes that gradcheck can go through
    none: dict[str, Any]  # sizes without a row, to replace some of the small ones
    large: dict[str, Any]  # sizes at which several threads share the work
    trained: tuple[str, ...]  # operands with a gradient
    kernel: tuple[torch.dtype, ...] = ()  # where one runs
    kernel_has_torch_s_bits: bool = False
    by_torch: tuple[
        str, ...
    ] = ()  # results whose bits torch answers for; others are the same for any number of threads
    penalised: bool = False  # the reference gives a penalty last, whose gradient the operation adds by itself
    autocast: torch.dtype | None = torch.float32  # what it computes in under bfloat16; None if it says nothing of that
    tolerance: dict[torch.dtype, float] = field(default_factory=lambda: {torch.float32: 1e-4, torch.float64: 1e-9})
    pieces: tuple[ModuleType, str] = (_pieces, "PIECE")  # what holds the size of a piece

    def __repr__(self):
        return self.name


def rows(low=0, high=6):
    return st.integers(low, high)
