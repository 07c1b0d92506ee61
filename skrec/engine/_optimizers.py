"""Optimizers that move only the touched rows of a table, and hand every dense parameter to torch.

Shape letters: n ids of a batch, U distinct rows among them, N table rows, W width.
"""

from collections.abc import Callable
from contextlib import contextmanager
from math import prod, sqrt

import numpy as np
import torch
from torch.autograd.graph import increment_version
from torch.optim import SGD, Adagrad, Adam, Optimizer

from skrec.ops import as_arrays, can_be_arrays, can_compile, kernels_load

__all__ = ["RowAdagrad", "RowAdam", "RowSGD"]

_CHUNK = 2**16  # numbers moved at once on a CPU: what was gathered is still in its cache when it is written back


class _RowUpdates(Optimizer):
    """Mixin over a torch optimizer: sparse gradients move rows, dense ones are torch's.

    A subclass names its kernel (`_rule`), and answers for one table with its moments (`_moments`), the
    numbers of this step (`_constants`) and the step itself on a few rows (`_move`).
    """

    _rule: str
    _moments: Callable
    _constants: Callable
    _move: Callable

    def __init__(self, params, *, compiled, **options):
        super().__init__(params, **options)
        self.compiled = compiled
        self._scratch = {}
        for group in self.param_groups:
            # elsewhere torch picks; set here, as its constructor would claim to rescale gradients for a GradScaler
            group["fused"] = all(p.device.type == "cpu" and p.is_floating_point() for p in group["params"]) or None

    def __getstate__(self):
        return {**super().__getstate__(), "compiled": self.compiled}

    def __setstate__(self, state):
        super().__setstate__(state)
        self._scratch = {}

    def step(self, closure=None):
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
            for group in self.param_groups:
                for p in group["params"]:
                    if p.grad is not None and p.grad.is_sparse:
                        self._step_table(p, group)
            with self._dense_only() as any_left:
                if any_left:
                    _unhooked(super().step)(self)
        return loss

    def merge_gradient(self, p):
        """Give a table a sparse gradient that has each row once; a step moves the table as without it."""
        values = p.grad._values()  # (n, ...)
        slots = self._slots(p.detach())
        rows, total = sum_duplicates(p.grad._indices()[0], values.reshape(len(values), -1), slots)
        total = total.view(-1, *values.shape[1:])
        p.grad = torch.sparse_coo_tensor(rows[None], total, p.shape, is_coalesced=True, check_invariants=False)

    def _step_table(self, p, group):
        ids, values = p.grad._indices()[0], p.grad._values()  # (n,), (n, W)
        if len(ids) == 0:
            return
        width = prod(p.shape[1:])
        table, values = p.detach().view(-1, width), values.reshape(-1, width)
        moments = [moment.view(-1, width) for moment in self._moments(p, group)]  # (N, W) each
        constants = self._constants(self.state[p], group)
        if self.compiled and can_be_arrays([table]) and can_compile() and kernels_load():
            self._step_compiled(ids, values, table, moments, constants)
            increment_version(p)
        else:
            rows, gradient = sum_duplicates(ids, values, self._slots(table))
            size = max(1, _CHUNK // width) if p.is_cpu else len(rows)
            for some, theirs in zip(rows.split(size), gradient.split(size), strict=True):
                self._move(table, some, theirs, moments, constants)

    def _step_compiled(self, ids, values, table, moments, constants):
        from skrec.engine._kernels import rows as kernels

        rule, slots = getattr(kernels, self._rule), self._slots(table, zeros=True)
        ids, values, table, slots, *moments = as_arrays(ids.contiguous(), values.contiguous(), table, slots, *moments)
        kernels.update_rows(torch.get_num_threads(), rule, ids, values, table, moments, constants, slots)

    def _slots(self, table, zeros=False):
        """An int32 a table row, shared by all tables of a device; what it holds outlives no step."""
        slots = self._scratch.get((table.device, zeros))
        if slots is None or len(slots) < len(table):
            new = _lazy_zeros if zeros else torch.empty
            slots = self._scratch[table.device, zeros] = new(len(table), dtype=torch.int32, device=table.device)
        return slots

    @contextmanager
    def _dense_only(self):
        """Decay the dense matrices, and keep from torch's step the tables and the decay; give whether any is left."""
        taken, decays = [], [group["weight_decay"] for group in self.param_groups]
        any_left = False
        try:
            for group, decay in zip(self.param_groups, decays, strict=True):
                group["weight_decay"] = 0.0
                trained = [p for p in group["params"] if p.grad is not None]
                tables = [p for p in trained if p.grad.is_sparse]
                taken += [(p, p.grad) for p in tables]
                for p in tables:
                    p.grad = None
                dense = [p for p in trained if p.grad is not None]
                any_left = any_left or bool(dense)
                matrices = [p for p in dense if p.ndim >= 2]
                if decay and matrices:
                    torch._foreach_mul_(matrices, 1 - float(group["lr"]) * decay)
            yield any_left
        finally:
            for p, gradient in taken:
                p.grad = gradient
            for group, decay in zip(self.param_groups, decays, strict=True):
                group["weight_decay"] = decay

    def _state(self, p, *names):
        """The named moments of a table, zeros until a row is touched."""
        state = self.state[p]
        for name in names:
            if name not in state:
                state[name] = _lazy_zeros(p.shape, dtype=p.dtype, device=p.device)
        return [state[name] for name in names]


class RowAdam(_RowUpdates, Adam):
    """Adam whose table moments and weights move only where the batch touched them.

    Parameters
    ----------
    params : iterable of Parameter, or of dicts as in torch
        Tables (with sparse gradients, see :func:`lookup`) and dense parameters together.
    lr : float, default=1e-3
        Learning rate.
    betas : pair of float in [0, 1), default=(0.9, 0.999)
        Decay of the mean and of the mean square; a step is one call, whether or not a row was touched.
    eps : float, default=1e-8
        Added to the root of the mean square.
    weight_decay : float, default=0.0
        Decoupled decay, ``p -= lr * weight_decay * p``, of dense parameters of two or more axes.
    compiled : bool, default=False
        Use the compiled update for contiguous CPU tables in float32 or float64, where numba is installed.
        Both ways give the same numbers up to rounding.
    """

    _rule = "ADAM"

    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, *, weight_decay=0.0, compiled=False):
        super().__init__(params, lr=lr, betas=betas, eps=eps, weight_decay=weight_decay, compiled=compiled)

    def _moments(self, p, group):
        return self._state(p, "exp_avg", "exp_avg_sq")

    def _constants(self, state, group):
        state["step"] = step = int(state.get("step", 0)) + 1
        (beta1, beta2), lr, eps = group["betas"], float(group["lr"]), group["eps"]
        return 1 - beta1, beta2, 1 - beta2, lr / (1 - beta1**step), 1 / sqrt(1 - beta2**step), eps

    @staticmethod
    def _move(table, rows, gradient, moments, constants):
        a1, b2, a2, size, correction, eps = constants
        mean = moments[0].index_select(0, rows).lerp_(gradient, a1)  # (U, W)
        square = moments[1].index_select(0, rows).mul_(b2).addcmul_(gradient, gradient, value=a2)
        moments[0].index_copy_(0, rows, mean)
        moments[1].index_copy_(0, rows, square)
        scale = square.sqrt_().mul_(correction).add_(eps)
        table.index_copy_(0, rows, table.index_select(0, rows).addcdiv_(mean, scale, value=-size))


class RowAdagrad(_RowUpdates, Adagrad):
    """Adagrad, which moves only the touched rows by its nature, without a pass over the tables.

    Parameters
    ----------
    params, weight_decay, compiled
        As in :class:`RowAdam`.
    lr : float, default=1e-2
        Learning rate.
    initial_accumulator_value : float, default=0.0
        What the sums of squares start from.
    eps : float, default=1e-10
        Added to the root of the sum of squares.
    """

    _rule = "ADAGRAD"

    def __init__(self, params, lr=1e-2, *, initial_accumulator_value=0.0, eps=1e-10, weight_decay=0.0, compiled=False):
        start = initial_accumulator_value
        super().__init__(
            params, lr=lr, initial_accumulator_value=start, eps=eps, weight_decay=weight_decay, compiled=compiled
        )

    def step(self, closure=None):
        """Move every parameter that has a gradient, as `RowAdam` does."""
        for group in self.param_groups:
            for p in group["params"]:
                if not self.state[p]:  # torch makes the sums in its constructor, and only there
                    total = torch.full_like(p, group["initial_accumulator_value"], memory_format=torch.preserve_format)
                    self.state[p].update(step=torch.tensor(0.0, dtype=torch.float32), sum=total)
        return super().step(closure)

    def _moments(self, p, group):
        return [self.state[p]["sum"]]

    def _constants(self, state, group):
        state["step"] += 1
        return float(group["lr"]), group["eps"]

    @staticmethod
    def _move(table, rows, gradient, moments, constants):
        size, eps = constants
        square = moments[0].index_select(0, rows).addcmul_(gradient, gradient)  # (U, W)
        moments[0].index_copy_(0, rows, square)
        scale = square.sqrt_().add_(eps)
        table.index_copy_(0, rows, table.index_select(0, rows).addcdiv_(gradient, scale, value=-size))


class RowSGD(_RowUpdates, SGD):
    """Stochastic gradient descent; with momentum, a row's velocity fades only when the row is touched.

    Parameters
    ----------
    params, weight_decay, compiled
        As in :class:`RowAdam`.
    lr : float, default=1e-3
        Learning rate.
    momentum : float, default=0.0
        Share of the last velocity that stays.
    """

    _rule = "SGD"

    def __init__(self, params, lr=1e-3, momentum=0.0, *, weight_decay=0.0, compiled=False):
        super().__init__(params, lr=lr, momentum=momentum, weight_decay=weight_decay, compiled=compiled)

    def _moments(self, p, group):
        return self._state(p, "momentum_buffer") if group["momentum"] else []

    def _constants(self, state, group):
        return float(group["lr"]), group["momentum"]

    @staticmethod
    def _move(table, rows, gradient, moments, constants):
        size, momentum = constants
        for velocity in moments:
            gradient = velocity.index_select(0, rows).mul_(momentum).add_(gradient)  # (U, W)
            velocity.index_copy_(0, rows, gradient)
        table.index_copy_(0, rows, table.index_select(0, rows).sub_(gradient, alpha=size))


def sum_duplicates(ids, values, slots):
    """Add up the gradients of the same row, without sorting.

    Parameters
    ----------
    ids : Tensor of shape (n,), int64, values in [0, N)
    values : Tensor of shape (n, W), floating
    slots : Tensor of shape (at least N,), int32
        Scratch with any content.

    Returns
    -------
    rows : Tensor of shape (U,), int64
        The distinct ids.
    total : Tensor of shape (U, W)
        The sum of each one's values.
    """
    place = torch.arange(len(ids), dtype=torch.int32, device=ids.device)
    slots.scatter_(0, ids, place)
    winner = slots.gather(0, ids)  # (n,), for all duplicates of a row the place of the same one
    rank = (winner == place).cumsum(0)
    target = rank.index_select(0, winner) - 1  # (n,), values in [0, U)
    rows = ids.new_empty(int(rank[-1])).scatter_(0, target, ids)  # ten times as fast as a mask
    return rows, values.new_zeros(len(rows), values.shape[1]).index_add_(0, target, values)


def _lazy_zeros(shape, dtype, device):
    """Zeros that take memory only where they are touched: numpy's calloc, where torch would fill."""
    if device.type != "cpu" or dtype not in _NUMPY:
        return torch.zeros(shape, dtype=dtype, device=device)
    return torch.from_numpy(np.zeros(shape, _NUMPY[dtype]))


_NUMPY = {torch.float32: np.float32, torch.float64: np.float64, torch.int32: np.int32}


def _unhooked(step):
    """The function under a bound `step` of torch: it wraps that of every class it has made, and hooks must run once."""
    function = step.__func__
    return function.__wrapped__ if getattr(function, "hooked", False) else function
