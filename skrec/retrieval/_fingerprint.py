"""The mark of the model and the data that an index is from."""

import hashlib

import numpy as np
import pandas as pd

from skrec.retrieval._pipelines import columns_of, steps_of
from skrec.retrieval._values import values_of


def fingerprint_of(estimator, ids, items):
    """Return a text that differs where an estimator's weights, ids, or what it reads of the items differ.

    Items count by value and in their order: what holds them, how they are stored, the order of columns and columns that
    the estimator does not read make no difference.
    """
    read = columns_of(estimator)
    names = sorted((name for name in items if read is None or name in read), key=str)
    columns = [part for name in names for part in (str(name), items[name])]
    return digest(ids, *_state(estimator), *columns)


def digest(*parts):
    """Return a short text that differs where texts, arrays, or the values of columns and indexes differ."""
    state = hashlib.blake2b(digest_size=16)
    for part in parts:
        for piece in values_of(part) if isinstance(part, (pd.Index, pd.Series)) else [part]:
            if isinstance(piece, str):
                state.update(f"{len(piece)} {piece}".encode("utf-8", "surrogatepass"))
            else:
                state.update(f"{piece.dtype.str} {piece.shape}".encode())
                state.update(np.ascontiguousarray(piece).tobytes())
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
