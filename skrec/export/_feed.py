"""Frames as an ONNX file takes them."""

import json
from typing import Any

import numpy as np
import pandas as pd

from skrec._text import quoted
from skrec.data import as_pandas, is_frame, tokens

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
    """
    frame = as_pandas(X) if is_frame(X) else pd.DataFrame(np.asarray(X)).rename(columns=lambda place: f"x{place}")
    missing = json.loads(session.get_modelmeta().custom_metadata_map["skrec"])["missing"]
    inputs, lists = {}, {}
    for wanted in session.get_inputs():
        name, of_list = wanted.name, next((end for end in _LISTS if wanted.name.endswith(end)), None)
        column = name.removesuffix(of_list) if of_list and name not in frame else name
        if column not in frame:
            raise ValueError(f"Expected the columns of the file, got a frame without {quoted(column)}")
        if column == name:
            inputs[name] = _values(frame[name], wanted.type, missing.get(name))
            continue
        if column not in lists:
            lists[column] = tokens(frame[column])
        values, offsets = lists[column]
        inputs[name] = np.diff(offsets) if of_list == ".lengths" else _values(values, wanted.type, missing.get(name))
    return inputs


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
