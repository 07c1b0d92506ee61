"""The same rows as a source of either kind, to test with."""

from itertools import pairwise

import numpy as np
import pyarrow as pa
import pyarrow.dataset as ds

from skrec.data import Chunk, as_pandas, open_source


class Reader:
    """Checks nothing."""

    several = False

    def names(self):
        return None

    def first(self, X):
        return as_pandas(X)

    next = first

    def chunk(self, frame, y, weight):
        weight = np.ones(len(frame)) if weight is None else np.array(weight, np.float64)
        return Chunk(frame, np.asarray(y), weight)


def dataset_of(frame, cuts=()):
    """Return a frame as a Dataset of groups that end at `cuts`."""
    ends = sorted({0, len(frame), *(cut % (len(frame) + 1) for cut in cuts)})
    table = pa.Table.from_pandas(frame, preserve_index=False)
    return ds.dataset([ds.dataset(table[first:last]) for first, last in pairwise(ends)])


def sources(frame, y, weight=None, cuts=()):
    """Return a FrameSource and a DatasetSource of the same rows."""
    columns = {"y": np.asarray(y)} if weight is None else {"y": np.asarray(y), "w": np.asarray(weight, np.float64)}
    dataset = dataset_of(frame.assign(**columns), cuts)
    names = "y", None if weight is None else "w"
    return open_source(frame, np.asarray(y), weight, Reader()), open_source(dataset, *names, Reader())
