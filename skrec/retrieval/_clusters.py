"""Clusters of items as inverted lists of faiss, and as plain arrays that outlive it.

No bytes of a file reach faiss's own reader: what it reads may name other files, to be opened for writing.
"""

import os
import sys
from numbers import Integral

import numpy as np

from skrec._text import quoted
from skrec.retrieval._format import check_array_of

_MOST = 2**63 - 1


def import_faiss():
    """Return the module faiss, or say how to get it."""
    try:
        import faiss
    except ImportError as error:
        raise ImportError('ApproximateIndex needs faiss; pip install "skrec-torch[retrieval]"') from error
    return faiss


def _after_fork():
    """Let faiss use one thread: it may have an OpenMP of its own, whose team stayed with the parent."""
    if "faiss" in sys.modules:
        import_faiss().omp_set_num_threads(1)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


def check_settings(n_lists, n_probe):
    """Raise ValueError unless both are numbers of clusters."""
    for name, value in (("n_lists", n_lists), ("n_probe", n_probe)):
        valid = isinstance(value, Integral) and not isinstance(value, bool) and 1 <= int(value) <= _MOST
        if not valid and not (name == "n_lists" and isinstance(value, str) and value == "auto"):
            raise ValueError(f"Expected {name} as an int of at least 1, got {quoted(value)}")


def make_clusters(vectors, n_lists):
    """Return faiss's inverted lists of `vectors` (N, D) in 8 bits a number."""
    faiss = import_faiss()
    lists = faiss.index_factory(vectors.shape[1], f"IVF{n_lists},SQ8", faiss.METRIC_INNER_PRODUCT)
    lists.cp.min_points_per_centroid = 1  # else a small catalogue is complained of on stderr
    lists.train(vectors)
    lists.add(vectors)
    return lists


def pack_clusters(lists):
    """Return inverted lists as arrays: the centre of each, the ranges of codes, of each item its list and code."""
    faiss, kept = import_faiss(), lists.invlists
    list_of, codes = np.empty(lists.ntotal, np.int32), np.empty((lists.ntotal, lists.code_size), np.uint8)
    for number in range(lists.nlist):
        if n_here := kept.list_size(number):
            rows = faiss.rev_swig_ptr(kept.get_ids(number), n_here)
            list_of[rows] = number
            codes[rows] = faiss.rev_swig_ptr(kept.get_codes(number), n_here * lists.code_size).reshape(n_here, -1)
    return {
        "centres": lists.quantizer.reconstruct_n(0, lists.nlist),  # (n_lists, D)
        "ranges": faiss.vector_to_array(lists.sq.trained).reshape(2, lists.d),  # least, and how far it goes
        "list_of": list_of,  # (N,)
        "codes": codes,  # (N, D)
    }


def unpack_clusters(arrays, vectors):
    """Return the inverted lists of `pack_clusters`, which find the same, or raise ValueError."""
    n_items, width = vectors.shape
    n_lists = len(arrays["centres"]) if arrays["centres"].ndim else 0
    centres = check_array_of(arrays, "centres", np.float32, (n_lists, width))
    ranges = check_array_of(arrays, "ranges", np.float32, (2, width))
    list_of = check_array_of(arrays, "list_of", np.int32, (n_items,))
    codes = check_array_of(arrays, "codes", np.uint8, (n_items, width))
    if not 1 <= n_lists <= n_items or list_of.min() < 0 or list_of.max() >= n_lists:
        raise ValueError(f"its items are in other lists than the {n_lists} it has")
    if not (np.isfinite(centres).all() and np.isfinite(ranges).all()):
        raise ValueError("its centres or ranges are not finite")

    faiss = import_faiss()
    centre_of = faiss.IndexFlat(width, faiss.METRIC_INNER_PRODUCT)
    centre_of.add(centres)
    lists = faiss.IndexIVFScalarQuantizer(
        centre_of, width, n_lists, faiss.ScalarQuantizer.QT_8bit, faiss.METRIC_INNER_PRODUCT
    )
    faiss.copy_array_to_vector(ranges.reshape(-1), lists.sq.trained)
    rows = np.argsort(list_of, kind="stable")
    codes, ends = codes[rows], np.cumsum(np.bincount(list_of, minlength=n_lists))
    for number, (start, stop) in enumerate(zip([0, *ends[:-1]], ends, strict=True)):
        if start < stop:
            of_list, code = rows[start:stop], codes[start:stop]
            lists.invlists.add_entries(number, len(of_list), faiss.swig_ptr(of_list), faiss.swig_ptr(code))
    lists.is_trained, lists.ntotal = True, n_items
    return lists
