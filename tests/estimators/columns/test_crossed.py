"""Crossed columns among all others."""

import numpy as np
import pandas as pd
import pytest

from skrec.data import Survey
from skrec.estimators._columns import CrossedColumns
from tests.data.sources import sources

pytestmark = pytest.mark.fast

FRAME = pd.DataFrame(
    {"x": [0.5, 1.0, 2.0, 4.0], "a": ["p", "q", "p", "p"], "b": ["r", "r", "s", "r"], "c": ["t", "t", "t", "u"]}
)


def learnt(crossed, frame=FRAME, kind=0, cuts=()):
    columns = CrossedColumns(crossed_columns=crossed)
    schema = Survey(*columns.learn(frame, True, "Model")).add(frame).result()
    columns.learn_codes(schema, sources(frame, np.zeros(len(frame)), cuts=cuts)[kind])
    return columns, schema


@pytest.mark.parametrize(("kind", "cuts"), [(0, []), (1, []), (1, [1, 3])])
def test_combinations_are_columns_behind_the_others(kind, cuts):
    columns, schema = learnt([("a", "b"), ("c", "a", "b")], kind=kind, cuts=cuts)
    table = columns.finish(schema.encode(FRAME), schema)
    plain = schema.encode(FRAME)
    np.testing.assert_array_equal(table.codes[:, :3], plain.codes)
    np.testing.assert_array_equal(table.numeric, plain.numeric)
    for j, names in ((3, ["a", "b"]), (4, ["c", "a", "b"])):
        pairs = set(zip(table.codes[:, j].tolist(), FRAME[names].itertuples(index=False, name=None), strict=True))
        assert len(pairs) == len({code for code, _ in pairs}) == len(FRAME[names].drop_duplicates())
        assert {code for code, _ in pairs} == set(range(1, len(pairs) + 1))
    assert table.codes.dtype == np.int32


def test_a_combination_that_no_row_had_is_unknown():
    columns, schema = learnt([("a", "b")])
    new = FRAME.assign(a="q", b=["r", "s", "never", None])
    assert (columns.finish(schema.encode(new), schema).codes[:, 3] > 0).tolist() == [True, False, False, False]


@pytest.mark.parametrize("none", [None, []])
def test_without_crosses_nothing_is_read(none):
    columns = CrossedColumns(crossed_columns=none)
    schema = Survey(*columns.learn(FRAME, True, "Model")).add(FRAME).result()
    columns.learn_codes(schema, None)
    assert columns.crosses == []
    np.testing.assert_array_equal(columns.finish(schema.encode(FRAME), schema).codes, schema.encode(FRAME).codes)


@pytest.mark.parametrize(
    ("crossed", "message"),
    [
        ([("a",)], r"'crossed_columns' parameter of Model must be a list of tuples.* Got \('a',\) in it"),
        ([("a", "a")], "two or more different columns"),
        (["ab"], "Got 'ab' in it"),
        ([("a", "bb")], "crossed_columns names the column 'bb'"),
        ([("a", "x")], "crossed_columns takes categorical columns, got 'x', which is numeric; cut a number"),
    ],
)
def test_what_cannot_be_crossed_is_named(crossed, message):
    with pytest.raises(ValueError, match=message):
        learnt(crossed)
