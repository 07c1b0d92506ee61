"""Jagged arrays: rows of different lengths, the steps of one behind those of the other, without padding.

Shape letters, here and in the operations on them: B rows, T steps of all rows together, W width. Row b has the steps
from ``offsets[b]`` to ``offsets[b + 1]``; it may have none.
"""

from typing import Any, NamedTuple

import torch
from torch import Tensor

from skrec.ops._dispatch import is_traced


class JaggedLayout(NamedTuple):
    """Where each row's steps are, and whose each step is."""

    offsets: Tensor  # (B + 1,) int64
    rows: Tensor  # (T,) int64

    @classmethod
    def of(cls, offsets: Any, n_steps: int) -> Any:
        """Return the layout in which `offsets` (B + 1,) cut `n_steps` steps into rows."""
        if is_traced():  # a formula that ONNX has too: before step t end as many rows as its own has before it
            ends = offsets.new_zeros(n_steps + 1).index_add(0, offsets[1:], torch.ones_like(offsets[1:]))
            return cls(offsets, ends.cumsum(0)[:-1])
        return cls(offsets, torch.repeat_interleave(offsets.diff(), output_size=n_steps))

    @property
    def lengths(self) -> Any:
        """Steps of each row, (B,)."""
        return self.offsets.diff()


def sum_rows(steps, offsets, rows, weight=None):
    """Return the sums (B, W) of `steps` (T, W), or (B,) of (T,).

    torch's own reductions add step by step; a row's steps lie side by side, and summing them is an embedding bag.
    """
    n_rows = offsets.shape[0] - 1
    if steps.ndim == 1:
        return steps.new_zeros(n_rows).index_add_(0, rows, steps)
    if not len(steps):
        return steps.new_zeros(n_rows, steps.shape[1])
    order = torch.arange(len(steps), device=steps.device)
    return torch.embedding_bag(steps, order, offsets, mode=0, include_last_offset=True, per_sample_weights=weight)[0]
