"""Tasks in phases, which threads take one after the other: within a phase in any order, a phase after the last.

Whoever comes takes the next task. So a thread that never begins, or sleeps between two tasks, is not waited for, and
what a task does depends on its number alone.
"""

import os
from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from skrec.ops._kernels._compile import uncounted

__all__ = ["end_task", "new_tasks", "next_task"]

_TAKEN, _ENDED = 0, 16  # places of the two counters, in cache lines of their own
_SPINS = 2000  # looks at a counter, some microseconds, before the processor is offered to others
_YIELD = "sched_yield" if os.name == "posix" else "SwitchToThread"


def new_tasks():
    """Return the counters of tasks of which none is taken, int64."""
    return np.zeros(32, np.int64)


def _place(context, builder, kind, array, index):
    struct = context.make_array(kind)(context, builder, array)
    return cgutils.get_item_pointer(context, builder, kind, struct, [index], wraparound=False)


def _increase(typingctx, counters, place):
    """Add one to a counter that other threads see, and return what it was."""

    def emit(context, builder, signature, arguments):
        pointer = _place(context, builder, signature.args[0], *arguments)
        return builder.atomic_rmw("add", pointer, ir.Constant(ir.IntType(64), 1), "seq_cst")

    return types.int64(counters, place), emit


def _look(typingctx, counters, place):
    """Return a counter as it is now."""

    def emit(context, builder, signature, arguments):
        pointer = _place(context, builder, signature.args[0], *arguments)
        return builder.load_atomic(pointer, "seq_cst", 8)

    return types.int64(counters, place), emit


def _give_way(typingctx):
    """Let another thread have the processor, if one waits for it."""

    def emit(context, builder, signature, arguments):
        shape = ir.FunctionType(ir.IntType(32), [])
        builder.call(cgutils.get_or_insert_function(builder.module, shape, _YIELD), [])
        return context.get_dummy_value()

    return types.void(), emit


increase: Any = intrinsic(_increase)
look: Any = intrinsic(_look)
give_way: Any = intrinsic(_give_way)


@uncounted
def next_task(tasks, n_parts, n_phases):
    """Take the next task, when the phases before its own have ended.

    Parameters
    ----------
    tasks : ndarray
        As `new_tasks` made it, the same for all threads.
    n_parts, n_phases : int
        Tasks of a phase, and phases.

    Returns
    -------
    phase, part : int
        The phase is `n_phases` where none is left.
    """
    task = increase(tasks, _TAKEN)
    phase = min(task // n_parts, n_phases)
    if phase < n_phases:
        spins = 0
        while look(tasks, _ENDED) < phase * n_parts:
            spins += 1
            if spins >= _SPINS:
                give_way()
    return phase, task % n_parts


@uncounted
def end_task(tasks):
    """Say that a task has ended; what it wrote can be read by those of later phases."""
    increase(tasks, _ENDED)
