"""HashEncoder: equal values, equal buckets, in every dtype and process."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skrec.preprocessing import HashEncoder


def buckets(values, dtype=None, name="c", **parameters):
    column = pd.Series(values, dtype=dtype, name=name)
    return HashEncoder(**parameters).transform(column.to_frame())[name]


def test_the_hash_never_changes():
    # pickled models and stored features rely on these numbers
    assert buckets(["a", "b", "ü"], n_buckets=1000).tolist() == [867, 214, 925]
    assert buckets([1, -1, 2**53 + 1], n_buckets=1000).tolist() == [786, 484, 442]
    assert buckets([0.5, 1e300], n_buckets=1000).tolist() == [411, 453]


@pytest.mark.parametrize("dtype", [object, "str", "string", "category", "string[pyarrow]"])
def test_text_is_the_same_in_every_dtype(dtype):
    assert buckets(["a", "b", "a", None], dtype).equals(buckets(["a", "b", "a", None]))


@pytest.mark.parametrize(
    "dtype", ["int8", "uint64", "float32", "float64", "Int32", object, "category", "int64[pyarrow]"]
)
def test_numbers_are_the_same_in_every_dtype(dtype):
    assert buckets([1, 2, 100], dtype).tolist() == buckets([1, 2, 100], "int64").tolist()


def test_polars_and_pandas_agree():
    frame = pl.DataFrame({"s": ["a", None], "i": [2**53 + 1, None], "e": pl.Series(["x", None], dtype=pl.Enum(["x"]))})
    out = HashEncoder().fit_transform(frame)
    assert out["s"].equals(buckets(["a", None], name="s"))
    assert out["i"].equals(buckets([2**53 + 1, None], "Int64", name="i"))
    assert out["e"].equals(buckets(["x", None], name="e"))
    typed = HashEncoder(n_buckets=5).set_output(transform="polars").transform(frame)
    assert typed.schema["s"] == pl.Enum(list("01234"))
    assert typed["s"][1] is None


def test_every_bucket_is_declared_and_missing_stays_missing():
    column = buckets(["a", None], n_buckets=7)
    assert list(column.cat.categories) == list(range(7))
    assert column.isna().tolist() == [False, True]


def test_columns_and_seeds_collide_differently():
    def together(column):
        return column.to_numpy()[:, None] == column.to_numpy()

    for values in (range(500), [str(i) for i in range(500)]):
        one = together(buckets(values, n_buckets=50))
        for other in (buckets(values, n_buckets=50, name="d"), buckets(values, n_buckets=50, seed=1)):
            both = (one & together(other)).sum() - 500
            # independent: 500 * 499 / 50**2 = 100 ordered pairs expected in both, 4990 if they were the same
            assert 40 <= both <= 180


def test_buckets_are_evenly_filled():
    for values in (np.arange(100_000), np.arange(100_000) * 1024, np.arange(100_000) / 7):
        counts = np.bincount(buckets(values, n_buckets=100))
        assert counts.min() > 850
        assert counts.max() < 1150


def test_ids_above_the_floats_stay_apart():
    assert len(set(buckets([2**53, 2**53 + 1, 2**53 + 2]))) == 3


def test_transform_needs_no_fit_and_fit_learns_nothing():
    frame = pd.DataFrame({"c": ["new"]})
    for container in ("default", "pandas"):
        encoder = HashEncoder().set_output(transform=container)
        assert encoder.transform(frame).equals(encoder.fit(pd.DataFrame({"c": ["old"]})).transform(frame))


def test_an_array_takes_the_names_of_fit():
    frame = pd.DataFrame({"c": [1.0, 2.0]})
    encoder = HashEncoder().fit(frame)
    with pytest.warns(UserWarning, match="does not have valid feature names"):
        array = encoder.transform(frame.to_numpy())
    assert array[:, 0].tolist() == encoder.transform(frame)["c"].tolist()


@given(st.lists(st.text(st.characters(codec="utf-8"), max_size=3), min_size=1), st.integers(1, 10))
@settings(max_examples=50, deadline=None)
def test_a_row_does_not_depend_on_the_others(values, n_buckets):
    together = buckets(values, object, n_buckets=n_buckets).tolist()
    assert together == [buckets([value], object, n_buckets=n_buckets)[0] for value in values]


def test_refusals():
    with pytest.raises(TypeError, match="Column 'c': expected one value a row, got lists"):
        HashEncoder().fit(pd.DataFrame({"c": [["a"]]}))
    with pytest.raises(ValueError, match="The 'n_buckets' parameter of HashEncoder must be"):
        HashEncoder(n_buckets=0).transform(pd.DataFrame({"c": ["a"]}))
