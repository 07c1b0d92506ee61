"""Raw columns to what a net eats, as nodes of ONNX.

Shape letters: B rows, T tokens of a list column, C categorical columns, M numbers.
"""

import numpy as np

from skrec.export._columns import NUMBER, TEXT, WHOLE


class Graph:
    """Nodes, inputs and constants of a graph, as they are added."""

    def __init__(self):
        self.nodes, self.inputs, self.constants, self.row_input = [], {}, [], None

    def add(self, operator, inputs, output=None, **attributes):
        """Add a node and return the name of its output."""
        from onnx import helper

        output = output or f"columns/{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, inputs, [output], **attributes))
        return output

    def constant(self, value):
        """Return the name of a constant array."""
        from onnx import numpy_helper

        name = f"columns/constant{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.asarray(value), name))
        return name

    def input(self, name, kind, size):
        """Return the name of an input, which is declared once."""
        from onnx import TensorProto, helper

        types = {TEXT: TensorProto.STRING, WHOLE: TensorProto.INT64, NUMBER: TensorProto.DOUBLE}
        value = helper.make_tensor_value_info(name, types[kind], [size])
        if self.inputs.setdefault(name, value) != value:
            raise ValueError(f"Expected one column called {name!r}, got two; rename one of them before fit")
        if size == "rows":
            self.row_input = self.row_input or name
        return name

    def look_up(self, lookup, raw, output=None):
        """Return codes, int64, of the values in `raw`."""
        from onnx import numpy_helper

        dtype = {TEXT: object, WHOLE: np.int64, NUMBER: np.float64}[lookup.kind]
        values = np.array(lookup.values.tolist(), dtype) if len(lookup.values) else np.array([""], object)
        codes = lookup.codes if len(lookup.values) else [0]
        return self._encode(raw, numpy_helper.from_array(values), codes, output)

    def cross(self, codes, cross):
        """Return the codes (B, 1) of a cross, of those (B, C) of all columns."""
        from onnx import numpy_helper

        strides = np.zeros(max(cross.positions) + 1, np.int64)
        strides[list(cross.positions)] = np.cumprod([1, *cross.sizes[:0:-1]])[::-1]
        own = self.add("Gather", [codes, self.constant(np.arange(len(strides)))], axis=1)
        product = self.add("Mul", [own, self.constant(strides)])
        place = self.add("ReduceSum", [product, self.constant(np.array([1]))], keepdims=0)
        values = numpy_helper.from_array(np.asarray(cross.vocabulary.values, np.int64))
        return self.as_column(self._encode(place, values, np.arange(1, len(cross.vocabulary)), None))

    def codes(self, lookups, crosses, output):
        """Give codes (B, C), int32, of categorical columns and of crosses behind them."""
        columns = [self.as_column(self.look_up(one, self.input(one.name, one.kind, "rows"))) for one in lookups]
        if not columns:
            return self.add("Cast", [self.nothing()], output, to=6)  # int32
        codes = self.add("Concat", columns, axis=1)
        if crosses:
            codes = self.add("Concat", [codes, *(self.cross(codes, cross) for cross in crosses)], axis=1)
        return self.add("Cast", [codes], output, to=6)

    def numbers(self, numbers, dtype, output):
        """Give numbers (B, M), filled in, scaled, and of `dtype`."""
        to = 11 if dtype == np.float64 else 1
        if not numbers:
            return self.add("Cast", [self.nothing()], output, to=to)
        x = self.add("Concat", [self.as_column(self.input(one.name, NUMBER, "rows")) for one in numbers], axis=1)
        fill, indicates = np.array([one.fill for one in numbers]), np.array([one.is_indicator for one in numbers])
        if np.isfinite(fill).any() or indicates.any():
            missing = self.add("IsNaN", [x])
            x = self.add("Where", [missing, self.constant(fill), x])
            if indicates.any():
                x = self.add("Where", [self.constant(indicates), self.add("Cast", [missing], to=11), x])
        most = max(len(one.steps) for one in numbers)
        # all end with the estimator's own step; those that have fewer do nothing at first
        padded = np.array([[(0.0, 1.0)] * (most - len(one.steps)) + list(one.steps) for one in numbers])  # (M, most, 2)
        for center, scale in padded.transpose(1, 2, 0):
            x = self.add("Div", [self.add("Sub", [x, self.constant(center)]), self.constant(scale)])
        return self.add("Cast", [x], output, to=to)

    def tokens(self, lookup, codes, lengths):
        """Give codes (T,), int32, of a list column and the lengths (B,) of its lists."""
        values = self.input(f"{lookup.name}.values", lookup.kind, f"{lookup.name}.tokens")
        self.add("Cast", [self.look_up(lookup, values)], codes, to=6)
        self.add("Identity", [self.input(f"{lookup.name}.lengths", WHOLE, "rows")], lengths)

    def as_column(self, name):
        """Return (B, 1) from (B,)."""
        return self.add("Unsqueeze", [name, self.constant(np.array([1]))])

    def nothing(self):
        """Return (B, 0), float32."""
        size = self.add("Concat", [self.add("Shape", [self.row_input]), self.constant(np.array([0]))], axis=0)
        return self.add("ConstantOfShape", [size])

    def _encode(self, raw, values, codes, output):
        from onnx import numpy_helper

        tables = {"values_tensor": np.asarray(codes, np.int64), "default_tensor": np.zeros(1, np.int64)}
        tensors = {name: numpy_helper.from_array(table) for name, table in tables.items()}
        return self.add("LabelEncoder", [raw], output, domain="ai.onnx.ml", keys_tensor=values, **tensors)
