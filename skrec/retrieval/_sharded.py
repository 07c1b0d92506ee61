"""An index in parts, for catalogues that are built anew while there is memory for a part of them."""

import copy
from collections.abc import Iterable
from numbers import Integral
from typing import Any, Self

import numpy as np
import pandas as pd

from skrec._text import quoted
from skrec._validation import check_array
from skrec.retrieval._approximate import ApproximateIndex
from skrec.retrieval._exact import ExactIndex
from skrec.retrieval._fingerprint import check_fingerprint, digest
from skrec.retrieval._format import int_of, text_of
from skrec.retrieval._ids import as_index
from skrec.retrieval._index import Index, check_catalogue, check_ids, check_mark
from skrec.retrieval._select import Found, merged, nothing
from skrec.retrieval._shard_files import ShardFiles, read_manifest, shards_of

KINDS: dict[str, Any] = {cls.__name__: cls for cls in (ExactIndex, ApproximateIndex)}


class ShardedIndex(Index):
    """Search by inner product in shards of a catalogue, whose lists are merged exactly.

    Over `ExactIndex` it finds what one index of all items finds, to the bit. Over `ApproximateIndex` each shard is
    searched by its own clusters: what is found is at least what each shard's index finds of the best.

    `write` builds one shard at a time into a folder, of vectors that come in parts, and `load` maps the folder's
    vectors into memory: neither holds them all.

    Parameters
    ----------
    index : ExactIndex or ApproximateIndex, optional
        What a shard is, with its settings, not built; `ExactIndex()` if not given. Its `n_probe` may be changed on a
        built index.
    shard_size : int, default=1_000_000
        Items of a shard.

    Attributes
    ----------
    ids : pandas.Index of shape (n_items,)
        What is found, in the order of the catalogue.
    vectors : ndarray of shape (n_items, n_dimensions), float32
        Of all shards, put together anew each time.
    fingerprint : str
        Of what the vectors came from.
    shards : list of ExactIndex or ApproximateIndex
        Consecutive parts of the catalogue.

    Raises
    ------
    TypeError
        If `index` is no ExactIndex or ApproximateIndex.
    ValueError
        If `index` is built already, or `shard_size` is no int of at least 1.

    See Also
    --------
    ExactIndex : One index of all items.
    ApproximateIndex : Faster on many items, and finds most of them.

    Examples
    --------
    >>> import numpy as np
    >>> from skrec.retrieval import ShardedIndex
    >>> vectors = np.random.default_rng(0).normal(size=(1000, 8))
    >>> index = ShardedIndex(shard_size=300).build(np.arange(1000), vectors)
    >>> len(index.shards)
    4
    >>> vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    >>> index.build(np.arange(1000), vectors).search(vectors[[5, 700]], 1).rows[:, 0].tolist()
    [5, 700]
    """

    index: Any
    shard_size: int
    shards: list[Any]

    def __init__(self, index: Any = None, *, shard_size: int = 1_000_000) -> None:
        index = ExactIndex() if index is None else index
        if type(index) not in KINDS.values():
            raise TypeError(f"Expected index as an ExactIndex() or an ApproximateIndex(), got {quoted(index)}")
        if hasattr(index, "ids"):
            raise ValueError(
                f"Expected an index that is not built yet, got {type(index).__name__} with ids; give a new one"
            )
        if not isinstance(shard_size, Integral) or isinstance(shard_size, bool) or shard_size < 1:
            raise ValueError(f"Expected shard_size as an int of at least 1, got {quoted(shard_size)}")
        self.index, self.shard_size = index, int(shard_size)

    def build(self, ids: Any, vectors: Any, *, fingerprint: str | None = None) -> Self:
        """Take the vectors of a catalogue; after an error the index is as it was.

        Parameters
        ----------
        ids : array-like of shape (n_items,)
            Strings, or integers, each once.
        vectors : array-like of shape (n_items, n_dimensions), float
            Searched in float32.
        fingerprint : str, optional
            Marks the model and the data that the vectors are from; by default a digest of ids and vectors.

        Returns
        -------
        self : index

        Raises
        ------
        ValueError
            If an id comes twice or is missing, lengths differ, or a number is not finite.
        TypeError
            If `fingerprint` is no str.
        """
        ids, vectors, fingerprint = check_catalogue(ids, vectors, fingerprint)
        self._take([self._shard(*part) for part in _cut([(ids, vectors)], self.shard_size)], fingerprint)
        return self

    def write(self, folder: Any, parts: Iterable[tuple[Any, Any]], *, fingerprint: str | None = None) -> None:
        """Build an index into a folder, a shard at a time, of a catalogue whose vectors come in parts.

        In memory are a shard, the part that is cut, and all ids. This index stays as it is. An index that the folder
        has is as it was until the new one is whole, and after an error; who has loaded it goes on with it.

        Parameters
        ----------
        folder : str or path-like
            Made if it is not there.
        parts : iterable of pairs of ids and vectors
            As `build` takes them, of any lengths; the catalogue in its order.
        fingerprint : str, optional
            As in `build`; by default a digest of those of the shards.

        Raises
        ------
        ValueError
            As in `build`, or if there are no parts.
        TypeError
            If ids are neither all strings nor all integers, or `fingerprint` is no str.
        OSError
            If a file cannot be written.
        """
        check_mark(fingerprint)
        ids, marks, width = [], [], None
        with ShardFiles(folder) as files:
            for of_shard, vectors in _cut(parts, self.shard_size):
                width = vectors.shape[1] if width is None else width
                if vectors.shape[1] != width:
                    raise ValueError(f"Expected parts of {width} dimensions as before, got {vectors.shape[1]}")
                shard = self._shard(of_shard, vectors, "" if fingerprint else None)
                ids.append(shard.ids)
                marks.append(shard.fingerprint)
                files.add(shard)
            if not ids:
                raise ValueError("Expected parts with items, got none; give pairs of ids and vectors")
            whole = ids[0].append(ids[1:])
            check_ids(whole, len(whole))
            files.finish(fingerprint or digest(*marks), type(self.index).__name__, self._settings())

    def save(self, path: Any) -> None:
        """Write the index to a folder, without pickles, a file a shard.

        An index that the folder has is as it was until this one is whole, and after an error.

        Parameters
        ----------
        path : str or path-like
            The folder, made if it is not there.

        Raises
        ------
        TypeError
            If the ids are neither all strings nor all integers; categories are saved by value.
        OSError
            If a file cannot be written, for want of room or of the right to do so.
        """
        self._shape()
        with ShardFiles(path) as files:
            for shard in self.shards:
                files.add(shard)
            files.finish(self.fingerprint, type(self.index).__name__, self._settings())

    @classmethod
    def load(cls, path: Any, *, fingerprint: str | None = None, mmap_mode: str | None = None) -> Any:
        """Read an index that `save` or `write` wrote, with the same distrust as a single one.

        Parameters
        ----------
        path : str or path-like
            The folder.
        fingerprint : str, optional
            The one to expect, such as ``recommender.fingerprint``.
        mmap_mode : {"r"}, optional
            Leave vectors on the disk, which the system reads where they are looked at, and may forget again.

        Returns
        -------
        index : index of this class

        Raises
        ------
        ValueError
            If the folder has no index or a damaged one, has another kind of index or another fingerprint.
        OSError
            If a file is not there, or cannot be read.
        """
        with read_manifest(path) as manifest:
            kind = KINDS.get(text_of(manifest, "shard_kind"))
            if kind is None:
                raise ValueError(f"its shards are {text_of(manifest, 'shard_kind')[:80]}")
            options = (
                {}
                if kind is ExactIndex
                else {"n_lists": int_of(manifest, "n_lists") or "auto", "n_probe": int_of(manifest, "n_probe")}
            )
            index = cls(kind(**options), shard_size=int_of(manifest, "shard_size"))
            found, files = text_of(manifest, "fingerprint"), shards_of(path, manifest)
        if fingerprint is not None:
            check_fingerprint(found, fingerprint)
        shards: list[Any] = []
        for file, mark in files:
            shard = kind.load(file, mmap_mode=mmap_mode)
            if shard.fingerprint != mark or shard.vectors.shape[1] != (shards or [shard])[0].vectors.shape[1]:
                raise ValueError(f"{file} is damaged; build it anew (it is a shard of another index)")
            shards.append(shard)
        index._take(shards, found)
        return index

    @property
    def vectors(self) -> np.ndarray:  # type: ignore[override]
        """Vectors of all shards, put together anew."""
        return np.concatenate([shard.vectors for shard in self.shards])

    def _shape(self):
        self._check_built("shards")
        return len(self.ids), self.shards[0].vectors.shape[1]

    def _shard(self, ids, vectors, fingerprint=""):
        return copy.copy(self.index).build(ids, vectors, fingerprint=fingerprint)

    def _take(self, shards, fingerprint):
        """Take shards, whose ids are parts of the catalogue's from now on, or raise ValueError if an id comes twice."""
        ids = shards[0].ids.append([shard.ids for shard in shards[1:]])
        check_ids(ids, len(ids))
        start = 0
        for shard in shards:
            shard.ids = ids[start : start + len(shard.ids)]
            start += len(shard.ids)
        vars(self).update(shards=shards, ids=ids, fingerprint=fingerprint)

    def _settings(self):
        """Return the parameters as numbers by their names; 0 clusters are "auto"."""
        n_lists, n_probe = getattr(self.index, "n_lists", 0), getattr(self.index, "n_probe", 1)
        return {"shard_size": self.shard_size, "n_lists": 0 if n_lists == "auto" else n_lists, "n_probe": n_probe}

    def _search(self, queries, k, exclude, allowed):
        found, start = nothing(len(queries), k), 0
        for shard in self.shards:
            part = slice(start, start + len(shard.ids))
            start = part.stop
            mask = None if allowed is None else allowed[part]
            if mask is not None and not mask.any():
                continue
            if hasattr(self.index, "n_probe"):
                shard.n_probe = self.index.n_probe
            seen = None if exclude is None else exclude[:, part]
            some = shard._search(queries, min(k, len(shard.ids)), seen, mask)
            found = merged(found, Found(np.where(some.rows < 0, -1, some.rows + part.start), some.scores), k)
        return found


def _cut(parts, size):
    """Yield ids, a pandas.Index, and vectors of `size` items each, the last of what is left."""
    held: list[tuple[pd.Index, np.ndarray]] = []
    n_held = 0
    for given, numbers in parts:
        vectors = check_array(numbers, dtype=np.float32, order="C", input_name="vectors", force_writeable=True)
        ids, start = as_index(given), 0
        if len(ids) != len(vectors):
            raise ValueError(f"Expected a vector for each id, got {len(ids)} ids and {len(vectors)} vectors")
        if held and held[0][1].shape[1] != vectors.shape[1]:
            raise ValueError(f"Expected parts of {held[0][1].shape[1]} dimensions as before, got {vectors.shape[1]}")
        while start < len(ids):
            stop = min(len(ids), start + size - n_held)
            held.append((ids[start:stop], vectors[start:stop]))
            n_held, start = n_held + stop - start, stop
            if n_held == size:
                yield _joined(held)
                held, n_held = [], 0
    if held:
        yield _joined(held)


def _joined(held):
    ids, vectors = zip(*held, strict=True)
    return ids[0].append(list(ids[1:])), vectors[0] if len(vectors) == 1 else np.concatenate(vectors)
