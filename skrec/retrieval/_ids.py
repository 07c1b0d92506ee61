"""Ids as arrays of numbers, and back as they were."""

from itertools import pairwise

import numpy as np
import pandas as pd

from skrec.data import factorize

_INT64, _UINT64 = np.iinfo(np.int64), np.iinfo(np.uint64)


def as_index(ids):
    """Return ids as a pandas.Index, one of objects where text has halves of characters, which Arrow does not hold."""
    try:
        return pd.Index(ids)
    except UnicodeEncodeError:
        return pd.Index(ids, dtype=object)


def pack(ids):
    """Return ids, a pandas.Index, as arrays: integers in their dtype, text as UTF-8 bytes and offsets into them.

    Categories are packed by value, whatever other categories there are.

    Raises
    ------
    TypeError
        If they are neither all strings nor all integers.
    """
    if isinstance(ids.dtype, pd.CategoricalDtype) or str(ids.dtype).startswith("dictionary"):  # of Arrow
        codes, values = factorize(ids.to_series())
        ids = values.take(codes)
    kind = pd.api.types.infer_dtype(ids)
    if kind == "integer":
        return {"ids": _integers(ids)}
    if kind != "string":
        raise TypeError(f"Expected ids that are all strings or all integers, got {kind}; use joblib.dump instead")
    cells = [text.encode("utf-8", "surrogatepass") for text in ids]
    offsets = np.concatenate([[0], np.cumsum([len(cell) for cell in cells], dtype=np.int64)])
    return {"ids": np.frombuffer(b"".join(cells), np.uint8), "id_offsets": offsets}


def unpack(arrays):
    """Return the ids of `pack`, or of text in one fixed-width array, as a pandas.Index.

    Raises
    ------
    ValueError
        If the arrays are not those of `pack`.
    """
    ids, offsets = arrays["ids"], arrays.get("id_offsets")
    if ids.ndim != 1 or ids.dtype.kind not in ("iuU" if offsets is None else "u"):
        raise ValueError(f"ids of dtype {ids.dtype} and shape {ids.shape}")
    if offsets is None:
        return pd.Index(ids)
    if ids.dtype != np.uint8 or offsets.dtype != np.int64 or offsets.ndim != 1 or not len(offsets):
        raise ValueError(f"ids of dtype {ids.dtype} with offsets of dtype {offsets.dtype} and shape {offsets.shape}")
    if offsets[0] != 0 or offsets[-1] != len(ids) or (offsets[1:] < offsets[:-1]).any():
        raise ValueError("offsets of ids that do not go up from 0 to their length")
    text, places = ids.tobytes(), offsets.tolist()
    return as_index([text[start:stop].decode("utf-8", "surrogatepass") for start, stop in pairwise(places)])


def _integers(ids):
    """Return integers as an array of the dtype that they have, Python's as int64 or uint64."""
    if ids.dtype != object:
        return ids.to_numpy(dtype=getattr(ids.dtype, "numpy_dtype", ids.dtype))
    values = ids.tolist()
    for limits in (_INT64, _UINT64):
        if limits.min <= min(values) and max(values) <= limits.max:
            return np.array(values, limits.dtype)
    raise TypeError("Expected ids of at most 64 bits, got larger integers; make them strings, or use joblib.dump")
