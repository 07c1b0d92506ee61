"""What an index is: vectors under ids, searched by inner product, saved with the mark of what they came from."""

import numpy as np
import pandas as pd
from scipy import sparse

from skrec._validation import check_array
from skrec.retrieval._checks import check_filter, check_k
from skrec.retrieval._fingerprint import check_fingerprint, digest


class Index:
    """Base of the indexes; a subclass has `_prepare`, `_search` and the arrays that it saves beside the vectors.

    Attributes
    ----------
    ids : pandas.Index of shape (n_items,)
        What is found, in the order of the catalogue.
    vectors : ndarray of shape (n_items, n_dimensions), float32
    fingerprint : str
        Of what the vectors came from.
    """

    def build(self, ids, vectors, *, fingerprint=None):
        """Take the vectors of a catalogue.

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
        """
        ids = pd.Index(ids)
        vectors = check_array(vectors, dtype=np.float32, order="C", input_name="vectors", force_writeable=True)
        if len(ids) != len(vectors):
            raise ValueError(f"Expected a vector for each id, got {len(ids)} ids and {len(vectors)} vectors")
        if ids.hasnans:
            raise ValueError("Expected an id for each vector, got missing ones")
        if not ids.is_unique:
            raise ValueError(f"Expected each id once, got {ids[ids.duplicated()].tolist()[0]!r} more than once")
        self.ids, self.vectors = ids, vectors
        self.fingerprint = digest(ids, vectors) if fingerprint is None else fingerprint
        self._prepare()
        return self

    def search(self, vectors, k, *, exclude=None, filter=None):
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
        n_items, width = self._built().shape
        if queries.shape[1] != width:
            raise ValueError(f"Expected queries of {width} dimensions as the index has, got {queries.shape[1]}")
        check_k(k, n_items)
        if exclude is not None:
            if exclude.shape != (len(queries), n_items):
                raise ValueError(f"Expected exclude of shape {(len(queries), n_items)}, got {exclude.shape}")
            exclude = sparse.csr_array(exclude)
        allowed = None if filter is None else check_filter(filter, n_items)
        return self._search(queries, int(k), exclude, allowed)

    def save(self, path):
        """Write the index to one file, without pickles.

        Parameters
        ----------
        path : str or path-like
        """
        vectors, kind = self._built(), pd.api.types.infer_dtype(self.ids)
        if kind not in ("string", "integer"):
            raise TypeError(f"Expected ids that are all strings or all integers, got {kind}; use joblib.dump instead")
        ids = self.ids.to_numpy(dtype=str if kind == "string" else np.int64)
        arrays = {"ids": ids, "vectors": vectors, "fingerprint": np.array(self.fingerprint)}
        with open(path, "wb") as file:
            np.savez(file, kind=np.array(type(self).__name__), **arrays, **self._arrays())

    @classmethod
    def load(cls, path, *, fingerprint=None):
        """Read an index that `save` wrote.

        Parameters
        ----------
        path : str or path-like
        fingerprint : str, optional
            The one to expect, such as ``recommender.fingerprint``.

        Returns
        -------
        index : index of this class

        Raises
        ------
        ValueError
            If the file has another kind of index or another fingerprint.
        """
        with np.load(path) as arrays:
            kind = str(arrays["kind"])
            if kind != cls.__name__:
                raise ValueError(f"Expected a file of {cls.__name__}, got one of {kind}; load it with {kind}.load")
            found = str(arrays["fingerprint"])
            if fingerprint is not None:
                check_fingerprint(found, fingerprint)
            index = cls()
            index.ids, index.vectors, index.fingerprint = pd.Index(arrays["ids"]), arrays["vectors"], found
            index._restore(arrays)
        return index

    def _built(self):
        """Return the vectors, or say that there are none."""
        if not hasattr(self, "vectors"):
            raise ValueError(f"This {type(self).__name__} is not built yet; call build(ids, vectors) first")
        return self.vectors

    def _prepare(self):
        """Make what the search needs beside the vectors."""

    def _arrays(self):
        """Return what `save` writes beside the vectors, {name: array}."""
        return {}

    def _restore(self, arrays):
        """Take it back."""

    def _search(self, queries, k, exclude, allowed):
        raise NotImplementedError
