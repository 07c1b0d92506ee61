"""A schema in words, and marks by which two are told apart."""

from hashlib import blake2b

import numpy as np
import pandas as pd

from skrec._text import quoted
from skrec.data._columns import NUMERIC

SHOWN_COLUMNS = 60


def described(schema):
    """Return a line a column: its name and role, how many values it has, or mean and scale."""
    rows, numbers = [], iter(zip(schema.mean, schema.scale, strict=True))
    sources = {field.vocabulary: field.name for field in reversed(schema.fields) if field.role != NUMERIC}
    for field in schema.fields:
        if field.role == NUMERIC:
            mean, scale = next(numbers)
            rest = f"mean {mean:.6g}, scale {scale:.6g}" if np.isfinite(scale) else f"constant {mean:.6g}"
        else:
            n_values = len(schema.vocabularies[field.vocabulary].values)
            source = sources[field.vocabulary]
            rest = f"{n_values:,} values" + (f", those of {quoted(source)}" if source != field.name else "")
            rest += ", weighted" if field.weighted else ""
        rows.append((quoted(field.name), field.role, rest))
    left, rows = rows[SHOWN_COLUMNS:], rows[:SHOWN_COLUMNS]
    width = max((len(name) for name, _, _ in rows), default=0)
    lines = [f"  {name:{width}}  {role:11}  {rest}" for name, role, rest in rows]
    more = [f"  ... and {len(left)} more"] if left else []
    return "\n".join([f"Schema of {len(schema.fields)} columns, {schema.dtype}:", *lines, *more])


def marks_of(schema):
    """Return {name: [role, digest of the values]}, in the order of the columns."""
    digests = ["", *map(_digest, schema.vocabularies)]
    places = (0 if field.vocabulary is None else 1 + field.vocabulary for field in schema.fields)
    roles = (f"weighted {field.role}" if field.weighted else field.role for field in schema.fields)
    return {
        repr(field.name): [role, digests[place]]
        for field, role, place in zip(schema.fields, roles, places, strict=True)
    }


def _digest(vocabulary):
    """Return a short text that differs where values, or their type, differ."""
    values = np.asarray(vocabulary.values)
    hashes = pd.util.hash_array(values, categorize=False) if len(values) else values
    state = blake2b(vocabulary.values.inferred_type.encode(), digest_size=8)
    state.update(hashes.tobytes())
    return state.hexdigest()
