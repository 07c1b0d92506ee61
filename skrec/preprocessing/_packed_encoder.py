"""A fitted encoder of category_encoders as plain arrays and text: what it learns is series and frames."""

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator

from skrec._text import quoted
from skrec.data import packed, unpacked

__all__ = ["PackedEncoder", "pack_encoder", "unpack_encoder"]


class PackedEncoder:
    """What a pickle has in the place of an encoder, or of a series, a frame or a dtype that it has learnt.

    Parameters
    ----------
    state : dict
        Its ``kind``, and of what it is made.
    """

    def __init__(self, state):
        self._state = state

    def __getstate__(self):
        return self._state

    def __setstate__(self, state):
        self._state = dict(state)

    def unpack(self):
        """Return what was packed."""
        return _UNPACK[self._state["kind"]](self._state)


def pack_encoder(encoder):
    """Return what a file has of a fitted encoder; one that is not of category_encoders is left as it is."""
    return _packed(encoder)


def unpack_encoder(value):
    """Return the fitted encoder."""
    return _unpacked(value)


def _packed(value):
    if isinstance(value, pd.Series):
        return PackedEncoder({"kind": "series", "index": packed(value.index), "name": value.name, **_values(value)})
    if isinstance(value, pd.DataFrame):
        parts = [_values(value.iloc[:, place]) for place in range(value.shape[1])]
        axes = {"index": packed(value.index), "columns": packed(value.columns)}
        return PackedEncoder({"kind": "frame", **axes, "parts": parts})
    if isinstance(value, np.dtype):
        return PackedEncoder({"kind": "dtype", "name": value.str})
    if isinstance(value, pd.api.extensions.ExtensionDtype):
        return PackedEncoder({"kind": "dtype of", "index": packed(pd.Index([], dtype=value))})
    if _is_known(value):
        attributes = {name: _packed(part) for name, part in vars(value).items()}
        return PackedEncoder({"kind": "encoder", "class": type(value).__name__, "attributes": attributes})
    if type(value) is dict:
        return {name: _packed(part) for name, part in value.items()}
    return type(value)(map(_packed, value)) if type(value) in (list, tuple) else value


def _values(series):
    return {"values": packed(pd.Index(series.array, dtype=series.dtype))}


def _unpacked(value):
    if isinstance(value, PackedEncoder):
        return value.unpack()
    if type(value) is dict:
        return {name: _unpacked(part) for name, part in value.items()}
    return type(value)(map(_unpacked, value)) if type(value) in (list, tuple) else value


def _series(state, index):
    values = unpacked(state["values"])
    return pd.Series(values.array, index=index, name=state.get("name"), dtype=values.dtype, copy=True)


def _frame(state):
    index = unpacked(state["index"])
    columns = [_series(part, index) for part in state["parts"]]
    frame = pd.concat(columns, axis=1) if columns else pd.DataFrame(index=index)
    return frame.set_axis(unpacked(state["columns"]), axis=1)


def _encoder(state):
    kind = _class(state["class"])
    if kind is None:
        raise ValueError(f"Expected an encoder of category_encoders, got {quoted(state['class'])}; fit anew")
    encoder = kind.__new__(kind)
    vars(encoder).update(_unpacked(state["attributes"]))
    return encoder


def _is_known(value):
    kind = type(value)
    return kind.__module__.startswith("category_encoders.") and _class(kind.__name__) is kind


def _class(name):
    """Return the class of category_encoders that is called `name`, None if there is none."""
    import category_encoders  # where there is one, or a file names one: it takes a second

    kind = getattr(category_encoders, name, None) if name in category_encoders.__all__ else None
    return kind if isinstance(kind, type) and issubclass(kind, BaseEstimator) else None


_UNPACK = {
    "series": lambda state: _series(state, unpacked(state["index"])),
    "frame": _frame,
    "dtype": lambda state: np.dtype(state["name"]),
    "dtype of": lambda state: unpacked(state["index"]).dtype,
    "encoder": _encoder,
}
