"""The part of an optimizer that moves the touched rows of tables.

Shape letters: n lookups of a batch, U distinct rows among them, N table rows, W width.
"""

from math import prod
from typing import Any, Protocol

import torch
from torch.autograd.graph import increment_version

from skrec.engine._optimizers._gradients import Slots, sum_duplicates
from skrec.ops import as_arrays, can_be_arrays, can_compile, kernels_load

__all__ = ["Rule", "TableUpdates"]

_CHUNK = 2**16  # numbers moved at once on a CPU: what was gathered is still in its cache when it is written back


class Rule(Protocol):
    """How rows move: by their gradient, their moments and the constants of the step."""

    kernel: str  # the name of the same update in `_kernels.rows`

    def moments(self, p: Any, state: dict[str, Any], group: dict[str, Any]) -> list[torch.Tensor]:
        """Return a table's moments, each of the table's shape, out of its `state`, where they are made if missing."""

    def constants(self, state: dict[str, Any], group: dict[str, Any]) -> tuple[float, ...]:
        """Count the step, and return its numbers, in the order of the kernel."""

    def move(self, table, rows, gradient, moments, constants) -> None:
        """Move distinct `rows`, (U,), of `table` and `moments`, (N, W) each, by `gradient`, (U, W)."""


class TableUpdates:
    """Moves the rows that a batch looked up, and their moments, by a rule; all other rows stay.

    Parameters
    ----------
    rule : Rule
    """

    def __init__(self, rule):
        self.rule, self.slots = rule, Slots()

    def step(self, p, state, group, *, compiled, n_threads=None):
        """Move a table by its gradient.

        Parameters
        ----------
        p : Parameter of shape (N, ...)
            Its gradient is sparse. Without rows it is no step, unless `p.in_parts`: then it is one in all processes.
        state, group : dict
            Its moments, and the optimizer's options for it.
        compiled : bool
            Use the kernel, where it can be.
        n_threads : int, optional
            How many the kernel uses; torch's number if not given.
        """
        ids, values = p.grad._indices()[0], p.grad._values()  # (n,), (n, ...)
        if len(ids) == 0 and not getattr(p, "in_parts", False):
            return
        width = prod(p.shape[1:])
        table, values = p.detach().view(-1, width), values.reshape(-1, width)
        moments = [moment.view(-1, width) for moment in self.rule.moments(p, state, group)]  # (N, W) each
        constants = self.rule.constants(state, group)
        if len(ids) == 0:  # a step all the same: rows have moved of which another process has the part
            return
        if compiled and can_be_arrays([table]) and kernels_load() and can_compile():
            self._step_compiled(ids, values, table, moments, constants, n_threads)
            increment_version(p)
        else:
            rows, gradient = sum_duplicates(ids, values, self.slots.of(table))
            size = max(1, _CHUNK // width) if p.is_cpu else len(rows)
            for some, theirs in zip(rows.split(size), gradient.split(size), strict=True):
                self.rule.move(table, some, theirs, moments, constants)

    def _step_compiled(self, ids, values, table, moments, constants, n_threads):
        from skrec.engine._kernels import rows as kernels

        rule, slots = getattr(kernels, self.rule.kernel), self.slots.of(table, zeros=True)
        ids, values, table, slots, *moments = as_arrays(ids.contiguous(), values.contiguous(), table, slots, *moments)
        n_threads = n_threads or torch.get_num_threads()
        kernels.update_rows(n_threads, rule, ids, values, table, moments, constants, slots)
