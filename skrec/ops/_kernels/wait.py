"""Waiting for another thread without going to sleep."""

import platform
from time import perf_counter
from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from skrec.ops._kernels._compile import kernel

__all__ = ["wait_awake"]

_SECONDS = 5e-4  # how long: the other work of a step between two that threads share takes less
_X86 = platform.machine().lower() in ("x86_64", "amd64")


def _emit_look(typingctx, bell):
    """Pause, and return what another thread may just have written to ``bell[0]``."""

    def emit(context, builder, signature, arguments):
        if _X86:
            pause = builder.module.declare_intrinsic("llvm.x86.sse2.pause", (), ir.FunctionType(ir.VoidType(), []))
            builder.call(pause, [])
        kind = signature.args[0]
        struct = context.make_array(kind)(context, builder, arguments[0])
        zero = ir.Constant(ir.IntType(64), 0)
        pointer = cgutils.get_item_pointer(context, builder, kind, struct, [zero], wraparound=False)
        return builder.load_atomic(pointer, "acquire", 8)

    return types.int64(bell), emit


_look: Any = intrinsic(_emit_look)


@kernel
def _wait(bell, value, n_looks):
    left = n_looks
    while left and _look(bell) == value:
        left -= 1
    return left > 0


def wait_awake(bell, value):
    """Return whether ``bell[0]`` is another than `value`, as soon as it is; see `skrec._parallel.wait_awake_by`."""
    return _wait(bell, value, _n_looks)


def _looks_within(seconds):
    bell = np.zeros(1, np.int64)
    _wait(bell, 0, 1)
    times = []
    for _ in range(3):
        start = perf_counter()
        _wait(bell, 0, 1000)
        times.append(perf_counter() - start)
    return max(1, int(seconds / max(min(times), 1e-7) * 1000))


_n_looks = _looks_within(_SECONDS)
