"""Sixteen numbers of float32 in one register, for kernels that treat as many rows of a batch at a time.

A loop over sixteen rows would be compiled into one of these only if no two arrays could overlap, which nobody tells
the compiler. NaN spreads through all of them.
"""

from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic, models, register_model

from skrec.ops._dispatch import LANES
from skrec.ops._kernels._compile import kernel
from skrec.ops._kernels._exp import emit_exp, emit_fma, emit_maximum

__all__ = ["add", "div", "exp", "fma", "load", "maximum", "mul", "scratch", "spread", "store", "sub", "total"]

_FLOAT, _INT = ir.FloatType(), ir.IntType(32)
_FLOATS, _INTS, _SHORTS = (ir.VectorType(kind, LANES) for kind in (_FLOAT, _INT, ir.IntType(16)))


class _Lanes(types.Type):
    def __init__(self):
        super().__init__("Lanes")


@register_model(_Lanes)
class _Model(models.PrimitiveModel):
    def __init__(self, dmm, fe_type):
        super().__init__(dmm, fe_type, _FLOATS)


_lanes = _Lanes()


def _operation(n_arguments, emit) -> Any:
    """Make a function of so many registers, which gives one."""
    signature = _lanes(*[_lanes] * n_arguments)

    def call(context, builder, signature, arguments):
        return emit(builder, *arguments)

    if n_arguments == 1:
        return intrinsic(lambda typingctx, x: (signature, call))
    if n_arguments == 2:
        return intrinsic(lambda typingctx, x, y: (signature, call))
    return intrinsic(lambda typingctx, x, y, z: (signature, call))


def _integers(value):
    return ir.Constant(_INTS, [value] * LANES)


add = _operation(2, lambda builder, x, y: builder.fadd(x, y))
sub = _operation(2, lambda builder, x, y: builder.fsub(x, y))
mul = _operation(2, lambda builder, x, y: builder.fmul(x, y))
div = _operation(2, lambda builder, x, y: builder.fdiv(x, y))
fma = _operation(3, emit_fma)  # x * y + z
maximum = _operation(2, emit_maximum)
exp = _operation(1, emit_exp)  # of what is at most zero


def _pointer(context, builder, kind, array, index):
    struct = context.make_array(kind)(context, builder, array)
    index = [*cgutils.unpack_tuple(builder, index), context.get_constant(types.intp, 0)]
    pointer = cgutils.get_item_pointer(context, builder, kind, struct, index, wraparound=False)
    return builder.bitcast(pointer, (_FLOATS if kind.dtype == types.float32 else _SHORTS).as_pointer())


def _load(typingctx, array, index):
    """Return the last axis, sixteen numbers, of a contiguous array at the index of the others.

    The array is of float32, or of int16 for the bits of bfloat16.
    """

    def emit(context, builder, signature, arguments):
        kind = signature.args[0]
        x = builder.load(_pointer(context, builder, kind, *arguments), align=kind.dtype.bitwidth // 8)
        if kind.dtype == types.float32:
            return x
        return builder.bitcast(builder.shl(builder.zext(x, _INTS), _integers(16)), _FLOATS)

    return _lanes(array, index), emit


def _store(typingctx, array, index, value):
    """Write the last axis, sixteen numbers, of a contiguous array at the index of the others; as in `load`."""

    def emit(context, builder, signature, arguments):
        kind, (array, index, x) = signature.args[0], arguments
        if kind.dtype != types.float32:
            x = _round(builder, x)
        builder.store(x, _pointer(context, builder, kind, array, index), align=kind.dtype.bitwidth // 8)
        return context.get_dummy_value()

    return types.void(array, index, _lanes), emit


def _round(builder, x):
    """The upper half of the bits, rounded to even; of NaN no rounding, which could make it infinite."""
    bits = builder.bitcast(x, _INTS)
    odd = builder.and_(builder.lshr(bits, _integers(16)), _integers(1))
    rounded = builder.lshr(builder.add(builder.add(bits, odd), _integers(2**15 - 1)), _integers(16))
    return builder.trunc(builder.select(builder.fcmp_unordered("uno", x, x), _integers(0x7FC0), rounded), _SHORTS)


def _spread(typingctx, value):
    """Return sixteen times the same number."""

    def emit(context, builder, signature, arguments):
        one = builder.insert_element(ir.Constant(_FLOATS, ir.Undefined), arguments[0], ir.Constant(_INT, 0))
        return builder.shuffle_vector(one, ir.Constant(_FLOATS, ir.Undefined), _integers(0))

    return _lanes(types.float32), emit


def _total(typingctx, value):
    """Return the sum of the sixteen, by halves."""

    def emit(context, builder, signature, arguments):
        (x,) = arguments
        width = LANES // 2
        while width:
            others = ir.Constant(_INTS, [(i + width) % LANES for i in range(LANES)])
            x = builder.fadd(x, builder.shuffle_vector(x, x, others))
            width //= 2
        return builder.extract_element(x, ir.Constant(_INT, 0))

    return types.float32(_lanes), emit


load: Any = intrinsic(_load)
store: Any = intrinsic(_store)
spread: Any = intrinsic(_spread)
total: Any = intrinsic(_total)


@kernel
def scratch(n, m):
    """Return an array of shape (n, m, LANES) whose registers begin where cache lines do: else each load takes two."""
    numbers = np.empty((n * m + 1) * LANES, np.float32)
    first = -(numbers.ctypes.data // 4) % LANES
    return numbers[first : first + n * m * LANES].reshape(n, m, LANES)
