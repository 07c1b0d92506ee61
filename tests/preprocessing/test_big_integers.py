"""Integers that no float, or no 64 bits, hold: taken where a value is a value, refused where it is a number."""

import numpy as np
import pandas as pd
import pytest

from skrec.model_selection import TemporalSplit
from skrec.preprocessing import CategoryEncoder, HashEncoder, HistoryEncoder, SequenceEncoder, TableEncoder

pytestmark = pytest.mark.fast

BIG = pd.DataFrame({"n": pd.Series([2**1100 + i for i in range(6)], dtype=object), "t": range(6), "u": list("aabbcc")})
FLOATS = "Column 'n': expected numbers that a float holds, got an integer beyond 1.8e308; make it missing"
REFUSED = {
    "numbers": (lambda: TableEncoder(numeric=["n"]).fit(BIG), ValueError, FLOATS),
    "tokens": (lambda: SequenceEncoder().fit(BIG[["n"]]), TypeError, "'n': .* an integer beyond 64 bits; make it text"),
    "items": (
        lambda: HistoryEncoder("u", "n", "t").fit(BIG),
        TypeError,
        "'n': .* an integer beyond 64 bits; make it text",
    ),
    "times": (
        lambda: HistoryEncoder("u", "t", "n").fit(BIG),
        TypeError,
        "'n': expected times .* beyond 64 bits; clip it",
    ),
    "splits": (
        lambda: next(TemporalSplit("n").split(BIG)),
        TypeError,
        "'n': expected times .* beyond 64 bits; clip it",
    ),
}


@pytest.mark.parametrize("wrong", REFUSED)
def test_as_numbers_they_are_refused(wrong):
    call, error, message = REFUSED[wrong]
    with pytest.raises(error, match=message):
        call()


def test_as_values_they_are_values():
    for encoder in (CategoryEncoder(), HashEncoder(2**20), TableEncoder(categorical=["n"])):
        assert encoder.fit_transform(BIG[["n"]])["n"].nunique() == 6
    users = HistoryEncoder("n", "u", "t").fit(BIG).transform(BIG.assign(t=9))
    np.testing.assert_array_equal([list(cell) for cell in users["hist_u"]], BIG[["u"]].to_numpy())
