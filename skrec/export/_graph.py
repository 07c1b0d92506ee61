"""Raw columns to what a net eats, as nodes of ONNX.

Shape letters: B rows, T tokens of a list column, C categorical columns, M numbers.
"""

from dataclasses import dataclass
from itertools import count
from typing import Any

import numpy as np

from skrec._text import quoted
from skrec.export._arithmetic import Scale, stack
from skrec.export._columns import Codes

TEXT, WHOLE, NUMBER = "text", "whole", "number"  # what ONNX is given of a column
INT32, INT64, FLOAT, DOUBLE = 6, 7, 1, 11
_KINDS = {"string": TEXT, "empty": TEXT, "integer": WHOLE, "boolean": WHOLE, "floating": NUMBER}
_EXACT = 2**53  # up to here integers are exact as doubles
LEAST = -(2**63)


@dataclass(frozen=True)
class Lookup:
    """Codes of the values of a raw input, to be made when all lookups of that input are known.

    Parameters
    ----------
    output : str
        Name of the codes.
    values : pandas.Index of shape (n_values,)
    codes : ndarray of shape (n_values,), int
    other, missing : int
        Codes of what is not known, and of what is missing.
    """

    output: str
    values: Any
    codes: Any
    other: int
    missing: int


class Graph:
    """Nodes, inputs and constants of a graph, as they are added."""

    def __init__(self):
        self.nodes, self.constants, self.row_input = [], [], None
        self.missing, self.notes = {}, {}  # what stands for a missing value in an input, and what else a file says
        self._sizes, self._lookups, self._kinds, self._made = {}, {}, {}, {}

    def add(self, operator, inputs, output=None, **attributes):
        """Add a node and return the name of its output."""
        from onnx import helper

        output = output or self._name()
        self.nodes.append(helper.make_node(operator, inputs, [output], **attributes))
        return output

    def once(self, key, make):
        """Return what `make` adds, which several columns share."""
        if key not in self._made:
            self._made[key] = make()
        return self._made[key]

    def constant(self, value):
        """Return the name of a constant array."""
        from onnx import numpy_helper

        name = f"columns/constant{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.asarray(value), name))
        return name

    def look_up(self, name, values, codes, other=0, missing=0, size="rows"):
        """Return the name of codes, int64, of the values of an input."""
        self._declare(name, size)
        lookup = Lookup(self._name(), values, codes, int(other), int(missing))
        self._lookups.setdefault(name, []).append(lookup)
        return lookup.output

    def number(self, name):
        """Return the name of an input of doubles (B,)."""
        return self._declare(name, "rows", NUMBER)

    def whole(self, name):
        """Return the name of an input of int64 (B,); LEAST stands for a missing one."""
        self.missing[name] = LEAST
        return self._declare(name, "rows", WHOLE)

    def integers(self, name):
        """Return the name of an input of int64 (B,), of which none is missing."""
        return self._declare(name, "rows", WHOLE)

    def _declare(self, name, size, kind=None):
        if self._sizes.setdefault(name, size) != size:
            raise ValueError(f"Expected one column called {name!r}, got two; rename one of them before fit")
        if kind is not None and {self._kinds.setdefault(name, kind), kind} == {WHOLE, NUMBER}:
            raise ValueError(f"Column {name!r}: expected one use, as numbers or as ids; give it to fit twice")
        if size == "rows":
            self.row_input = self.row_input or name
        return name

    def cross(self, codes, cross):
        """Return the codes (B, 1) of a cross, of those (B, C) of all columns."""
        strides = np.zeros(max(cross.positions) + 1, np.int64)
        strides[list(cross.positions)] = np.cumprod([1, *cross.sizes[:0:-1]])[::-1]
        own = self.add("Gather", [codes, self.constant(np.arange(len(strides)))], axis=1)
        product = self.add("Mul", [own, self.constant(strides)])
        place = self.add("ReduceSum", [product, self.constant(np.array([1]))], keepdims=0)
        known = Codes.of_vocabulary(cross.vocabulary)
        return self.as_column(self.encode(place, np.asarray(known.values, np.int64), known.codes))

    def codes(self, columns, crosses, output):
        """Give codes (B, C), int32, of categorical columns, pairs of a Column and its Codes, and of crosses behind."""
        made = [self.as_column(column.codes(self, codes)) for column, codes in columns]
        codes = self.beside(made) if made else self.nothing()
        if crosses:
            codes = self.beside([codes, *(self.cross(codes, cross) for cross in crosses)])
        return self.add("Cast", [codes], output, to=INT32)

    def numbers(self, numbers, mean, scale, dtype, output):
        """Give numbers (B, M), standardised, and of `dtype`."""
        x = stack(self, numbers) if numbers else self.nothing()
        if numbers:
            x = Scale.add(self, x, [Scale(*pair) for pair in zip(mean, scale, strict=True)])
        return self.add("Cast", [x], output, to=DOUBLE if dtype == np.float64 else FLOAT)

    def tokens(self, column, codes, names):
        """Give codes (T,), int32, of a list column and the lengths (B,) of its lists, by two names."""
        tokens, lengths = column.tokens(self, codes)
        self.add("Cast", [tokens], names[0], to=INT32)
        self.add("Identity", [lengths], names[1])

    def as_column(self, name):
        """Return (B, 1) from (B,)."""
        return self.add("Unsqueeze", [name, self.constant(np.array([1]))])

    def beside(self, blocks):
        """Return columns of several blocks side by side."""
        return blocks[0] if len(blocks) == 1 else self.add("Concat", blocks, axis=1)

    def nothing(self):
        """Return (B, 0), float32."""
        size = self.add("Concat", [self.add("Shape", [self.row_input]), self.constant(np.array([0]))], axis=0)
        return self.add("ConstantOfShape", [size])

    def encode(self, raw, values, codes, output=None, other=0):
        """Return codes, int64, of `values`, an array, in `raw`."""
        from onnx import numpy_helper

        if not len(values):
            values, codes = np.zeros(1, values.dtype) if values.dtype != object else np.array([""], object), [other]
        tables = {"values_tensor": np.asarray(codes, np.int64), "default_tensor": np.array([other], np.int64)}
        tables = {name: numpy_helper.from_array(table) for name, table in tables.items()}
        keys = numpy_helper.from_array(values)
        return self.add("LabelEncoder", [raw], output, domain="ai.onnx.ml", keys_tensor=keys, **tables)

    def finish(self):
        """Add the lookups, which come before all else, and return the inputs, named and typed."""
        from onnx import TensorProto, helper

        later, self.nodes = self.nodes, []
        for name, lookups in self._lookups.items():
            kind = self._kinds[name] = self._kind(name, [lookup.values for lookup in lookups])
            if kind != NUMBER:
                self.missing.setdefault(name, _missing(kind, [lookup.values for lookup in lookups]))
            for lookup in lookups:
                self._look_up(name, kind, lookup)
        self.nodes += later
        types = {TEXT: TensorProto.STRING, WHOLE: TensorProto.INT64, NUMBER: TensorProto.DOUBLE}
        return [helper.make_tensor_value_info(n, types[self._kinds[n]], [size]) for n, size in self._sizes.items()]

    def _look_up(self, name, kind, lookup):
        dtype = {TEXT: object, WHOLE: np.int64, NUMBER: np.float64}[kind]
        values, codes = np.array(lookup.values.tolist(), dtype), list(lookup.codes)
        if lookup.missing == lookup.other:
            self.encode(name, values, codes, lookup.output, lookup.other)
        elif kind != NUMBER:
            values = np.append(values, np.array([self.missing[name]], dtype))
            self.encode(name, values, [*codes, lookup.missing], lookup.output, lookup.other)
        else:
            found = self.encode(name, values, codes, None, lookup.other)
            missing = self.constant(np.array(lookup.missing, np.int64))
            self.add("Where", [self.add("IsNaN", [name]), missing, found], lookup.output)

    def _kind(self, name, known):
        """Return what ONNX is given of a column, whose known values these are."""
        kinds = {_kind_of(name, values) for values in known} | {self._kinds.get(name)} - {None}
        if len(kinds) > 1 and any(len(values) == 0 for values in known):
            kinds = {_kind_of(name, values) for values in known if len(values)} | {self._kinds.get(name)} - {None}
        if kinds == {WHOLE, NUMBER}:
            large = [values for values in known if len(values) and max(map(abs, values.tolist())) > _EXACT]
            if not large and name not in self.missing:
                return NUMBER
        if len(kinds) > 1:
            raise ValueError(f"Expected one column called {name!r}, got two; rename one of them before fit")
        return kinds.pop()

    def _name(self):
        self._made["n"] = self._made.get("n", -1) + 1
        return f"columns/{self._made['n']}"


def _kind_of(name, values):
    kind = _KINDS.get(values.inferred_type)
    whole = kind == WHOLE and len(values)
    if kind is None or (whole and not LEAST <= int(values.min()) <= int(values.max()) < -LEAST):
        raise ValueError(
            f"Column {quoted(name.removesuffix('.values'))}: expected text, floats or integers of 64 bits with sign, "
            f"got {values.inferred_type} values; make them text before fit, for instance with .astype(str)"
        )
    return kind


def _missing(kind, known):
    """Return a value that stands for a missing one: none that is known."""
    taken = {value for values in known for value in values.tolist()}
    candidates = map("\x7f".__mul__, count()) if kind == TEXT else count(LEAST)
    return next(value for value in candidates if value not in taken)
