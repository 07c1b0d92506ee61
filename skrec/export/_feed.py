"""Frames as an ONNX file takes them."""

import json
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from skrec._text import quoted
from skrec.data import as_pandas, check_same_kind, is_frame, read_times, tokens
from skrec.preprocessing._tokens import integers_of, read_tokens

_LISTS = ".values", ".lengths"


def onnx_inputs(X: Any, session: Any) -> Any:
    """Return the inputs of a file that `to_onnx` wrote, made of a frame.

    Parameters
    ----------
    X : DataFrame (pandas, polars), Arrow table or array-like of shape (n_rows, n_columns)
        Raw columns; those that the model does not see may be missing.
    session : onnxruntime.InferenceSession
        Of the file.

    Returns
    -------
    inputs : dict of {str: ndarray}
        What ``session.run(None, inputs)`` takes.

    Raises
    ------
    ValueError
        If a column is not there.
    TypeError
        If a column has text where the model knows numbers, or numbers where it knows text.

    Notes
    -----
    Text that a `SequenceEncoder` cuts into tokens is cut here, as ONNX has nothing that cuts it so.
    """
    frame = as_pandas(X) if is_frame(X) else pd.DataFrame(np.asarray(X)).rename(columns=lambda place: f"x{place}")
    notes = json.loads(session.get_modelmeta().custom_metadata_map["skrec"])
    missing, text, dates = (notes.get(name, {}) for name in ("missing", "text", "dates"))
    inputs, lists = {}, {}
    for wanted in session.get_inputs():
        name, of_list = wanted.name, next((end for end in _LISTS if wanted.name.endswith(end)), None)
        column = name.removesuffix(of_list) if of_list and name not in frame else name
        if column not in frame:
            raise ValueError(f"Expected the columns of the file, got a frame without {quoted(column)}")
        if name in dates:
            inputs[name] = _dates(frame[name], dates[name])
            continue
        if column == name:
            inputs[name] = _values(frame[name], wanted.type, missing.get(name))
            continue
        if column not in lists:
            lists[column] = _tokens(frame[column], text[column]) if column in text else tokens(frame[column])
        values, offsets = lists[column]
        inputs[name] = np.diff(offsets) if of_list == ".lengths" else _values(values, wanted.type, missing.get(name))
    return inputs


def _tokens(column, how):
    """Return the tokens of lists, or of text that is cut into them, a Series, and where each row's begin."""
    text_format, separator, whole = how
    flat, offsets = read_tokens(column, text_format, separator)
    flat = integers_of(flat, column.name) if whole and pa.types.is_string(flat.type) else flat
    return pd.Series(pd.arrays.ArrowExtensionArray(flat), name=column.name), offsets


def _dates(column, kind):
    """Return dates as microseconds."""
    times = read_times(column)
    check_same_kind(times.kind, kind, "X", "the events")
    return times.values.astype("datetime64[us]").astype(np.int64)


def _values(column, kind, missing):
    """Return a column as an array of the type that the file has for it."""
    if kind == "tensor(double)":
        return column.to_numpy(np.float64, na_value=np.nan)
    text, there = kind == "tensor(string)", column.notna().to_numpy()
    cells = [value if here else missing for value, here in zip(column.tolist(), there, strict=True)]
    strange = next((value for value in cells if isinstance(value, str) != text), None)
    if strange is not None:
        expected = "text" if text else "whole numbers"
        raise TypeError(f"Column {quoted(column.name)}: expected {expected}, as in fit, got {quoted(strange)}")
    if text:
        return np.array(cells, object)
    return np.array([int(value) if value == int(value) else missing for value in cells], np.int64)
