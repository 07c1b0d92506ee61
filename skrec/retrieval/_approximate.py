"""The index that looks where the best items are likely to be.

Inverted lists of faiss, chosen by recall of the 100 best against speed, inner products of 64 numbers, one thread of a
busy machine, so that only ratios count. 200,000 items in 2,000 clusters, 1,000 queries:

    faiss inverted lists, 1,024 of them    built in  75 s   2,773 queries/s at .902,   846 at .959,   400 at .980
    the same in 8 bits a number            built in  55 s   2,117 queries/s at .904,   534 at .959,   283 at .978
    faiss HNSW graph of degree 16          built in 309 s     749 queries/s at .734,   238 at .834,   137 at .870
    graph of usearch, degree 16            built in 490 s     130 queries/s at .825,    65 at .871,    32 at .905

(usearch ran when the machine was busier.) 1,000,000 items in as many clusters, 4,096 lists in 8 bits: 3,489 queries/s
at .986, 1,057 at .993. In clusters smaller than the list that is asked for, 50 items of 1,000,000, the 1,000 lists of
"auto" find .47 with 16 looked into, .68 with 64: measure it on your vectors, `examples/benchmarks/retrieval.py` shows
how. hnswlib has no wheels; usearch has no filter in a search. faiss filters within its lists, which are built in a
fifth of the time of a graph. Codes of 8 bits take a quarter of the memory; exact scores of the best repair the order.
"""

from typing import Any

import numpy as np

from skrec.retrieval._clusters import check_settings, import_faiss, make_clusters, pack_clusters, unpack_clusters
from skrec.retrieval._exact import ExactIndex
from skrec.retrieval._format import int_of
from skrec.retrieval._index import Index
from skrec.retrieval._select import Found, best, exact_scores, nothing

QUERIES = 1024  # looked up at a time


class ApproximateIndex(Index):
    """Search by inner product that compares each query with the items of the clusters nearest to it.

    It needs faiss: ``pip install "skrec-torch[retrieval]"``. Scores are those of `ExactIndex`, and so is the order of
    what is found. Where the clusters that were looked into do not fill a list, because of what is excluded or
    filtered, every item is looked at.

    Parameters
    ----------
    n_lists : int or "auto", default="auto"
        Clusters of items; "auto" is the root of their number.
    n_probe : int, default=16
        Clusters that a query looks into: more find more, and take longer. It may be changed on a built index.

    Attributes
    ----------
    ids : pandas.Index of shape (n_items,)
        What is found, in the order of the catalogue.
    vectors : ndarray of shape (n_items, n_dimensions), float32
    fingerprint : str
        Of what the vectors came from.

    Raises
    ------
    ValueError
        If a parameter is out of range.
    ImportError
        If faiss is not installed, in `build` and `load`.

    See Also
    --------
    ExactIndex : Finds all, and is fast enough below some 100,000 items.

    Notes
    -----
    k-means, inner products of vectors coded in 8 bits a number, then exact scores of the best of these.

    References
    ----------
    Douze et al. (2024), The Faiss library, sections 4 and 5.

    Examples
    --------
    >>> import numpy as np
    >>> from skrec.retrieval import ApproximateIndex
    >>> vectors = np.random.default_rng(0).normal(size=(1000, 8))
    >>> vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    >>> index = ApproximateIndex(n_probe=8).build(np.arange(1000), vectors)
    >>> index.search(vectors[:3], 1).rows[:, 0].tolist()
    [0, 1, 2]
    """

    _lists: Any  # of faiss

    def __init__(self, *, n_lists: Any = "auto", n_probe: int = 16) -> None:
        check_settings(n_lists, n_probe)
        self.n_lists, self.n_probe = n_lists, n_probe

    def __getstate__(self) -> Any:
        state = super().__getstate__()
        return {**state, "_lists": pack_clusters(self._lists)} if "_lists" in state else state

    def __setstate__(self, state: Any) -> None:
        super().__setstate__(state)
        if isinstance(lists := state.get("_lists"), dict):
            self._lists = unpack_clusters(lists, self.vectors)

    def _prepare(self, vectors):
        check_settings(self.n_lists, self.n_probe)
        n_lists = max(1, int(len(vectors) ** 0.5)) if self.n_lists == "auto" else min(self.n_lists, len(vectors))
        return {"_lists": make_clusters(vectors, n_lists)}

    def _search(self, queries, k, exclude, allowed):
        check_settings(self.n_lists, self.n_probe)
        n_excluded = np.zeros(len(queries), np.int64) if exclude is None else np.diff(exclude.indptr)
        parts = []
        for start in range(0, len(queries), QUERIES):
            part = slice(start, start + QUERIES)
            seen = None if exclude is None else exclude[part]
            parts.append(self._search_some(queries[part], k, seen, allowed, n_excluded[part]))
        return Found(*map(np.concatenate, zip(nothing(0, k), *parts, strict=True)))

    def _search_some(self, queries, k, exclude, allowed, n_excluded):
        """Return the Found of a few queries, those with lists that are too short by looking at every item."""
        query, row = self._candidates(queries, k + int(n_excluded.max()), allowed)
        if exclude is not None:
            out = np.repeat(np.arange(len(queries)), np.diff(exclude.indptr)) * len(self.ids) + exclude.indices
            kept = ~np.isin(query * len(self.ids) + row, out)
            query, row = query[kept], row[kept]
        found = best(query, row, exact_scores(queries, self.vectors, query, row), len(queries), k)
        short = np.flatnonzero(found.rows[:, -1] < 0)
        if len(short):
            whole = ExactIndex()
            whole.ids, whole.vectors = self.ids, self.vectors
            rest = whole._search(queries[short], k, None if exclude is None else exclude[short], allowed)
            found.rows[short], found.scores[short] = rest
        return found

    def _candidates(self, queries, k, allowed):
        """Return pairs of a query and a likely item, for each query some more than k, for codes of 8 bits are off."""
        faiss = import_faiss()
        options = {"nprobe": min(self.n_probe, self._lists.nlist)}
        if allowed is not None:
            bits = np.packbits(allowed, bitorder="little")
            options["sel"] = faiss.IDSelectorBitmap(bits)
        n_wanted = min(k + k // 4 + 10, len(self.ids))
        rows = self._lists.search(queries, n_wanted, params=faiss.SearchParametersIVF(**options))[1]
        query, place = np.nonzero(rows >= 0)
        return query, rows[query, place]

    def _arrays(self):
        check_settings(self.n_lists, self.n_probe)
        settings = {"n_lists": 0 if self.n_lists == "auto" else self.n_lists, "n_probe": self.n_probe}
        return {**{name: np.array(value, np.int64) for name, value in settings.items()}, **pack_clusters(self._lists)}

    def _restore(self, arrays, vectors):
        settings = {"n_lists": int_of(arrays, "n_lists") or "auto", "n_probe": int_of(arrays, "n_probe")}
        check_settings(**settings)
        return {**settings, "_lists": unpack_clusters(arrays, vectors)}
