"""The exponential of what is at most zero, of one float32 or of a register of them."""

from math import factorial, log
from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

__all__ = ["emit_exp", "emit_fma", "emit_maximum", "exp"]

_LOWEST = -87.0  # below, an exponential is no normal number
_ROUND = 1.5 * 2**23  # what is added to it loses its fraction, and has its integer in the last bits
_LN2 = 0.693359375, log(2) - 0.693359375  # the first times an exponent is exact


def emit_fma(builder, x, y, z):
    kind = x.type
    name = f"v{kind.count}f32" if isinstance(kind, ir.VectorType) else "f32"
    fma = cgutils.get_or_insert_function(builder.module, ir.FunctionType(kind, [kind] * 3), f"llvm.fma.{name}")
    return builder.call(fma, [x, y, z])


def emit_maximum(builder, x, y):
    """The larger; of NaN and a number the first."""
    return builder.select(builder.fcmp_ordered("<", x, y), y, x)


def emit_exp(builder, x):
    """2^n times a Taylor series of degree six in what is left, at most ln(2) / 2: two units of the last place."""
    floats, integers = x.type, _like(x.type, ir.IntType(32))
    x = emit_maximum(builder, x, _constant(floats, _LOWEST))
    rounded = emit_fma(builder, x, _constant(floats, 1 / log(2)), _constant(floats, _ROUND))
    n = builder.fsub(rounded, _constant(floats, _ROUND))
    for part in _LN2:
        x = emit_fma(builder, n, _constant(floats, -part), x)
    series = _constant(floats, 1 / factorial(6))
    for degree in range(5, -1, -1):
        series = emit_fma(builder, series, x, _constant(floats, 1 / factorial(degree)))
    exponent = builder.shl(builder.bitcast(rounded, integers), _constant(integers, 23))
    power = builder.add(exponent, _constant(integers, 127 << 23))
    return builder.fmul(series, builder.bitcast(power, floats))


def _like(kind, element):
    return ir.VectorType(element, kind.count) if isinstance(kind, ir.VectorType) else element


def _constant(kind, value):
    return ir.Constant(kind, [value] * kind.count if isinstance(kind, ir.VectorType) else value)


def _exp(typingctx, x):
    """Return the exponential of a float32 of at most zero."""

    def emit(context, builder, signature, arguments):
        return emit_exp(builder, *arguments)

    return types.float32(types.float32), emit


exp: Any = intrinsic(_exp)
