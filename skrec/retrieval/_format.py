"""The file of an index: which arrays it has to have, and what is said of another file."""

import os
from contextlib import contextmanager

import numpy as np

from skrec._archive import DIGEST, BadFile, read_arrays
from skrec._text import quoted

FORMAT = 2  # the first had neither a number nor a digest
_FIRST = {"kind", "fingerprint", "ids", "vectors"}  # of ExactIndex then: plain arrays, which are still read


@contextmanager
def read_index(path, kind, mapped=()):
    """Give the arrays of a file, {name: array}; what the block finds wrong with them, a ValueError, is said of `path`.

    Parameters
    ----------
    path : str or path-like
    kind : str
        The class whose index it has to be.
    mapped : sequence of str
        Arrays that stay in the file.
    """
    try:
        arrays = _Arrays(read_arrays(path, mapped))
    except BadFile as error:
        raise (_damaged if error.known else _no_index)(path, error) from error
    found = str(arrays.get("kind", ""))
    if not found.isidentifier():
        raise _no_index(path, "it does not say of which class")
    if found != kind:
        call = f"{found[:80]}.load({quoted(os.fspath(path))})"
        raise ValueError(f"Expected a file of {kind}, got one of {found[:80]}; load it with {call}")
    is_first = not arrays.keys() & {"format", DIGEST}
    readable = arrays.keys() == _FIRST if is_first else np.array_equal(arrays.get("format", FORMAT), FORMAT)
    if not readable:
        raise ValueError(
            f"{path} has an index in a format that this skrec does not read; build it anew, or load it with the skrec "
            "that wrote it"
        )
    try:
        for mark in () if is_first else ("format", DIGEST):
            arrays[mark]
        yield arrays
    except ValueError as error:
        raise _damaged(path, error) from error


def text_of(arrays, name):
    """Return the text that an array is, or raise ValueError."""
    if arrays[name].dtype.kind != "U" or arrays[name].shape:
        raise ValueError(f"its {name} is no text")
    return str(arrays[name])


def int_of(arrays, name):
    """Return the integer that an array is, or raise ValueError."""
    if arrays[name].dtype.kind not in "iu" or arrays[name].shape:
        raise ValueError(f"its {name} is no integer")
    return int(arrays[name])


def check_array_of(arrays, name, dtype, shape):
    """Return an array of that dtype and shape, or raise ValueError."""
    array = arrays[name]
    if array.dtype != dtype or array.shape != shape:
        raise ValueError(f"its {name} is {array.dtype} of shape {array.shape}, not {np.dtype(dtype)} of shape {shape}")
    return array


class _Arrays(dict):
    def __missing__(self, name):
        raise ValueError(f"it has no {name}")


def _no_index(path, reason):
    return ValueError(f"{path} is no index of skrec ({reason}); expected a file that save wrote")


def _damaged(path, reason):
    return ValueError(f"{path} is damaged; build it anew ({reason})")
