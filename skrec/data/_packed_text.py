"""Text as two arrays: its bytes, one value after the other, and where each of them ends."""

import numpy as np
import pyarrow as pa

__all__ = ["text_of_buffers", "text_to_buffers"]


def text_to_buffers(cells):
    """Return the bytes and the ends of text without missing values.

    Parameters
    ----------
    cells : pyarrow.Array or ChunkedArray of shape (n,)

    Returns
    -------
    text : ndarray of shape (n_bytes,), uint8
    stops : ndarray of shape (n + 1,), int32, or int64 where there is that much
        Value i has the bytes ``text[stops[i]:stops[i + 1]]``.
    """
    cells = cells.cast(pa.large_string())
    cells = cells.combine_chunks() if isinstance(cells, pa.ChunkedArray) else cells
    _, ends, text = cells.buffers()
    stops = np.zeros(1, np.int64)
    if len(cells):
        stops = np.frombuffer(ends, np.int64)[cells.offset : cells.offset + len(cells) + 1]
    written = np.empty(0, np.uint8) if text is None else np.frombuffer(text, np.uint8)[stops[0] : stops[-1]]
    stops = stops - stops[0]
    return written, stops.astype(np.int32) if stops[-1] <= np.iinfo(np.int32).max else stops


def text_of_buffers(text, stops):
    """Return an Arrow array, or raise ValueError if the two arrays, which may be of any file, are not of text."""
    kind = pa.large_string() if stops.dtype == np.int64 else pa.string()
    try:
        if text.dtype != np.uint8 or stops.dtype not in (np.int64, np.int32) or stops.ndim != 1 or not len(stops):
            raise pa.ArrowInvalid(f"{text.dtype}, {stops.dtype}")
        buffers = [None, pa.py_buffer(np.ascontiguousarray(stops)), pa.py_buffer(np.ascontiguousarray(text))]
        cells = pa.Array.from_buffers(kind, len(stops) - 1, buffers)
        cells.validate(full=True)
    except pa.ArrowInvalid as error:
        raise ValueError(f"Expected text and where its values end, the file is damaged ({error}); fit anew") from error
    return cells
