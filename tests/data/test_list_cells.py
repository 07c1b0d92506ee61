import datetime
from collections import deque
from itertools import pairwise

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from skrec.data._list_cells import tokens
from tests.data.columns import arrow, from_polars

DAY = datetime.date(2020, 1, 1)
CELLS = [["b", "a"], [], None, ["a", None, "c"]]
TEXT = {
    "lists": pd.Series(CELLS),
    "tuples": pd.Series([None if cell is None else tuple(cell) for cell in CELLS]),
    "arrays": pd.Series([None if cell is None else np.array(cell, object) for cell in CELLS]),
    "deques": pd.Series([None if cell is None else deque(cell) for cell in CELLS]),
    "Series": pd.Series([None if cell is None else pd.Series(cell, dtype=object) for cell in CELLS]),
    "Indexes": pd.Series([None if cell is None else pd.Index(cell, dtype=object) for cell in CELLS]),
    "pandas arrays": pd.Series([None if cell is None else pd.array(cell, dtype="string") for cell in CELLS]),
    "a mixture, with NaN": pd.Series([("b", "a"), np.array([]), np.nan, ["a", np.nan, "c"]]),
    "arrow list": arrow(CELLS, pa.list_(pa.string())),
    "arrow large_list": arrow(CELLS, pa.large_list(pa.large_string())),
    "arrow list of dictionaries": pd.Series(
        pd.arrays.ArrowExtensionArray(
            pa.chunked_array([pa.array(CELLS, pa.list_(pa.dictionary(pa.int8(), pa.string())))])
        )
    ),
    "arrow chunks": pd.Series(
        pd.arrays.ArrowExtensionArray(pa.chunked_array([CELLS[:1], CELLS[1:]], pa.list_(pa.string())))
    ),
    "arrow slice": arrow([["z", "z"], *CELLS, ["z"]], pa.list_(pa.string())).iloc[1:5],
    "object slice": pd.Series([["z", "z"], *CELLS, ["z"]]).iloc[1:5],
    "polars List": from_polars(CELLS, pl.List(pl.String)),
    "polars List of Categorical": from_polars(CELLS, pl.List(pl.Categorical)),
    "polars List of Enum": from_polars(CELLS, pl.List(pl.Enum(["c", "b", "a"]))),
}


def as_lists(column):
    """Return the cells that `tokens` gives, as lists with None for a missing token."""
    values, offsets = tokens(column)
    assert offsets.dtype == np.int64
    flat = [None if pd.isna(value) else value for value in values]
    assert offsets[-1] == len(flat)
    return [flat[start:stop] for start, stop in pairwise(offsets)]


@pytest.mark.parametrize("column", TEXT.values(), ids=TEXT)
def test_tokens_of_text_lists(column):
    assert as_lists(column) == [["b", "a"], [], [], ["a", None, "c"]]
    assert tokens(column.rename("genres"))[0].name == "genres"


def test_tokens_of_sets_are_sorted():
    for kind in (set, frozenset, lambda values: dict.fromkeys(values).keys()):
        assert as_lists(pd.Series([kind(["b", "a"]), None, kind([])], dtype=object)) == [["a", "b"], [], []]
    assert as_lists(pd.Series([range(2, 4), np.nan, range(0)])) == [[2, 3], [], []]


def test_tokens_of_concatenated_frames():
    part = pd.DataFrame({"genres": arrow(CELLS, pa.list_(pa.string()))})
    assert as_lists(pd.concat([part, part])["genres"]) == [["b", "a"], [], [], ["a", None, "c"]] * 2


NUMBERS = {
    "lists": pd.Series([[2**53 + 1, 2**53], None, [2**53]]),
    "arrays": pd.Series([np.array([2**53 + 1, 2**53]), np.array([]), np.array([2**53])]),
    "arrow": arrow([[2**53 + 1, 2**53], None, [2**53]], pa.list_(pa.int64())),
    "arrow uint64": arrow([[2**53 + 1, 2**53], None, [2**53]], pa.list_(pa.uint64())),
    "polars": from_polars([[2**53 + 1, 2**53], [], [2**53]], pl.List(pl.Int64)),
}


@pytest.mark.parametrize("column", NUMBERS.values(), ids=NUMBERS)
def test_tokens_above_2_to_53_survive(column):
    assert as_lists(column) == [[2**53 + 1, 2**53], [], [2**53]]


def test_tokens_of_fixed_size_lists():
    """Where a fixed-size cell is missing, its slots are no tokens."""
    column = arrow([[1, 2], None, [3, 4], [5, None]], pa.list_(pa.int64(), 2))
    assert as_lists(column) == [[1, 2], [], [3, 4], [5, None]]
    assert as_lists(column.iloc[1:3]) == [[], [3, 4]]
    assert as_lists(from_polars([[1, 2], None, [3, 4]], pl.Array(pl.Int64, 2))) == [[1, 2], [], [3, 4]]


def test_missing_cells_that_hide_values_are_empty():
    """An Arrow list may have values under a null."""
    offsets, values = pa.array([0, 2, 4, 5], pa.int32()), pa.array([1, 2, 3, 4, 5])
    cells = pa.ListArray.from_arrays(offsets, values, mask=pa.array([False, True, False]))
    assert as_lists(pd.Series(pd.arrays.ArrowExtensionArray(pa.chunked_array([cells])))) == [[1, 2], [], [5]]


@pytest.mark.parametrize(
    ("column", "n_rows"),
    [
        (pd.Series([], dtype=object), 0),
        (arrow([], pa.list_(pa.string())), 0),
        (pd.Series([None, None], dtype=object), 2),
        (pd.Series([[], []]), 2),
        (pd.Series([np.array([]), np.array([])]), 2),
        (arrow([None, []], pa.list_(pa.int64())), 2),
        (from_polars([[], None], pl.List(pl.Null)), 2),
    ],
)
def test_columns_without_a_token(column, n_rows):
    assert as_lists(column) == [[]] * n_rows


def test_tokens_of_booleans():
    assert as_lists(pd.Series([[True, False], [True]])) == [[True, False], [True]]


@pytest.mark.parametrize(
    ("column", "got"),
    [
        (pd.Series([[1, "a"]]), "cells of mixed types; let every cell be a list of strings, or of integers"),
        (pd.Series([[1], ["a"]]), "cells of mixed types; let every cell be a list of strings, or of integers"),
        (pd.Series([[1], 2]), "cells of mixed types; let every cell be a list of strings, or of integers"),
        (
            pd.Series(["a|b"]),
            "cells of type (large_)?string; a sequence column holds a list .*SequenceEncoder makes",
        ),
        (pd.Series([1, 2]), "cells of type int64; a sequence column holds a list in every cell"),
        (pd.Series([{"a": 1}]), "lists with weights, {value: weight}; give plain lists here, such as those of .map"),
        (pd.Series([[1.5]]), "lists of double; a sequence column holds lists of strings, integers or booleans"),
        (pd.Series([[[1]]]), "lists of list<item: int64>; a sequence column holds lists of strings"),
        (pd.Series([[DAY]]), r"lists of date32\[day\]; a sequence column holds lists of strings"),
        (pd.Series([[2**64]]), "integers beyond 64 bits; make them strings"),
    ],
)
def test_other_cells_are_refused_with_a_remedy(column, got):
    with pytest.raises(TypeError, match=f"^Column 'genres': expected categories, numbers or lists, got {got}"):
        tokens(column.rename("genres"))
