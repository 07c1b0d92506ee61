"""How a kernel is compiled, and the instruction that it has to ask for."""

from typing import Any

from llvmlite import ir
from numba import njit, types
from numba.core import cgutils
from numba.extending import intrinsic

from skrec.ops._kernels._cache import keep

__all__ = ["kernel", "prefetch", "prefetch_to_read", "uncounted"]


def kernel(function):
    """Compile without the interpreter's lock, once a machine where numba finds a folder to keep it in."""
    # numpy's error model: with Python's every division checks for zero and nothing vectorises;
    # no fastmath: NaN must spread
    compiled: Any = njit(nogil=True, error_model="numpy")(function)
    keep(compiled)
    return compiled


def uncounted(function):
    """Compile a part of kernels that makes no array and is called by kernels alone, without counting references.

    numba counts those of each array that a function is given, atomically: called once a row, that took 2.5 times as
    long as the work itself.
    """
    options: Any = {"nogil": True, "error_model": "numpy", "_nrt": False}
    compiled: Any = njit(**options)(function)
    return compiled


def _make_prefetch(to_write):
    def emit_prefetch(typingctx, array, index):
        """Ask for the cache line of ``array[row, column]``."""

        def emit(context, builder, signature, arguments):
            kind = signature.args[0]
            struct = context.make_array(kind)(context, builder, arguments[0])
            pointer = cgutils.get_item_pointer(
                context, builder, kind, struct, cgutils.unpack_tuple(builder, arguments[1]), wraparound=False
            )
            byte, flag = ir.IntType(8).as_pointer(), ir.IntType(32)
            shape = ir.FunctionType(ir.VoidType(), [byte, flag, flag, flag])
            instruction = builder.module.declare_intrinsic("llvm.prefetch", [byte], shape)
            builder.call(instruction, [builder.bitcast(pointer, byte), flag(to_write), flag(3), flag(1)])
            return context.get_dummy_value()

        return types.void(array, index), emit

    return intrinsic(emit_prefetch)


prefetch: Any = _make_prefetch(1)
prefetch_to_read: Any = _make_prefetch(0)  # other threads may go on reading the line
