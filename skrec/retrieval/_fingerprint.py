"""The mark of the model and the data that an index is from."""

import hashlib

import numpy as np
import pandas as pd

from skrec.retrieval._pairs import steps_of


def fingerprint_of(estimator, ids, items):
    """Return a text that differs where an estimator's weights or the items differ."""
    return digest(ids, *_state(estimator), *_cells(items))


def digest(*parts):
    """Return a short text that differs where arrays, or indexes of ids, differ."""
    state = hashlib.blake2b(digest_size=16)
    for part in parts:
        values = pd.util.hash_array(np.asarray(part)) if isinstance(part, pd.Index) else np.ascontiguousarray(part)
        state.update(str(values.shape).encode())
        state.update(values.tobytes())
    return state.hexdigest()


def check_fingerprint(found, expected):
    """Raise ValueError if an index is not from the model and data at hand."""
    if found != expected:
        raise ValueError(
            f"Expected an index of this model and these items, fingerprint {expected}, got one of another model or "
            f"other items, {found}; build it anew"
        )


def _state(estimator):
    """Return the weights of what predicts, as arrays, and the categories that they belong to."""
    last = steps_of(estimator)[1]
    if not hasattr(last, "net_"):
        return []
    weights = last.net_.module_.state_dict()
    categories = [pd.Index(vocabulary.values) for vocabulary in last.schema_.vocabularies]
    return [*(weights[name].numpy() for name in sorted(weights)), *categories]


def _cells(frame):
    """Return a hash of each cell, an array a column; lists are hashed as text."""
    columns = []
    for name in frame:
        try:
            columns.append(pd.util.hash_pandas_object(frame[name], index=False).to_numpy())
        except (TypeError, NotImplementedError):
            columns.append(pd.util.hash_pandas_object(frame[name].map(str), index=False).to_numpy())
    return columns
