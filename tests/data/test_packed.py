"""An index in a file."""

import datetime
import decimal
import pickle

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from skrec.data import PackedIndex, Vocabulary, packed

INDEXES = [
    pd.Index(["a", "bé", ""]),
    pd.Index(["c", "b", "a"])[1:],
    pd.Index(["x"], name="n"),
    pd.Index([], dtype="str"),
    pd.Index(["a"], dtype=object),
    pd.Index([], dtype=object),
    pd.Index(["a", "\ud800"], dtype=object),
    pd.Index(["a", "b"], dtype="string[pyarrow]"),
    pd.Index(["a", "b"], dtype="string[python]"),
    pd.Index(["a", "b"], dtype=pd.ArrowDtype(pa.string())),
    pd.Index(["a", "b"], dtype=pd.ArrowDtype(pa.large_string())),
    pd.RangeIndex(10),
    pd.Index([1, 2**60]),
    pd.Index([1, 2], dtype="int8"),
    pd.Index([2**63], dtype="uint64"),
    pd.Index([1.5], dtype="float32"),
    pd.Index([True, False]),
    pd.Index([1, 2], dtype="Int64"),
    pd.Index([1.5, 2], dtype="Float64"),
    pd.Index([True], dtype="boolean"),
    pd.Index([1, 2], dtype=pd.ArrowDtype(pa.int64())),
    pd.Index([True], dtype=pd.ArrowDtype(pa.bool_())),
    pd.Index([1, 2**70]),
    pd.Index([1, "a"]),
    pd.IntervalIndex.from_breaks([0, 1, 2]),
    pd.IntervalIndex.from_breaks([0.0, 1.0, 2.0], closed="left"),
    pd.Index([(1, 2), (3,)], tupleize_cols=False),
    pd.Index([decimal.Decimal("1.5")]),
    pd.Index([datetime.date(2020, 1, 1)]),
]


@pytest.mark.parametrize("index", INDEXES, ids=range(len(INDEXES)))
def test_an_index_is_what_it_was(index):
    again = pickle.loads(pickle.dumps(packed(index))).index
    assert type(again) is type(index)
    assert (again.dtype, again.name) == (index.dtype, index.name)
    assert again.equals(index)
    assert [type(value) for value in again] == [type(value) for value in index]


def test_what_shares_an_index_shares_it_in_a_file():
    index = pd.Index([f"value {i}" for i in range(1000)])
    one, other = Vocabulary(index), Vocabulary(index)
    data = pickle.dumps([one, other])
    assert len(data) < 1.2 * len(pickle.dumps(one))
    one, other = pickle.loads(data)
    assert one.values is other.values


def test_text_that_ends_behind_its_bytes_is_refused():
    state = {**packed(pd.Index(["a", "b"])).__getstate__(), "stops": np.array([0, 1, 10**6], np.int32)}
    broken = PackedIndex.__new__(PackedIndex)
    broken.__setstate__(state)
    with pytest.raises(ValueError, match="damaged"):
        _ = broken.index
