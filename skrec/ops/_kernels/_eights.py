"""Eight numbers of float32 or float64 in one register, for kernels that treat a row of a table in blocks.

A loop over the numbers of a row would be compiled into these only behind checks, row by row, that no two arrays
overlap. Eight at a time leave few over where a width is a vector's and a linear weight's. NaN spreads through all.
"""

from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic, models, register_model

__all__ = ["EIGHT", "add", "div", "load", "mul", "spread", "sqrt", "store", "sub", "total"]

EIGHT = 8


class _Eight(types.Type):
    def __init__(self, dtype):
        super().__init__(f"Eight({dtype})")
        self.dtype = dtype


@register_model(_Eight)
class _Model(models.PrimitiveModel):
    def __init__(self, dmm, fe_type):
        super().__init__(dmm, fe_type, _register(fe_type))


def _register(eight):
    return ir.VectorType(ir.FloatType() if eight.dtype == types.float32 else ir.DoubleType(), EIGHT)


def _operation(n_arguments, emit) -> Any:
    """Make a function of so many registers, which gives one."""

    def call(context, builder, signature, arguments):
        return emit(builder, *arguments)

    if n_arguments == 1:
        return intrinsic(lambda typingctx, x: (x(x), call))
    return intrinsic(lambda typingctx, x, y: (x(x, y), call))


def _emit_sqrt(builder, x):
    name = f"llvm.sqrt.v{EIGHT}f{32 if isinstance(x.type.element, ir.FloatType) else 64}"
    return builder.call(cgutils.get_or_insert_function(builder.module, ir.FunctionType(x.type, [x.type]), name), [x])


add = _operation(2, lambda builder, x, y: builder.fadd(x, y))
sub = _operation(2, lambda builder, x, y: builder.fsub(x, y))
mul = _operation(2, lambda builder, x, y: builder.fmul(x, y))
div = _operation(2, lambda builder, x, y: builder.fdiv(x, y))
sqrt = _operation(1, _emit_sqrt)


def _pointer(context, builder, kind, array, index):
    struct = context.make_array(kind)(context, builder, array)
    index = cgutils.unpack_tuple(builder, index)
    pointer = cgutils.get_item_pointer(context, builder, kind, struct, index, wraparound=False)
    return builder.bitcast(pointer, _register(_Eight(kind.dtype)).as_pointer())


def _load(typingctx, array, index):
    """Return the eight numbers that begin at the index of a contiguous array."""

    def emit(context, builder, signature, arguments):
        kind = signature.args[0]
        return builder.load(_pointer(context, builder, kind, *arguments), align=kind.dtype.bitwidth // 8)

    return _Eight(array.dtype)(array, index), emit


def _store(typingctx, array, index, value):
    """Write eight numbers, the first at the index of a contiguous array."""

    def emit(context, builder, signature, arguments):
        kind, (array, index, x) = signature.args[0], arguments
        builder.store(x, _pointer(context, builder, kind, array, index), align=kind.dtype.bitwidth // 8)
        return context.get_dummy_value()

    return types.void(array, index, value), emit


def _spread(typingctx, value):
    """Return eight times the same number."""

    def emit(context, builder, signature, arguments):
        register, index = _register(signature.return_type), ir.IntType(32)
        nothing = ir.Constant(register, ir.Undefined)
        one = builder.insert_element(nothing, arguments[0], ir.Constant(index, 0))
        return builder.shuffle_vector(one, nothing, ir.Constant(ir.VectorType(index, EIGHT), [0] * EIGHT))

    return _Eight(value)(value), emit


def _total(typingctx, value):
    """Return the sum of the eight, by halves."""

    def emit(context, builder, signature, arguments):
        (x,), index, width = arguments, ir.IntType(32), EIGHT // 2
        while width:
            others = [(i + width) % EIGHT for i in range(EIGHT)]
            x = builder.fadd(x, builder.shuffle_vector(x, x, ir.Constant(ir.VectorType(index, EIGHT), others)))
            width //= 2
        return builder.extract_element(x, ir.Constant(index, 0))

    return value.dtype(value), emit


load: Any = intrinsic(_load)
store: Any = intrinsic(_store)
spread: Any = intrinsic(_spread)
total: Any = intrinsic(_total)
