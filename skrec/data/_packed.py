"""A pandas index as plain arrays, as it lies in a file: nothing of pandas in it, and nothing that can run."""

from typing import Any
from weakref import WeakValueDictionary

import numpy as np
import pandas as pd
import pyarrow as pa

from skrec.data._packed_text import text_of_buffers, text_to_buffers

__all__ = ["PackedIndex", "packed", "unpacked"]

_packed: WeakValueDictionary = WeakValueDictionary()  # by the ids of what they hold, so that no other thing has them


class PackedIndex:
    """What a pickle has in the place of an index; who loads it takes `index`.

    An index that several objects share is packed once, so that a file holds it once and they share it afterwards.

    Parameters
    ----------
    index : pandas.Index
        Text is kept as its bytes, one value after the other, and where each ends; numbers as their array.
    """

    def __init__(self, index: Any) -> None:
        self._index, self._state, self._held = index, _state_of(index), None

    @property
    def index(self) -> Any:
        """The index."""
        if self._index is None:
            self._index = _index_of(self._state)
        return self._index

    def __getstate__(self) -> Any:
        return self._state

    def __setstate__(self, state: Any) -> None:
        self._index, self._state, self._held = None, dict(state), None


def packed(index: Any) -> Any:
    """Return the PackedIndex of an index, the same for all that share its array of text."""
    held = index.array.__arrow_array__() if isinstance(index.dtype, pd.StringDtype) else index
    key = id(held), index.name, repr(index.dtype)
    found = _packed.get(key)
    if found is None:
        found = _packed[key] = PackedIndex(index)
        found._held = held
    return found


def unpacked(value: Any) -> Any:
    """Return the index that was packed, or the one that an older pickle has as it was."""
    return value.index if isinstance(value, PackedIndex) else value


def _state_of(index):
    state = {"name": index.name} if index.name is not None else {}
    dtype = index.dtype
    if isinstance(index, pd.RangeIndex):
        return {**state, "range": [index.start, index.stop, index.step]}
    if isinstance(index, pd.IntervalIndex):
        return {**state, "left": packed(index.left), "right": packed(index.right), "closed": index.closed}
    if isinstance(dtype, np.dtype) and dtype.kind in "iufbmM":
        return {**state, "values": np.asarray(index)}
    text = None if index.hasnans else _text_of(index)
    if text is not None:
        return {**state, **text}
    if _is_of_numbers(dtype) and not index.hasnans:
        return {**state, "values": index.to_numpy(dtype=dtype.numpy_dtype), "dtype": str(dtype)}
    return {**state, "list": index.tolist(), "dtype": str(dtype)}


def _is_of_numbers(dtype):
    return getattr(dtype, "kind", "O") in "iufb" and isinstance(getattr(dtype, "numpy_dtype", None), np.dtype)


def _text_of(index):
    """Return the state of an index of text alone; None of another."""
    dtype = index.dtype
    if isinstance(dtype, pd.StringDtype):
        kept: Any = [dtype.storage, "nan" if _is_nan(getattr(dtype, "na_value", pd.NA)) else "NA"]
    elif isinstance(dtype, pd.ArrowDtype) and str(dtype.pyarrow_dtype) in ("string", "large_string"):
        kept = str(dtype.pyarrow_dtype)
    elif dtype == np.dtype(object) and index.inferred_type == "string" and all(type(value) is str for value in index):
        kept = "object"
    else:
        return None
    try:
        text, stops = text_to_buffers(pa.array(index.array, pa.large_string()))
    except (UnicodeEncodeError, pa.ArrowException):  # half a surrogate, which no bytes stand for
        return None
    return {"text": text, "stops": stops, "dtype": kept}


def _index_of(state):
    name = state.get("name")
    if "range" in state:
        return pd.RangeIndex(*state["range"], name=name)
    if "left" in state:
        sides = [unpacked(state[side]) for side in ("left", "right")]
        return pd.IntervalIndex.from_arrays(*sides, closed=state["closed"], name=name)
    if "text" in state:
        return _index_of_text(state["text"], state["stops"], state["dtype"], name)
    if "list" in state:
        values = np.empty(len(state["list"]), object)
        values[:] = state["list"]
        return pd.Index(values, dtype=state["dtype"], name=name, tupleize_cols=False)
    return pd.Index(state["values"], dtype=state.get("dtype"), name=name, copy=False)


def _index_of_text(text, stops, dtype, name):
    cells = text_of_buffers(text, stops)
    if dtype == "object":
        return pd.Index(np.array(cells.to_pylist(), object), dtype=object, name=name)
    if isinstance(dtype, str):
        of = pd.ArrowDtype(pa.large_string() if dtype == "large_string" else pa.string())
    else:
        storage, missing = dtype
        of = pd.StringDtype(storage, na_value=np.nan) if missing == "nan" else pd.StringDtype(storage)
    return pd.Index(of.__from_arrow__(pa.chunked_array([cells])), name=name)


def _is_nan(value):
    return isinstance(value, float) and value != value
