"""Transformers refuse values of another type than those of fit, in one row and in many."""

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from pandas.testing import assert_frame_equal

from skrec.preprocessing import CategoryEncoder, HashEncoder, SequenceEncoder, TableEncoder
from skrec.preprocessing._frames import TypedFrameMixin
from tests.discovery import public_estimators

pytestmark = pytest.mark.fast

ENCODERS = {
    "CategoryEncoder": CategoryEncoder(),
    "HashEncoder": HashEncoder(50),
    "TableEncoder": TableEncoder(categorical=["id"]),
    "SequenceEncoder": SequenceEncoder(),
    "HistoryEncoder": None,  # its users are held against its events, see its own tests
}
IDS = pd.DataFrame({"id": [17, 5, 17, 8] * 10})
every = pytest.mark.parametrize("name", [name for name, encoder in ENCODERS.items() if encoder is not None])
CONTAINERS = {"pandas": lambda frame: frame, "polars": pl.from_pandas, "Arrow": pa.Table.from_pandas}


def test_every_transformer_is_here():
    assert set(ENCODERS) == {cls.__name__ for cls in public_estimators() if issubclass(cls, TypedFrameMixin)}


@every
@pytest.mark.parametrize("container", CONTAINERS)
@pytest.mark.parametrize("n_rows", [1, 40])
def test_text_and_numbers(name, container, n_rows):
    text = IDS.astype(str)
    rows = CONTAINERS[container](text[:n_rows])
    encoder = ENCODERS[name].fit(text)
    with pytest.raises(
        TypeError, match=r"^Column 'id': expected text such as '.*', as in fit, got integers such as 17;"
    ):
        encoder.transform(IDS[:n_rows])
    encoder.fit(IDS)
    if name == "SequenceEncoder":  # where integers are known it reads them in text
        assert encoder.transform(rows)["id"].tolist() == [[value] for value in IDS["id"][:n_rows]]
        return
    with pytest.raises(
        TypeError, match=r"^Column 'id': expected integers such as .*, as in fit, got text such as '17'; "
    ):
        encoder.transform(rows)


@every
@pytest.mark.parametrize("n_rows", [1, 40])
def test_floats_that_lost_digits(name, n_rows):
    large = IDS + 2**53
    encoder = ENCODERS[name].fit(large)
    floats = large[:n_rows].astype(float)
    if name != "SequenceEncoder":  # it makes integers of whole floats, as a missing one beside them does floats
        with pytest.raises(TypeError, match=r"^Column 'id': .* floats of 2\*\*53 and more such as 9007199254741008\.0"):
            encoder.transform(floats)
        with pytest.raises(TypeError, match=r"^Column 'id': .* floats of 2\*\*53 and more"):
            ENCODERS[name].fit(large.astype(float)).transform(large[:n_rows])


@every
def test_the_same_numbers_and_missing_ones(name):
    encoder = ENCODERS[name].fit(IDS)
    expected = encoder.transform(IDS[:3])
    for dtype in ("float64", "Int64", "int8", "category", object, pd.ArrowDtype(pa.int16())):
        assert_frame_equal(encoder.transform(IDS[:3].astype({"id": dtype})), expected)
    for missing in (None, np.nan, pd.NA, pd.NaT):
        rows = pd.DataFrame({"id": [missing] * 3}, dtype=object)
        out = encoder.transform(rows)["id"]
        assert [list(cell) for cell in out] == [[]] * 3 if name == "SequenceEncoder" else out.isna().all()


def test_an_enum_stands_for_the_values_whose_text_it_is():
    enum = pl.DataFrame({"id": pl.Series(["17", "8", "5"], dtype=pl.Enum(["5", "8", "17"]))})
    numbers = IDS[["id"]].iloc[[0, 3, 1]].reset_index(drop=True)
    encoder = CategoryEncoder().fit(IDS)
    assert_frame_equal(encoder.transform(enum), encoder.transform(numbers))
    encoder = CategoryEncoder().fit(enum)
    assert encoder.transform(numbers)["id"].tolist() == ["17", "8", "5"]
    assert encoder.transform(numbers.astype(str))["id"].tolist() == ["17", "8", "5"]
    with pytest.raises(TypeError, match="Column 'id': expected text such as '17', as in fit, got integers such as 17"):
        HashEncoder(50).fit(enum).transform(numbers)  # whose text has another hash


def test_a_hash_needs_no_fit_and_then_refuses_nothing():
    encoder = HashEncoder(50)
    assert encoder.transform(IDS)["id"].notna().all()
    assert encoder.transform(IDS.astype(str))["id"].notna().all()
