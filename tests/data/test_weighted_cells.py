import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from skrec.data import CATEGORICAL, SEQUENCE, Survey, role_of, tokens, weighted_tokens
from skrec.data._weighted_cells import is_weighted

CELLS = [{"b": 2, "a": 0.5}, {}, None, {"c": 1, "a": 0}]
MAPS = [None if cell is None else list(cell.items()) for cell in CELLS]
KINDS = {
    "dicts": pd.Series(CELLS),
    "dicts, with NaN": pd.Series([np.nan, *CELLS]).iloc[1:],
    "arrow maps": pd.Series(MAPS, dtype=pd.ArrowDtype(pa.map_(pa.string(), pa.float32()))),
    "arrow slice": pd.Series([[("z", 1)], *MAPS], dtype=pd.ArrowDtype(pa.map_(pa.string(), pa.float64()))).iloc[1:],
    "arrow chunks": pd.Series(
        pd.arrays.ArrowExtensionArray(pa.chunked_array([MAPS[:1], MAPS[1:]], pa.map_(pa.string(), pa.float64())))
    ),
}


@pytest.mark.parametrize("column", KINDS.values(), ids=KINDS)
def test_values_have_weights_and_those_of_none_are_left_out(column):
    values, offsets, weights = weighted_tokens(column.rename("tags"))
    assert (values.tolist(), values.name, offsets.tolist()) == (["b", "a", "c"], "tags", [0, 2, 2, 2, 3])
    assert weights.tolist() == [2, 0.5, 1]
    assert role_of(column) == SEQUENCE
    assert is_weighted(column)


def test_lists_have_no_weights():
    column = pd.Series([["a"], []])
    assert weighted_tokens(column)[2] is None
    assert not is_weighted(column)
    assert not is_weighted(pd.Series([None, None], dtype=object))


def test_where_weights_have_no_meaning_they_are_refused():
    with pytest.raises(TypeError, match=r"Column 'tags': .* got lists with weights, \{value: weight\}; give plain lis"):
        tokens(pd.Series(CELLS, name="tags"))


@pytest.mark.parametrize(
    ("cell", "kind", "text"),
    [
        ({"a": -1.0}, ValueError, "expected weights from 0 to 1e\\+30, got -1 of 'a' in row 1; leave out"),
        ({"a": np.nan}, ValueError, "got nan of 'a' in row 1"),
        ({"a": None}, ValueError, "got nan of 'a' in row 1"),
        ({"a": np.inf}, ValueError, "got inf of 'a' in row 1"),
        ({"a": "x"}, TypeError, "got cells of mixed types; let every cell be a dict"),
        ({1: 1.0}, TypeError, "got cells of mixed types"),
        (["a"], TypeError, "got cells of mixed types"),
    ],
)
def test_what_is_no_weight(cell, kind, text):
    with pytest.raises(kind, match=f"Column 'tags': .*{text}"):
        weighted_tokens(pd.Series([{"a": 1.0}, cell], name="tags"))


def test_weights_and_values_of_one_type_that_does_not_go():
    for cells, text in (([{"a": "x"}], "weights of type string"), ([{1.5: 1}], "lists of double")):
        with pytest.raises(TypeError, match=f"Column 'tags': .* got {text}"):
            weighted_tokens(pd.Series(cells, name="tags"))


def survey_of(*columns):
    survey = Survey({"tag": CATEGORICAL, "tags": SEQUENCE}, {"tags": "tag"})
    for column in columns:
        survey.add(pd.DataFrame({"tag": pd.Categorical(["a"] * len(column)), "tags": column}))
    return survey


def test_a_schema_remembers_whether_lists_had_weights():
    plain, weighted = survey_of([["a"]]), survey_of([{"a": 2.0, "b": 1.0}])
    one, two = plain.result(), weighted.result()
    assert [field.weighted for field in two.fields] == [False, True]
    assert "weighted" in repr(two)
    assert one.marks != two.marks
    plain.merge(weighted)
    assert plain.result().fields == two.fields
    frame = pd.DataFrame({"tag": pd.Categorical(["a"]), "tags": [{"a": 2.0, "b": 1.0}]})
    bag = two.encode(frame).lists[0]
    assert (bag.codes.tolist(), bag.weights.tolist(), bag.weights.dtype) == ([1, 0], [2, 1], np.float32)
    assert two.encode(frame.assign(tags=[["a", "a"]])).lists[0].weights.tolist() == [1, 1]
    with pytest.raises(TypeError, match="Column 'tags': expected lists without weights, as in fit, got"):
        one.encode(frame)
