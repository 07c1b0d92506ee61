"""An Arrow array of tokens as plain arrays, as it lies in a file."""

from typing import Any

import numpy as np
import pyarrow as pa

from skrec.data._packed_text import text_of_buffers, text_to_buffers

__all__ = ["PackedTokens"]


class PackedTokens:
    """What a pickle has in the place of an Arrow array; who loads it takes `tokens`.

    Parameters
    ----------
    tokens : pyarrow.Array of shape (n_tokens,)
        Text, integers, booleans or floats, some of them missing.
    """

    def __init__(self, tokens: Any) -> None:
        self._state = _state_of(tokens)

    @property
    def tokens(self) -> Any:
        """The array."""
        return _tokens_of(self._state)

    def __getstate__(self) -> Any:
        return self._state

    def __setstate__(self, state: Any) -> None:
        self._state = dict(state)


def _state_of(tokens):
    kind = tokens.type
    missing = {"missing": np.asarray(tokens.is_null())} if tokens.null_count else {}
    if pa.types.is_string(kind):
        text, stops = text_to_buffers(tokens.fill_null(""))
        return {"text": text, "stops": stops, **missing}
    if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_boolean(kind):
        filled = tokens.fill_null(False if pa.types.is_boolean(kind) else 0)
        return {"values": filled.to_numpy(zero_copy_only=False), **missing}
    return {"list": tokens.to_pylist()}


def _tokens_of(state):
    if "list" in state:
        return pa.array(state["list"])
    missing = state.get("missing")
    if "values" in state:
        return pa.array(state["values"], mask=missing)
    cells = text_of_buffers(state["text"], state["stops"]).cast(pa.string())
    if missing is None:
        return cells
    return cells.take(pa.array(np.arange(len(cells)), mask=missing))
