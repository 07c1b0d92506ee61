"""An optimizer that is two parts: one moves rows of tables, the other dense parameters."""

from typing import Any

import torch
from torch.optim import Optimizer

from skrec.engine._optimizers._dense import DenseUpdates, decay_matrices
from skrec.engine._optimizers._gradients import is_table, set_touched_rows, touched_rows
from skrec.engine._optimizers._tables import Rule, TableUpdates

__all__ = ["RowOptimizer"]


class RowOptimizer(Optimizer):
    """Groups and state as an optimizer of torch has them, and a step that its parts take.

    A parameter is a table in every step in which its gradient is sparse. Options and state are torch's own, of all
    parameters alike, so that schedulers, callbacks and checkpoints need not know of the parts.

    Parameters
    ----------
    params : iterable of Parameter, or of dicts as in torch
        Tables and dense parameters together.
    options : dict
        Of the part for dense parameters, and of the rule for tables.
    compiled : bool
        Whether tables move by a kernel, where one can be had.

    Attributes
    ----------
    n_threads : int or None
        How many move tables by the kernel; None for torch's number.

    Notes
    -----
    A subclass gives its parts by `_parts`, made of options; a pickle has none of them.
    """

    n_threads: int | None = None
    _tables: TableUpdates
    _dense: DenseUpdates

    def __init__(self, params: Any, options: Any, *, compiled: bool) -> None:
        self._tables, self._dense = self._parts(options)
        super().__init__(params, self._dense.defaults)
        self.compiled = compiled

    @staticmethod
    def _parts(options) -> tuple[TableUpdates, DenseUpdates]:
        raise NotImplementedError

    def __getstate__(self) -> Any:
        return {**super().__getstate__(), "compiled": self.compiled}

    def __setstate__(self, state: Any) -> None:
        super().__setstate__(state)
        self._tables, self._dense = self._parts({})  # options are those of the groups

    def add_param_group(self, param_group: Any) -> None:
        """Add a group, as torch does; on a CPU its dense parameters move by torch's fused kernel."""
        super().add_param_group(param_group)
        group = self.param_groups[-1]
        # elsewhere torch picks; not an option of the part, which would claim to rescale gradients for a GradScaler
        group["fused"] = all(p.device.type == "cpu" and p.is_floating_point() for p in group["params"]) or None

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Drop the gradients, as torch does, without its trace of the call, or make them zero."""
        if not set_to_none:
            super().zero_grad(set_to_none)
            return
        for group in self.param_groups:
            for p in group["params"]:
                p.grad = None

    def step(self, closure: Any = None) -> Any:
        """Move every parameter that has a gradient.

        Parameters
        ----------
        closure : callable, default=None
            Clears the gradients, computes the loss, calls ``backward`` and returns the loss. Runs once.

        Returns
        -------
        The loss, or None without a closure.
        """
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        with torch.no_grad():
            dense = []
            for group in self.param_groups:
                trained = [p for p in group["params"] if p.grad is not None]
                for p in filter(is_table, trained):
                    self._tables.step(p, self.state[p], group, compiled=self.compiled, n_threads=self.n_threads)
                rest = [p for p in trained if not p.grad.is_sparse]
                decay_matrices(rest, group)
                if rest:
                    dense.append((group, rest))
            if dense:
                self._dense.step(dense, self.state)
        return loss

    @property
    def table_rule(self) -> Rule:
        """The Rule by which rows of tables move, and single numbers as well."""
        return self._tables.rule

    def dense_moments(self, parameters: Any) -> list[list[torch.Tensor]]:
        """Return what is kept of each of some dense parameters, beside the count of steps: a list of tensors each."""
        return self._dense.moments(parameters, self.param_groups[0], self.state)

    def merge_gradient(self, p: Any) -> Any:
        """Give a table a gradient that has each row once; a step moves the table as without it.

        Returns
        -------
        rows : Tensor of shape (U,), int64
            The distinct rows among those that the batch looked up.
        total : Tensor of shape (U, ...)
            Their gradients, the memory of the table's.
        """
        set_touched_rows(p, *touched_rows(p, self._tables.slots))
        return p.grad._indices()[0], p.grad._values()
