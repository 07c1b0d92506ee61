"""Whole numbers to the buckets that `HashEncoder` has for them, as nodes of ONNX."""

from dataclasses import dataclass
from hashlib import blake2b

import numpy as np

from skrec._text import quoted
from skrec.export._columns import Column, Raw, refused

UINT64, INT64 = 13, 7
_LEAST = -(2**63)  # stands for a missing one
_MIX = ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB), (31, None))  # pandas.util.hash_array, of numbers


@dataclass(frozen=True)
class Hashed(Column):
    """The bucket of a whole number.

    Parameters
    ----------
    name : str
        The raw column.
    key : int
        Of the hash.
    n_buckets : int
    """

    name: str
    key: int
    n_buckets: int

    def codes(self, graph, codes):
        def constant(value):
            return graph.constant(np.array(value, np.uint64))

        whole = graph.whole(self.name)
        x = graph.add("BitwiseXor", [graph.add("Cast", [whole], to=UINT64), constant(self.key)])
        for shift, factor in _MIX:
            x = graph.add("BitwiseXor", [x, graph.add("BitShift", [x, constant(shift)], direction="RIGHT")])
            if factor is not None:
                x = graph.add("Mul", [x, constant(factor)])
        bucket = graph.add("Cast", [graph.add("Mod", [x, constant(self.n_buckets)])], to=INT64)
        found = graph.encode(bucket, np.array(codes.values.tolist(), np.int64), codes.codes)
        missing = graph.add("Equal", [whole, graph.constant(np.array(_LEAST))])
        return graph.add("Where", [missing, graph.constant(np.array(0)), found])


def hashed(encoder, columns):
    """Return what a fitted HashEncoder makes of columns, {name: Column}."""
    out = {}
    for (name, column), example in zip(columns.items(), encoder._examples, strict=True):
        kind = example.inferred_type
        whole = kind in ("integer", "boolean") or (kind == "floating" and float(example[0]).is_integer())
        if not whole or not isinstance(column, Raw):
            raise refused(
                f"HashEncoder of {quoted(name)}, whose values are no whole numbers as they come",
                "no operator of ONNX hashes text or fractions as it does; use CategoryEncoder, or hash before",
            )
        digest = blake2b(f"{encoder.seed}/{name}".encode(), digest_size=8).hexdigest()
        out[name] = Hashed(column.name, int(digest, 16), encoder.n_buckets)
    return out
