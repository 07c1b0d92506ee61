"""Negatives: never what the user has, evenly drawn, in frames that keep their dtypes."""

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal, assert_series_equal
from scipy.stats import chisquare

from skrec.sampling import add_negatives

LIST = pd.ArrowDtype(pa.list_(pa.string()))


def log(n_rows=200, n_users=10, n_items=40, seed=0):
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({"user_id": rng.integers(0, n_users, n_rows), "item_id": rng.integers(0, n_items, n_rows)})
    return frame.drop_duplicates(ignore_index=True)


def pairs(frame):
    return set(zip(frame["user_id"], frame["item_id"], strict=True))


def negatives(frame):
    return frame[frame["label"] == 0]


@given(
    st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=1, max_size=25),
    st.lists(st.tuples(st.integers(0, 7), st.integers(0, 9)), max_size=25),
    st.integers(1, 3),
    st.sampled_from(["uniform", "popularity"]),
)
@settings(deadline=None)
def test_never_an_item_that_the_user_has(taken, further, n, strategy):
    positives = pd.DataFrame(taken, columns=["user_id", "item_id"])
    known = pd.concat([positives, pd.DataFrame(further, columns=["user_id", "item_id"])])
    own = known.groupby("user_id")["item_id"].nunique()[positives["user_id"]]
    if own.max() == known["item_id"].nunique():
        with pytest.raises(ValueError, match=r"of \d+ users, .* for one, have all of the \d+ items"):
            add_negatives(positives, n, log=known, strategy=strategy, random_state=0)
        return
    result = add_negatives(positives, n, log=known, strategy=strategy, random_state=0)
    assert len(result) == len(positives) * (1 + n)
    assert_frame_equal(result[result["label"] == 1].iloc[:, :2].reset_index(drop=True), positives)
    assert not pairs(negatives(result)) & pairs(known)
    assert set(result["item_id"]) <= set(known["item_id"])
    np.testing.assert_array_equal(result["user_id"], np.repeat(positives["user_id"], 1 + n))
    np.testing.assert_array_equal(result["label"], np.tile([1] + [0] * n, len(positives)))


def test_uniform_is_uniform_over_what_is_left():
    positives = pd.DataFrame({"user_id": [0, 0, 0, 1], "item_id": [0, 3, 4, 7]})
    items = pd.DataFrame({"item_id": np.arange(8)})
    result = add_negatives(positives, 3000, items=items, random_state=0)
    for user, left in ((0, [1, 2, 5, 6, 7]), (1, [0, 1, 2, 3, 4, 5, 6])):
        counts = negatives(result).query(f"user_id == {user}")["item_id"].value_counts().sort_index()
        assert list(counts.index) == left
        assert chisquare(counts).pvalue > 0.001


def test_popularity_is_in_proportion_to_the_rows_of_the_log():
    known = pd.DataFrame({"user_id": [1] * 10, "item_id": [0, 1, 1, 2, 2, 2, 3, 3, 3, 3]})
    positives = pd.DataFrame({"user_id": [0], "item_id": [2]})
    result = add_negatives(positives, 7000, log=known, strategy="popularity", random_state=0)
    counts = negatives(result)["item_id"].value_counts().sort_index()
    assert list(counts.index) == [0, 1, 3]
    assert chisquare(counts, np.array([1, 2, 4]) * 1000).pvalue > 0.001


@given(
    st.lists(st.tuples(st.integers(0, 3), st.integers(0, 7), st.integers(0, 2)), min_size=1, max_size=20),
    st.lists(st.tuples(st.integers(0, 4), st.integers(0, 9), st.integers(0, 3)), max_size=25),
)
@settings(deadline=None)
def test_in_list_is_another_item_of_the_same_list(taken, further):
    """Lists of a log, an item in several of them: what the user does not have of the list, and nothing else."""
    positives = pd.DataFrame(taken, columns=["user_id", "item_id", "list"])
    known = pd.concat([positives, pd.DataFrame(further, columns=list(positives))])
    own = known.groupby("user_id")["item_id"].agg(set)
    shown = known.groupby("list")["item_id"].agg(set)
    left = [shown[row.list] - own[row.user_id] for row in positives.itertuples()]
    options = {"strategy": "in_list", "within": "list", "log": known, "items": [], "random_state": 0}
    if not all(left):
        row = [bool(items) for items in left].index(False)
        with pytest.raises(
            ValueError, match=rf"{left.count(set())} of {len(left)} positives, row {row} for one, have no"
        ):
            add_negatives(positives, 20, **options)
        return
    result = add_negatives(positives, 100, **options)
    assert (result["list"].to_numpy().reshape(-1, 101) == positives["list"].to_numpy()[:, None]).all()
    drawn = result["item_id"].to_numpy().reshape(-1, 101)[:, 1:]
    assert [set(row) for row in drawn] == left  # missed with a probability below 10 * (9/10)**100 a row


def test_in_list_is_uniform_within_a_category():
    items = pd.DataFrame({"item_id": np.arange(9), "genre": list("aaaabbbbb"), "price": np.arange(9) / 2})
    positives = pd.DataFrame({"user_id": [0, 0], "item_id": [1, 8]})
    result = add_negatives(positives, 3000, items=items, strategy="in_list", within="genre", random_state=0)
    assert list(result) == ["user_id", "item_id", "genre", "price", "label"]
    assert (result["price"] == result["item_id"] / 2).all()
    for genre, left in (("a", [0, 2, 3]), ("b", [4, 5, 6, 7])):
        counts = negatives(result).query(f"genre == '{genre}'")["item_id"].value_counts().sort_index()
        assert list(counts.index) == left
        assert chisquare(counts).pvalue > 0.001


def test_in_list_of_the_log_itself():
    positives = log().assign(genre=lambda frame: pd.Categorical(frame["item_id"] % 2))
    result = add_negatives(positives, 2, strategy="in_list", within="genre", random_state=0)
    assert (result["item_id"] % 2 == result["genre"].astype(int)).all()
    assert not pairs(negatives(result)) & pairs(positives)
    assert_series_equal(result.dtypes[:3], positives.dtypes)
    named = add_negatives(positives, 2, items=["genre"], strategy="in_list", within="genre", random_state=0)
    assert_frame_equal(named, result)


def test_a_user_who_has_all_items_but_one_gets_that_one():
    positives = pd.DataFrame({"user_id": ["a"] * 999 + ["b"], "item_id": [*range(500), *range(501, 1000), 500]})
    result = negatives(add_negatives(positives, 5, random_state=0))
    assert set(result.loc[result["user_id"] == "a", "item_id"]) == {500}


@pytest.mark.parametrize("strategy", ["uniform", "popularity"])
def test_a_user_who_has_every_item(strategy):
    positives = pd.DataFrame({"user_id": list("aab"), "item_id": [0, 1, 0]})
    message = f"1 of 2 users, 'a' for one, have all of the 2 items that could be drawn with strategy='{strategy}'"
    with pytest.raises(ValueError, match=message):
        add_negatives(positives, 1, strategy=strategy)


def test_the_seed_decides():
    draw = [add_negatives(log(), 2, random_state=seed) for seed in (0, 0, 1)]
    assert_frame_equal(draw[0], draw[1])
    assert not draw[0].equals(draw[2])


def test_the_input_is_left_alone():
    frame, before = log(), log()
    result = add_negatives(frame, 1, random_state=0)
    result.loc[:, "item_id"] = -1
    assert_frame_equal(frame, before)


DTYPES = ["int32", "Int64", "str", "category", "string[pyarrow]", "float64", object]


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_ids_keep_their_dtype(dtype):
    plain = add_negatives(log(), 2, random_state=0)
    positives = log().astype({"user_id": dtype, "item_id": dtype})
    result = add_negatives(positives, 2, random_state=0)
    assert list(result.dtypes[:2]) == list(positives.dtypes)
    if dtype not in ("str", "string[pyarrow]"):  # text sorts in another order, and other items are drawn
        assert_frame_equal(result.astype("int64"), plain)


def test_a_category_gains_what_it_lacks():
    positives = pd.DataFrame({"user_id": [1], "item_id": pd.Categorical(["b"], categories=["b", "z"])})
    result = add_negatives(positives, 30, items=pd.DataFrame({"item_id": ["a", "b", "c"]}), random_state=0)
    assert list(result["item_id"].cat.categories) == ["b", "z", "a", "c"]
    assert set(negatives(result)["item_id"]) == {"a", "c"}


def test_item_columns_are_joined_and_the_rest_is_the_positives():
    items = pd.DataFrame(
        {
            "item_id": np.arange(40)[::-1],
            "genre": pd.Categorical([f"g{i % 3}" for i in range(40)][::-1]),
            "tags": pd.Series([[f"t{i}", "all"] for i in range(40)][::-1], dtype=LIST),
        }
    )
    positives = log().assign(age=lambda frame: frame["user_id"] * 10.0, hour=np.arange(len(log())))
    result = add_negatives(positives, 3, items=items, random_state=0)
    assert list(result) == ["user_id", "item_id", "age", "hour", "genre", "tags", "label"]
    assert (result["genre"].astype(str) == "g" + (result["item_id"] % 3).astype(str)).all()
    assert [cell[0] for cell in result["tags"]] == [f"t{i}" for i in result["item_id"]]
    assert (result["age"] == result["user_id"] * 10.0).all()
    assert (result["hour"].to_numpy().reshape(-1, 4) == np.arange(len(positives))[:, None]).all()
    assert_series_equal(result.dtypes[["genre", "tags"]], items.dtypes[["genre", "tags"]])


def featured(frame):
    tags = pd.Series([[f"t{i % 5}", "all"] for i in frame["item_id"]], index=frame.index, dtype=LIST)
    return frame.assign(price=frame["item_id"] / 2, tags=tags, age=frame["user_id"] + 20, hour=np.arange(len(frame)))


@pytest.mark.parametrize("items", [None, ["price", "tags"]])
def test_item_columns_of_the_log(items):
    positives = featured(log())
    for known in (None, pd.concat([featured(log(400, seed=1)), positives])):
        result = add_negatives(positives, 2, items=items, log=known, random_state=0)
        assert list(result) == [*positives, "label"]
        assert (result["price"] == result["item_id"] / 2).all()
        assert (result["tags"].map(lambda cell: cell[0]) == "t" + (result["item_id"] % 5).astype(str)).all()
        assert (result["age"] == result["user_id"] + 20).all()
        assert (result["hour"].to_numpy().reshape(-1, 3).std(axis=1) == 0).all()


def test_columns_that_only_the_log_has_stay_there():
    positives = log()
    known = featured(log(300, seed=1))
    assert list(add_negatives(positives, 1, log=known, random_state=0)) == ["user_id", "item_id", "label"]


def test_polars_and_arrow():
    expected = add_negatives(log(), 2, random_state=0)
    for frame in (pl.from_pandas(log()), pa.Table.from_pandas(log())):
        result = add_negatives(frame, 2, random_state=0)
        assert (result.to_numpy() == expected.to_numpy()).all()


def test_other_names():
    frame = log().rename(columns={"user_id": "u", "item_id": "i"})
    assert list(add_negatives(frame, 1, user="u", item="i", label="taken")) == ["u", "i", "taken"]


FRAME = log()
ITEMS = pd.DataFrame({"item_id": np.arange(40)})


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"positives": FRAME.to_numpy()}, TypeError, "Expected positives as a frame.*got ndarray"),
        ({"log": FRAME.to_numpy()}, TypeError, "Expected log as a frame.*got ndarray"),
        ({"positives": FRAME[:0]}, ValueError, "Expected rows in positives, got none"),
        ({"user": "usr"}, ValueError, r"positives has no column 'usr', it has \['user_id', 'item_id'\]; name the ids"),
        ({"log": FRAME[["item_id"]]}, ValueError, "log has no column 'user_id'"),
        ({"positives": FRAME.assign(label=1)}, ValueError, "positives has a column 'label' already; drop it"),
        (
            {"positives": FRAME.replace({"user_id": {0: np.nan}})},
            ValueError,
            "Column 'user_id' of positives has missing ids",
        ),
        (
            {"log": FRAME.astype(str)},
            TypeError,
            "Column 'user_id' of log: expected integers such as 8, as in positives, got text",
        ),
        (
            {"items": ITEMS.astype(str)},
            TypeError,
            "Column 'item_id' of items: expected integers such as .*, got text such as",
        ),
        ({"items": ITEMS[:5]}, ValueError, "items has no row for the item .* of positives"),
        ({"items": ITEMS.iloc[[0, 0]]}, ValueError, "items has more than one row for the item 0"),
        ({"items": ITEMS.assign(user_id=1)}, ValueError, "items has the column 'user_id' of users"),
        ({"items": ["genre"]}, ValueError, "items names the column 'genre', which log does not have"),
        (
            {"positives": FRAME.assign(hour=np.arange(len(FRAME))), "items": ["hour"]},
            ValueError,
            r"Column 'hour' does not belong to the item: log has rows of one item that differ in it; leave it out of "
            r"items, or pass a frame .* items=log.groupby\('item_id', as_index=False\)\[\['hour'\]\].last\(\)",
        ),
        (
            {"positives": pd.DataFrame({"user_id": [0, 1], "item_id": [3, 4], "age": [5, 6]})},
            ValueError,
            r"Whether the columns \['age'\] belong to the item or to the user cannot be seen",
        ),
        (
            {"positives": featured(FRAME[FRAME["item_id"] < 9]), "log": featured(FRAME[FRAME["item_id"] > 7])},
            ValueError,
            "log has no row for the item .* of positives",
        ),
        ({"n_per_positive": 0}, ValueError, "The 'n_per_positive' parameter of add_negatives must be"),
        (
            {"strategy": "in_list"},
            ValueError,
            'within=.*, the column of lists, with strategy="in_list" and with no other',
        ),
        ({"within": "user_id"}, ValueError, "and with no other, got within='user_id' and strategy='uniform'"),
        (
            {"strategy": "in_list", "within": "genre"},
            ValueError,
            "within names the column 'genre', which neither items nor positives have",
        ),
        (
            {"strategy": "in_list", "within": "tags", "positives": featured(FRAME), "items": ["tags"]},
            TypeError,
            "Column 'tags': expected the list or category of a row, one value, got lists; explode it",
        ),
        (
            {"strategy": "in_list", "within": "genre", "items": ITEMS.assign(genre=[None] + ["a"] * 39)},
            ValueError,
            "The positive in row .*, item 0, is in no list of column 'genre'; leave it out",
        ),
        (
            {"strategy": "in_list", "within": "genre", "items": ITEMS.assign(genre=range(40))},
            ValueError,
            "have no other item in their 'genre' that their user does not have; leave out these rows, or draw",
        ),
        ({"strategy": "hard"}, ValueError, "The 'strategy' parameter of add_negatives must be"),
    ],
)
def test_bad_input(change, error, message):
    options = {"positives": FRAME, "n_per_positive": 1, **change}
    with pytest.raises(error, match=message):
        add_negatives(**options)
