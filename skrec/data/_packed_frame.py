"""A frame as plain arrays, as it lies in a file."""

from typing import Any
from weakref import WeakValueDictionary

import numpy as np
import pandas as pd
import pyarrow as pa

from skrec.data._packed import packed, unpacked

__all__ = ["PackedFrame", "packed_frame", "unpacked_frame"]

_frames: WeakValueDictionary = WeakValueDictionary()  # by the id of a frame, which each of them holds


class PackedFrame:
    """What a pickle has in the place of a frame or a series; who loads it takes `frame`.

    Parameters
    ----------
    frame : DataFrame or Series
        Categories are kept as codes, columns of Arrow and with masks as Arrow's own stream of bytes, others as arrays.
    """

    def __init__(self, frame: Any) -> None:
        self._frame = frame
        columns = [frame.iloc[:, place] for place in range(frame.shape[1])] if frame.ndim > 1 else [frame]
        axis = {"columns": packed(frame.columns)} if frame.ndim > 1 else {"name": frame.name}
        self._state = {"index": packed(frame.index), **axis, "parts": [_state_of(column) for column in columns]}

    @property
    def frame(self) -> Any:
        """The frame."""
        if self._frame is None:
            self._frame = _frame_of(self._state)
        return self._frame

    def __getstate__(self) -> Any:
        return self._state

    def __setstate__(self, state: Any) -> None:
        self._frame, self._state = None, dict(state)


def packed_frame(frame: Any) -> Any:
    """Return the PackedFrame of a frame or a series, the same as long as somebody has it; None of None."""
    if frame is None:
        return None
    found = _frames.get(id(frame))
    if found is None:
        found = _frames[id(frame)] = PackedFrame(frame)
    return found


def unpacked_frame(value: Any) -> Any:
    """Return the frame that was packed, or what an older pickle has as it was."""
    return value.frame if isinstance(value, PackedFrame) else value


def _state_of(column):
    dtype = column.dtype
    if isinstance(dtype, pd.CategoricalDtype):
        codes = column.cat.codes.to_numpy()
        return {"codes": codes, "categories": packed(dtype.categories), "ordered": bool(dtype.ordered)}
    if isinstance(dtype, pd.StringDtype) and not column.hasnans:
        return {"values": packed(pd.Index(column.array, dtype=dtype, name=column.name))}  # which the ids may share
    if hasattr(dtype, "__from_arrow__") and not isinstance(dtype, (pd.IntervalDtype, pd.PeriodDtype)):
        cells = pa.array(column.array, from_pandas=True)
        sink = pa.BufferOutputStream()
        table = pa.table({"cells": cells})
        with pa.ipc.new_stream(sink, table.schema) as stream:
            stream.write_table(table)
        dtype = packed(pd.Index([], dtype=dtype)) if not isinstance(dtype, pd.ArrowDtype) else None
        return {"arrow": np.frombuffer(sink.getvalue(), np.uint8), "dtype": dtype}
    return {"values": packed(pd.Index(column.array, dtype=dtype, tupleize_cols=False))}


def _frame_of(state):
    index = unpacked(state["index"])
    arrays = map(_array_of, state["parts"])
    columns = [pd.Series(array, index=index, dtype=array.dtype, copy=False) for array in arrays]
    if "columns" not in state:
        return columns[0].rename(state["name"])
    frame = pd.concat(columns, axis=1) if columns else pd.DataFrame(index=index)
    return frame.set_axis(unpacked(state["columns"]), axis=1)


def _array_of(state):
    if "codes" in state:
        dtype = pd.CategoricalDtype(unpacked(state["categories"]), state["ordered"])
        return pd.Categorical.from_codes(state["codes"], dtype=dtype)
    if "values" in state:
        return unpacked(state["values"]).array
    cells = pa.ipc.open_stream(pa.py_buffer(state["arrow"])).read_all()["cells"]
    cells.validate(full=True)
    dtype = pd.ArrowDtype(cells.type) if state["dtype"] is None else unpacked(state["dtype"]).dtype
    return dtype.__from_arrow__(cells)
