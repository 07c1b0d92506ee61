"""Files of an index in shards: a folder with one for each, and one that says which they are."""

import os
import re
import secrets
from contextlib import suppress

import numpy as np

from skrec._archive import write_arrays
from skrec.retrieval._format import FORMAT, int_of, read_index, text_of

__all__ = ["ShardFiles", "read_manifest", "shards_of"]

MANIFEST = "shards.index"
KIND = "ShardedIndex"


class ShardFiles:
    """The files of one index that is being written; those that are there stay valid until `finish`.

    Shards have names that no earlier ones have: who reads the old index meanwhile goes on reading it.

    Parameters
    ----------
    folder : str or path-like
        Made if it is not there.

    Attributes
    ----------
    n_shards : int
        Written so far.
    """

    def __init__(self, folder):
        self.folder, self.token, self.n_shards = os.fsdecode(folder), secrets.token_hex(8), 0
        os.makedirs(self.folder, exist_ok=True)

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        if kind is not None:
            self._remove(self.token)

    def add(self, shard):
        """Write a built index as the next shard."""
        shard._write(_path(self.folder, self.token, self.n_shards), _mark(self.token, self.n_shards))
        self.n_shards += 1

    def finish(self, fingerprint, shard_kind, settings):
        """Say which shards there are, and remove those of an earlier index.

        Parameters
        ----------
        fingerprint : str
            Of the whole index.
        shard_kind : str
            The class of the shards.
        settings : dict of {str: int}
            Parameters of the index and of its shards.
        """
        before = _token_of(self.folder)
        texts = {"kind": KIND, "fingerprint": fingerprint, "token": self.token, "shard_kind": shard_kind}
        numbers = {"format": FORMAT, "n_shards": self.n_shards, **settings}
        arrays = {name: np.array(value) for name, value in {**texts, **numbers}.items()}
        write_arrays(os.path.join(self.folder, MANIFEST), arrays)
        if before is not None:
            self._remove(before)

    def _remove(self, token):
        for name in os.listdir(self.folder):
            if re.fullmatch(rf"{token}-\d+\.index", name):
                with suppress(OSError):  # one that another process reads on a system that keeps it then
                    os.unlink(os.path.join(self.folder, name))


def read_manifest(folder):
    """Give what `finish` wrote, for a ``with`` block: {name: array}, checked as files of indexes are."""
    name = os.fsdecode(folder)
    path = os.path.join(name, MANIFEST)
    if os.path.isdir(name) and not os.path.exists(path):
        raise ValueError(f"{name} has no index in shards, no {MANIFEST}; expected a folder that save or write wrote")
    return read_index(name if os.path.isfile(name) else path, KIND)  # a file says of which index it is


def shards_of(folder, manifest):
    """Return the path and the mark of each shard, in their order; ValueError if the manifest's numbers are none."""
    token, n_shards = text_of(manifest, "token"), int_of(manifest, "n_shards")
    if not re.fullmatch("[0-9a-f]{16}", token) or n_shards < 1:
        raise ValueError("it names no shards")
    return [(_path(folder, token, number), _mark(token, number)) for number in range(n_shards)]


def _path(folder, token, number):
    """Return where a shard is."""
    return os.path.join(os.fsdecode(folder), f"{token}-{number:05}.index")


def _mark(token, number):
    """Return the fingerprint of a shard."""
    return f"{token} {number}"


def _token_of(folder):
    """Return the token of the shards that a folder has now, None if there are none, or none that can be read."""
    try:
        with read_manifest(folder) as manifest:
            token = text_of(manifest, "token")
    except (OSError, ValueError):
        return None
    return token if re.fullmatch("[0-9a-f]{16}", token) else None
