"""What an index is: vectors under ids, searched by inner product, saved with the mark of what they came from."""

from typing import Any, Self

import numpy as np
import pandas as pd
from scipy import sparse

from skrec._archive import write_arrays
from skrec._text import quoted
from skrec._validation import check_array
from skrec._versions import VersionedPickle
from skrec.data import packed, unpacked
from skrec.retrieval._checks import check_filter, check_k
from skrec.retrieval._fingerprint import check_fingerprint, digest
from skrec.retrieval._format import FORMAT, read_index, text_of
from skrec.retrieval._ids import as_index, pack, unpack


class Index(VersionedPickle):
    """Base of the indexes; a subclass has `_prepare`, `_search` and the arrays that it saves beside the vectors.

    Attributes
    ----------
    ids : pandas.Index of shape (n_items,)
        What is found, in the order of the catalogue.
    vectors : ndarray of shape (n_items, n_dimensions), float32
    fingerprint : str
        Of what the vectors came from.
    """

    ids: pd.Index
    vectors: np.ndarray
    fingerprint: str

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
        vars(self).update(self._prepare(vectors), ids=ids, vectors=vectors, fingerprint=fingerprint)
        return self

    def search(self, vectors: Any, k: int, *, exclude: Any = None, filter: Any = None) -> Any:
        """Find the items whose inner product with each query is largest.

        Parameters
        ----------
        vectors : array-like of shape (n_queries, n_dimensions), float
            The queries.
        k : int
            Items to find for each, at most the number of items.
        exclude : sparse array of shape (n_queries, n_items), optional
            What is stored at (q, i) keeps item i out of the list of query q.
        filter : array-like of shape (n_items,), bool, optional
            Items that may be found at all.

        Returns
        -------
        found : tuple of rows, scores
            Arrays (n_queries, k): positions in `ids` (int64) and inner products (float32), the best first, equal
            scores in the order of the catalogue. A list that ends earlier goes on with row -1 and score -inf.

        Raises
        ------
        ValueError
            If k exceeds the catalogue, shapes do not fit, or a number is not finite.
        """
        queries = check_array(
            vectors, dtype=np.float32, order="C", input_name="vectors", ensure_min_samples=0, force_writeable=True
        )
        n_items, width = self._shape()
        if queries.shape[1] != width:
            raise ValueError(f"Expected queries of {width} dimensions as the index has, got {queries.shape[1]}")
        check_k(k, n_items)
        if exclude is not None:
            if exclude.shape != (len(queries), n_items):
                raise ValueError(f"Expected exclude of shape {(len(queries), n_items)}, got {exclude.shape}")
            exclude = sparse.csr_array(exclude)
        allowed = None if filter is None else check_filter(filter, n_items)
        return self._search(queries, int(k), exclude, allowed)

    def save(self, path: Any) -> None:
        """Write the index to one file, without pickles.

        The file is written beside `path` and moved there when it is whole: until then, and after an error, the one
        that it replaces is as it was.

        Parameters
        ----------
        path : str or path-like

        Raises
        ------
        TypeError
            If the ids are neither all strings nor all integers; categories are saved by value.
        OSError
            If the file cannot be written, for want of room or of the right to do so.
        """
        self._shape()
        self._write(path, self.fingerprint)

    @classmethod
    def load(cls, path: Any, *, fingerprint: str | None = None, mmap_mode: str | None = None) -> Any:
        """Read an index that `save` wrote.

        What the file says is checked like what `build` is given, and held against a digest of its content: a file from
        elsewhere can be wrong, but it runs nothing and opens nothing.

        Parameters
        ----------
        path : str or path-like
        fingerprint : str, optional
            The one to expect, such as ``recommender.fingerprint``.
        mmap_mode : {"r"}, optional
            Leave the vectors in the file, which the system reads where they are looked at, and may forget again. The
            file may be replaced meanwhile, as `save` does, but not changed.

        Returns
        -------
        index : index of this class

        Raises
        ------
        ValueError
            If the file is no index or a damaged one, has another kind of index or another fingerprint, or `mmap_mode`
            is neither None nor "r".
        OSError
            If there is no such file, or it cannot be read.
        """
        with read_index(path, cls.__name__, mapped_by(mmap_mode)) as arrays:
            index = cls()
            vectors = _check_vectors(arrays["vectors"])
            ids = check_ids(unpack(arrays), len(vectors))
            found = text_of(arrays, "fingerprint")
            vars(index).update(index._restore(arrays, vectors), ids=ids, vectors=vectors, fingerprint=found)
        if fingerprint is not None:
            check_fingerprint(index.fingerprint, fingerprint)
        return index

    def __getstate__(self) -> Any:
        state = super().__getstate__()
        return {**state, "ids": packed(state["ids"])} if "ids" in state else state

    def __setstate__(self, state: Any) -> None:
        super().__setstate__({**state, "ids": unpacked(state["ids"])} if "ids" in state else state)

    def _shape(self):
        """Return how many items there are, and of how many dimensions their vectors, or say that there are none."""
        self._check_built("vectors")
        return self.vectors.shape

    def _check_built(self, name):
        if name not in vars(self):
            raise ValueError(f"This {type(self).__name__} is not built yet; call build(ids, vectors) first")

    def _write(self, path, fingerprint):
        """Write the index to one file, under a fingerprint."""
        marks = {
            "format": np.array(FORMAT),
            "kind": np.array(type(self).__name__),
            "fingerprint": np.array(fingerprint),
        }
        write_arrays(path, {**marks, **pack(self.ids), "vectors": self.vectors, **self._arrays()})

    def _prepare(self, vectors):
        """Return what the search needs beside the vectors, {attribute: value}."""
        return {}

    def _arrays(self):
        """Return what `save` writes beside the vectors, {name: array}."""
        return {}

    def _restore(self, arrays, vectors):
        """Return what `_prepare` does, and the parameters, from the checked `arrays` of a file; else ValueError."""
        return {}

    def _search(self, queries, k, exclude, allowed):
        raise NotImplementedError


def mapped_by(mmap_mode):
    """Return the names of the arrays that stay in their file."""
    if mmap_mode not in (None, "r"):
        raise ValueError(
            f"Expected mmap_mode as None or 'r', got {quoted(mmap_mode)}; a loaded index is never written to"
        )
    return ("vectors",) if mmap_mode else ()


def check_mark(fingerprint):
    """Raise TypeError unless a fingerprint is a str, or None."""
    if fingerprint is not None and not isinstance(fingerprint, str):
        raise TypeError(f"Expected fingerprint as a str, got {type(fingerprint).__name__}")


def check_catalogue(ids, vectors, fingerprint):
    """Return ids, float32 vectors and fingerprint as an index keeps them; `build` says what raises."""
    check_mark(fingerprint)
    vectors = check_array(vectors, dtype=np.float32, order="C", input_name="vectors", force_writeable=True)
    ids = check_ids(as_index(ids), len(vectors))
    return ids, vectors, digest(ids, vectors) if fingerprint is None else fingerprint


def check_ids(ids, n_vectors):
    """Return ids, a pandas.Index, or raise ValueError unless each vector has one of its own."""
    if len(ids) != n_vectors:
        raise ValueError(f"Expected a vector for each id, got {len(ids)} ids and {n_vectors} vectors")
    if ids.hasnans:
        raise ValueError("Expected an id for each vector, got missing ones")
    if not ids.is_unique:
        twice = ids[ids.duplicated()].tolist()[0]
        raise ValueError(f"Expected each id once, got {quoted(twice)} more than once")
    return ids


def _check_vectors(vectors):
    """Return the vectors of a file, or raise ValueError unless they are as `build` makes them."""
    if vectors.dtype != np.float32:
        raise ValueError(f"Expected vectors of float32, got {vectors.dtype}")
    return check_array(vectors, dtype=np.float32, order="C", input_name="vectors")
