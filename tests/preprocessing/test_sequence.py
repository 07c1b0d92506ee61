"""SequenceEncoder: the same tokens from lists and from text, and which of them are kept."""

import json
import pickle

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from skrec.preprocessing import SequenceEncoder

BIG = 2**53 + 1
CELLS = [["b", "a"], ["a", "c", "a"], [], ["a"]]


def frame_of(cells):
    return pd.DataFrame({"s": pd.Series(cells)})


def lists(column):
    return [[None if pd.isna(token) else token for token in cell] for cell in column]


def arrow(cells, kind=None):
    return pd.Series(cells, dtype=pd.ArrowDtype(pa.list_(kind or pa.string())))


FORMS = {
    "objects": lambda cells: pd.Series(cells),
    "arrays": lambda cells: pd.Series([np.array(cell, object) for cell in cells]),
    "arrow": arrow,
    "delimited": lambda cells: pd.Series(["|".join(cell) for cell in cells]),
    "category": lambda cells: pd.Series(["|".join(cell) for cell in cells], dtype="category"),
    "untidy": lambda cells: pd.Series([" | ".join(["", *cell, ""]) for cell in cells], dtype="string[pyarrow]"),
    "json": lambda cells: pd.Series([json.dumps(cell, indent=1) for cell in cells]),
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("container", [pd.DataFrame, pl.DataFrame, pa.table])
def test_every_form_gives_the_same_lists(form, container):
    cells = FORMS[form](CELLS)
    if container is not pd.DataFrame and form == "arrays":
        cells = pd.Series([cell.tolist() for cell in cells])
    X = container({"s": pa.array(cells)}) if container is pa.table else container({"s": cells})
    out = SequenceEncoder(text_format="json" if form == "json" else "delimited").fit_transform(X)
    assert out["s"].dtype == pd.ArrowDtype(pa.list_(pa.string()))
    assert lists(out["s"]) == CELLS


words = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cs", "Cc", "Z"], exclude_characters="|[]"), min_size=1
)


@given(st.lists(st.lists(words, max_size=4), min_size=1, max_size=8))
@settings(deadline=None)
def test_text_is_read_back(cells):
    for text_format, text in (("delimited", map("|".join, cells)), ("json", map(json.dumps, cells))):
        out = SequenceEncoder(text_format=text_format).fit_transform(frame_of(list(text)).astype(object))
        assert lists(out["s"]) == cells


@given(st.lists(st.lists(st.integers(-(2**63), 2**63 - 1), max_size=4), min_size=1, max_size=8))
@settings(deadline=None)
def test_integers_stay_exact(cells):
    for X, text_format in ((arrow(cells, pa.int64()), "delimited"), (list(map(json.dumps, cells)), "json")):
        out = SequenceEncoder(text_format=text_format).fit_transform(frame_of(X))
        assert lists(out["s"]) == cells


def test_json_of_every_kind():
    def read(*cells):
        return lists(SequenceEncoder(text_format="json").fit_transform(frame_of(list(cells)))["s"])

    assert read("[true, false]", "null", "", None) == [[True, False], [], [], []]
    assert read('["2020-01-01", "a|b", "é\\n\\"x\\""]', "[null]") == [["2020-01-01", "a|b", 'é\n"x"'], [None]]


def test_missing_cells_are_empty_and_single_values_lists_of_one():
    X = pd.DataFrame({"a": ["x", None], "b": [7, 8], "c": pd.array([BIG, None], "Int64"), "d": [True, False]})
    out = SequenceEncoder().fit_transform(X)
    assert [lists(out[name]) for name in out] == [[["x"], []], [[7], [8]], [[BIG], []], [[True], [False]]]


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({}, [["b", "a"], ["a", "c", "a"], [], ["a"]]),
        ({"max_length": 1}, [["a"], ["a"], [], ["a"]]),
        ({"max_length": 2}, [["b", "a"], ["c", "a"], [], ["a"]]),
        ({"max_length": 2, "truncation_side": "right"}, [["b", "a"], ["a", "c"], [], ["a"]]),
        ({"min_frequency": 2}, [[None, "a"], ["a", None, "a"], [], ["a"]]),
        ({"min_frequency": 0.5}, [[None, "a"], ["a", None, "a"], [], ["a"]]),
        ({"min_frequency": 9}, [[None, None], [None] * 3, [], [None]]),
        # what is cut off does not count: one a of the second cell, and no c
        ({"max_length": 1, "truncation_side": "right", "min_frequency": 2}, [[None], ["a"], [], ["a"]]),
    ],
)
def test_what_is_kept(params, expected):
    assert lists(SequenceEncoder(**params).fit_transform(frame_of(CELLS))["s"]) == expected


def test_unknown_tokens_keep_their_places():
    encoder = SequenceEncoder().fit(frame_of(CELLS))
    assert [list(values) for values in encoder.categories_] == [["a", "b", "c"]]
    assert lists(encoder.transform(frame_of([["z", "a", "z"], ["z"], None, []]))["s"]) == [
        [None, "a", None],
        [None],
        [],
        [],
    ]
    with pytest.raises(TypeError, match="Column 's': expected text such as 'a', as in fit, got integers such as 3; "):
        encoder.transform(frame_of([[3]]))
    assert encoder.transform(frame_of(CELLS)[:0]).shape == (0, 1)


def test_shared_vocabulary():
    X = pd.DataFrame({"hist": ["1|2", "3|1|2", ""], "item": [1, 2, 2], "more": [[1], [9], [9]]})
    encoder = SequenceEncoder(sequence_features={"hist": "item"}, min_frequency=2).fit(X)
    out = encoder.transform(X)
    assert [list(values) for values in encoder.categories_] == [[2], [2], [9]]
    assert lists(out["hist"]) == [[None, 2], [None, None, 2], []]
    assert out["hist"].dtype == pd.ArrowDtype(pa.list_(pa.int64()))
    assert list(out["item"].cat.categories) == [2]
    assert lists(out["more"]) == [[None], [9], [9]]
    assert_frame_equal(SequenceEncoder(sequence_features={0: 1}, min_frequency=2).fit_transform(X), out)


def test_a_sequence_without_any_value_of_its_column():
    X = pd.DataFrame({"hist": [[3, 4], [4]], "item": [1, 2]})
    message = "Column 'hist': none of its tokens occurs in 'item', .* unknown; got 3 for one here and 1 there"
    with pytest.warns(UserWarning, match=message):
        out = SequenceEncoder(sequence_features={"hist": "item"}).fit_transform(X)
    assert lists(out["hist"]) == [[None, None], [None]]
    with pytest.raises(TypeError, match="Column 'hist': expected text such as '1', as in fit, got integers such as 3"):
        SequenceEncoder(sequence_features={"hist": "item"}).fit(X.astype({"item": str}))


def test_float_arrays_stay_arrays():
    floats = np.array([[1.0, 0.5], [2.0, 0.5], [2.0, np.nan]])
    out = SequenceEncoder(min_frequency=2).fit_transform(floats)
    np.testing.assert_array_equal(out, [[np.nan, 0.5], [2, 0.5], [2, np.nan]])
    shared = SequenceEncoder(sequence_features={0: 1}).fit_transform(np.array([[1.0, 2.0], [3.0, 1.0]]))
    np.testing.assert_array_equal(shared, [[1, 2], [np.nan, 1]])
    assert lists(SequenceEncoder().set_output(transform="pandas").fit_transform(floats)["x0"]) == [[1], [2], [2]]


def test_polars_out_index_and_pickle():
    out = SequenceEncoder().set_output(transform="polars").fit_transform(frame_of(CELLS))
    assert out.schema == {"s": pl.List(pl.String)}
    assert out["s"].to_list() == CELLS
    X = frame_of(CELLS).set_axis(list("dcba"))
    encoder = SequenceEncoder().fit(X)
    assert list(encoder.transform(X).index) == list("dcba")
    assert list(encoder.get_feature_names_out()) == ["s"]
    assert_frame_equal(pickle.loads(pickle.dumps(encoder)).transform(X), encoder.transform(X))


SHARED = pd.DataFrame({"s": ["1|2", "x"], "item": [1, 2]})


@pytest.mark.parametrize(
    ("X", "params", "error", "message"),
    [
        (frame_of([["a", 1]]), {}, TypeError, "Column 's': .*mixed types"),
        (frame_of([["a"], [1]]), {}, TypeError, "Column 's': .*mixed types"),
        (frame_of([["a"], "a"]), {}, TypeError, "Column 's': .*mixed types"),
        (frame_of([[0.5]]), {}, TypeError, "Column 's': .*lists of double"),
        (frame_of(pd.to_datetime(["2020-01-01"])), {}, TypeError, "Column 's': .*datetime64"),
        (
            frame_of(['["a"]', ""]),
            {},
            ValueError,
            r"'s': expected text with '\|' .* JSON lists such as \[\"a\"\]; read",
        ),
        (frame_of(["[1", "[2]"]), {"text_format": "json"}, TypeError, r"Column 's': expected JSON lists .* got '\[1'"),
        (frame_of(['["a"]', "[1]"]), {"text_format": "json"}, TypeError, "'s': expected JSON lists .* changed from"),
        (frame_of(['["a"]}{"c":["b"]']), {"text_format": "json"}, TypeError, "brackets that do not match"),
        (frame_of(["a"]), {"text_format": "json"}, TypeError, "Column 's': expected JSON lists .* got 'a' and others"),
        (SHARED, {"sequence_features": {"s": "item"}}, TypeError, "'s': expected integers, as in the column whose voc"),
        (SHARED, {"sequence_features": {"s": "itme"}}, ValueError, r"got 'itme' \(did you mean 'item'\?\); X has"),
        (SHARED, {"sequence_features": {"s": "s"}}, ValueError, r"scalars in sequence_features, got \['s'\] as both"),
        (
            pd.DataFrame({"s": [["a"]], "t": [["a"]]}),
            {"sequence_features": {"s": "t"}},
            TypeError,
            "Column 't': expected one value a row, got lists",
        ),
        (frame_of(["a"]), {"separator": ""}, ValueError, "a separator of at least one character, got ''"),
        (frame_of(["a"]), {"max_length": 0}, ValueError, "The 'max_length' parameter of SequenceEncoder must be"),
        (frame_of(["a"]), {"min_frequency": 0}, ValueError, "The 'min_frequency' parameter of SequenceEncoder must be"),
        (frame_of(["a"]), {"text_format": "csv"}, ValueError, "The 'text_format' parameter of SequenceEncoder must be"),
        (frame_of(["a"]), {"truncation_side": "pre"}, ValueError, "The 'truncation_side' parameter of SequenceEncoder"),
        (frame_of([]), {}, ValueError, r"0 sample\(s\)"),
    ],
)
def test_refusals(X, params, error, message):
    encoder = SequenceEncoder().fit(frame_of(CELLS))
    before = {**vars(encoder), **params}
    with pytest.raises(error, match=message):
        encoder.set_params(**params).fit(X)
    assert vars(encoder) == before
