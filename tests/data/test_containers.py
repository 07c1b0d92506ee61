import pandas as pd
import polars as pl
import pytest

from skrec.data._columns import SEQUENCE, role_of
from skrec.data._containers import arrays, as_pandas, is_frame


def test_frames_are_told_from_arrays():
    frame = pl.DataFrame({"a": [1]})
    assert all(map(is_frame, [frame, frame.to_pandas(), frame.to_arrow()]))
    assert not any(map(is_frame, [frame.to_numpy(), [[1]], frame.to_pandas()["a"]]))


def test_as_pandas_keeps_types_and_names():
    frame = pl.DataFrame({"id": [2**53 + 1, None], "genres": [["a"], None]})
    for other in (frame, frame.to_arrow()):
        pandas = as_pandas(other)
        assert list(pandas) == ["id", "genres"]
        assert pandas["id"].iloc[0] == 2**53 + 1
        assert role_of(pandas["genres"]) == SEQUENCE
    assert as_pandas(pandas) is pandas


def test_columns_of_one_name_are_refused():
    frame = pd.DataFrame([[1, 2, 3, 4]], columns=["a", "b", "a", "b"])
    with pytest.raises(ValueError, match=r"names that are unique, got \['a', 'b'\] more than once; rename or drop"):
        as_pandas(frame)


def test_arrays_of_a_frame_need_nothing_private(monkeypatch):
    frame = pd.DataFrame({"a": [1.5, 2], "b": ["x", None], "c": pd.Categorical([1, 2]), "d": [[1], []]})
    quick = arrays(frame)
    monkeypatch.delattr(pd.DataFrame, "_iter_column_arrays")
    for (name, array), (same, plain) in zip(quick.items(), arrays(frame).items(), strict=True):
        assert name == same
        assert type(array) is type(plain)
        assert array.dtype == plain.dtype
        pd.testing.assert_series_equal(pd.Series(array), pd.Series(plain))
