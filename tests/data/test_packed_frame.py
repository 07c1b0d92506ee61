"""A frame in a file."""

import pickle

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from skrec.data import packed_frame

COLUMNS = {
    "text": ["x", None, "z"],
    "objects": pd.Series(["x", None, "z"], dtype=object),
    "text objects": pd.Series(["x", "y", "z"], dtype=object),
    "python": pd.array(["a", None, "b"], dtype="string[python]"),
    "integers": [1, 2, 2**60],
    "floats": [1.5, np.nan, 3],
    "masked": pd.array([1, None, 3], dtype="Int64"),
    "booleans": [True, False, True],
    "categories": pd.Categorical(["u", None, "v"]),
    "bins": pd.cut([1, 2, 3], 2),
    "lists": pd.Series([["a"], [], None], dtype=pd.ArrowDtype(pa.list_(pa.string()))),
    "python lists": [["a", "b"], [], ["c"]],
    "arrow": pd.array([1, None, 2], dtype=pd.ArrowDtype(pa.int64())),
    "nothing": pd.array([None, None, None], dtype=pd.ArrowDtype(pa.string())),
    "days": pd.date_range("2020", periods=3),
}


@pytest.mark.parametrize("name", COLUMNS)
def test_a_frame_is_what_it_was(name):
    frame = pd.DataFrame({name: COLUMNS[name], "more": [1, 2, 3]}, index=["p", "q", "r"])
    pd.testing.assert_frame_equal(pickle.loads(pickle.dumps(packed_frame(frame))).frame, frame)
    pd.testing.assert_series_equal(pickle.loads(pickle.dumps(packed_frame(frame[name]))).frame, frame[name])


def test_a_frame_is_packed_once():
    frame = pd.DataFrame({"a": range(1000)})
    kept = packed_frame(frame)
    assert packed_frame(frame) is kept
    assert packed_frame(None) is None
