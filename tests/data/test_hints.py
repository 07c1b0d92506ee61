"""Ids that count as numbers and text without categories: one warning, at the user's line, with what to paste."""

import re
import warnings

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.dataset as ds
import pytest
from sklearn.base import clone
from sklearn.compose import make_column_transformer
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skrec import FMClassifier
from skrec.preprocessing import CategoryEncoder, HashEncoder, TableEncoder
from tests.discovery import cases, predictors

FEATURES = [cls for cls in predictors() if "categorical_features" in cls().get_params()]
N_ROWS = 600
rng = np.random.default_rng(0)
USERS = rng.integers(1, 300, N_ROWS)
CODES = pd.DataFrame(  # as scikit-learn's LabelEncoder leaves a table
    {
        **{f"many_{i}": rng.integers(0, 400 + i, N_ROWS) for i in range(3)},
        **{f"few_{i}": rng.integers(0, 2 + i, N_ROWS) for i in range(11)},
        "price": rng.normal(9, 2, N_ROWS),
    }
)
WHOLE = [name for name in CODES if name != "price"]
Y = rng.integers(0, 2, N_ROWS)


def warned(call):
    """Return the message of the one warning, which points at this file."""
    with pytest.warns(UserWarning, match="taken as") as caught:
        call()
    assert [warning.filename for warning in caught] == [__file__]
    return str(caught[0].message)


def quiet(call):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return call()


def to_paste(message, parameter):
    """Return the list that a message says to set a parameter to."""
    return eval(re.search(rf"{parameter}=(\[.*?\])", message).group(1))


IDS = {
    "int64": USERS,
    "int32": USERS.astype("int32"),
    "uint16": USERS.astype("uint16"),
    "Int64": pd.array(USERS, dtype="Int64"),
    "objects": pd.Series(USERS.tolist(), dtype=object),
    "Arrow": pd.Series(USERS, dtype="int64[pyarrow]"),
    "floats": USERS.astype(float),
    "float32": USERS.astype("float32"),
    "Float64": pd.array(USERS.astype(float), dtype="Float64"),
    "Arrow floats": pd.Series(USERS.astype(float), dtype="double[pyarrow]"),
    "snowflakes as floats": (2**60 + USERS * 2**12).astype(float),
}


@pytest.mark.parametrize("ids", IDS.values(), ids=IDS)
def test_ids_of_every_dtype(ids):
    frame = pd.DataFrame({"user_id": ids, "city": ["a", "b"] * (N_ROWS // 2)})
    message = warned(lambda: FMClassifier(max_epochs=1).fit(frame, Y))
    assert message.startswith("Columns of whole numbers are taken as numbers: 'user_id' (")
    assert to_paste(message, "categorical_features") == ["user_id"]
    for answer in (["user_id"], []):
        quiet(lambda answer=answer: FMClassifier(max_epochs=1, categorical_features=answer).fit(frame, Y))
    message = warned(lambda: TableEncoder().fit(frame))
    assert to_paste(message, "categorical") == ["user_id"]
    quiet(TableEncoder(categorical=["user_id"], remainder="passthrough").fit(frame).transform(frame).head)
    quiet(lambda: TableEncoder(numeric=["user_id"], remainder="passthrough").fit(frame))


@pytest.mark.parametrize("cls", cases(FEATURES))
def test_every_model_of_features_warns(cls):
    message = warned(lambda: cls(max_epochs=1).fit(CODES, Y))
    assert to_paste(message, "categorical_features") == WHOLE
    assert f"taken as numbers: 'many_0' ({CODES['many_0'].nunique()} values), 'many_1' (" in message
    assert "; as well 'few_0' (2), 'few_1' (3)" in message
    pasted = cls(max_epochs=1, categorical_features=to_paste(message, "categorical_features"))
    fitted = quiet(lambda: pasted.fit(CODES, Y))
    assert {field.role for field in fitted.schema_.fields if field.name != "price"} == {"categorical"}
    message = warned(lambda: cls(max_epochs=1).fit(CODES[WHOLE].to_numpy(), Y))
    assert to_paste(message, "categorical_features") == list(range(14))
    assert 'let it .set_output(transform="pandas")' in message


CONTAINERS = {
    "polars": (pl.from_pandas, Y),
    "Arrow": (pa.Table.from_pandas, Y),
    "Dataset": (lambda frame: ds.dataset(pa.Table.from_pandas(frame.assign(y=Y))), "y"),
}


@pytest.mark.parametrize(("container", "y"), CONTAINERS.values(), ids=CONTAINERS)
def test_other_containers(container, y):
    message = warned(lambda: FMClassifier(max_epochs=1).fit(container(CODES), y))
    assert to_paste(message, "categorical_features") == WHOLE


def test_a_table_encoder_names_what_it_needs():
    frame = CODES.assign(city="a", user=USERS)
    message = warned(lambda: TableEncoder().fit(frame))
    assert to_paste(message, "categorical") == [*WHOLE, "user"]
    message = warned(lambda: TableEncoder(categorical=["user"], remainder="passthrough").fit(frame))
    assert to_paste(message, "categorical") == ["user", *WHOLE]
    pasted = TableEncoder(categorical=to_paste(message, "categorical"), remainder="passthrough")
    assert quiet(lambda: pasted.fit(frame)).roles_["numeric"] == ["price"]


def test_gaps_make_floats_of_ids():
    gaps = pd.DataFrame({"user_id": USERS.astype(float), "code": USERS % 3}).mask(lambda frame: frame == 7)
    assert to_paste(warned(lambda: TableEncoder().fit(gaps)), "categorical") == ["user_id", "code"]


@pytest.mark.parametrize("encoder", [CategoryEncoder(), HashEncoder(1000)], ids=lambda encoder: type(encoder).__name__)
def test_categories_that_a_column_transformer_made_numbers(encoder):
    frame = pd.DataFrame({"user_id": USERS, "age": rng.normal(size=N_ROWS)})
    columns = make_column_transformer((encoder, ["user_id"]), (StandardScaler(), ["age"]))
    pipe = make_pipeline(columns, FMClassifier(max_epochs=1))
    message = warned(lambda: pipe.fit(frame, Y))
    assert to_paste(message, "categorical_features") == [0]
    columns.set_output(transform="pandas")
    quiet(lambda: pipe.fit(frame, Y))


def test_the_line_is_the_users_in_a_search():
    search = GridSearchCV(FMClassifier(), {"max_epochs": [1]}, cv=2, refit=False)
    with pytest.warns(UserWarning, match="taken as numbers") as caught:
        search.fit(CODES, Y)
    assert {warning.filename for warning in caught} == {__file__}


QUANTITIES = {
    "ages": rng.integers(10, 90, N_ROWS),
    "ages as floats": rng.integers(10, 90, N_ROWS).astype(float),
    "percentages as floats": np.round(rng.random(N_ROWS) * 98),
    "prices": rng.integers(1, 10_000, N_ROWS) / 100,
    "whole prices and one of 9.5": np.append(rng.integers(1, 999, N_ROWS - 1), 9.5),
    "float32 beyond its digits": (rng.normal(size=N_ROWS) * 1e9).astype("float32"),
    "huge": rng.normal(size=N_ROWS) * 1e30,
}


@pytest.mark.parametrize("values", QUANTITIES.values(), ids=QUANTITIES)
def test_quantities_are_let_be(values):
    frame = pd.DataFrame({"x": values, "city": ["a", "b"] * (N_ROWS // 2)})
    quiet(lambda: FMClassifier(max_epochs=1).fit(frame, Y))
    quiet(lambda: FMClassifier(max_epochs=1).fit(frame[["x"]].to_numpy(), Y))
    quiet(lambda: TableEncoder().fit(frame))


def test_amounts_of_a_large_table_repeat_more_often_than_ids():
    n_rows = 200_000
    minutes = pd.DataFrame({"x": rng.integers(0, 150, n_rows).astype(float)})
    quiet(lambda: TableEncoder().fit(minutes))
    warned(lambda: TableEncoder().fit(minutes.astype(int)))
    warned(lambda: TableEncoder().fit(minutes[: n_rows // 4].assign(x=lambda frame: frame["x"] * 3)))


def test_what_a_table_encoder_was_told_is_not_asked_again():
    frame = pd.DataFrame({"seconds": USERS * 60, "text": [f"comment {i}" for i in range(N_ROWS)]})
    told = TableEncoder(categorical=["text"], numeric=["seconds"])
    quiet(lambda: make_pipeline(told, FMClassifier(max_epochs=1)).fit(frame, Y))
    quiet(lambda: FMClassifier(max_epochs=1).fit(told.fit(frame).transform(frame), Y))
    with pytest.warns(UserWarning, match="taken as") as caught:  # by the encoder, of the number and of the text
        make_pipeline(clone(told).set_params(categorical=None, numeric=None), FMClassifier(max_epochs=1)).fit(frame, Y)
    assert len(caught) == 2


TEXTS = [f"comment {i}" for i in range(N_ROWS)]
TEXT_DTYPES = {
    "str": lambda texts: pd.Series(texts, dtype="str"),
    "objects": lambda texts: pd.Series(texts, dtype=object),
    "string": lambda texts: pd.Series(texts, dtype="string"),
    "category": lambda texts: pd.Series(texts, dtype="category"),
    "Arrow": lambda texts: pd.Series(texts, dtype=pd.ArrowDtype(pa.string())),
    "Arrow dictionary": lambda texts: pd.Series(texts, dtype=pd.ArrowDtype(pa.dictionary(pa.int32(), pa.string()))),
}


@pytest.mark.parametrize("make", TEXT_DTYPES.values(), ids=TEXT_DTYPES)
def test_text_without_categories(make):
    frame = pd.DataFrame({"comment": make(TEXTS), "age": rng.normal(size=N_ROWS)})
    message = warned(lambda: FMClassifier(max_epochs=1).fit(frame, Y))
    assert message == (
        "Text of which nearly every row is another value is taken as categories: 'comment' (600 values in 600 rows). "
        'Drop such a column, split it into words with skrec.preprocessing.SequenceEncoder(separator=" "), or keep '
        "frequent values alone with CategoryEncoder(min_frequency=...); if its values are ids that come back, naming "
        "it in categorical_features says so."
    )
    quiet(lambda: FMClassifier(max_epochs=1, categorical_features=["comment"]).fit(frame, Y))
    assert "'comment' (600 values in 600 rows)" in warned(lambda: TableEncoder().fit(frame))
    quiet(lambda: TableEncoder(categorical=["comment"], remainder="passthrough").fit(frame))


@pytest.mark.parametrize("cls", cases(FEATURES))
def test_every_model_of_features_warns_of_text(cls):
    frame = pd.DataFrame({"comment": TEXTS, "city": ["a", "b"] * (N_ROWS // 2)})
    assert "'comment' (600 values" in warned(lambda: cls(max_epochs=1).fit(frame, Y))


def test_text_that_comes_back_is_let_be():
    users = pd.DataFrame({"user_id": [f"user {i}" for i in rng.integers(0, 2 * N_ROWS, N_ROWS)]})  # four in five rows
    few = pd.DataFrame({"user_id": TEXTS[:199]})
    for frame in (users, few, pd.DataFrame({"user_id": [None] * N_ROWS, "x": 1.5})):
        quiet(lambda frame=frame: FMClassifier(max_epochs=1).fit(frame, Y[: len(frame)]))
        quiet(lambda frame=frame: TableEncoder().fit(frame))


def test_missing_text_is_no_value():
    frame = pd.DataFrame({"comment": [*TEXTS[:200], *[None] * 400]})
    assert "'comment' (200 values in 200 rows)" in warned(lambda: TableEncoder().fit(frame))


def test_text_of_a_large_table():
    n_rows = 60_000
    comments = pd.DataFrame({"comment": [f"comment {i}" for i in range(n_rows)]})
    assert f"'comment' ({n_rows} values in {n_rows} rows)" in warned(lambda: TableEncoder().fit(comments))
    for n_users in (1_000, 30_000, 60_000):  # of the last each comes once on average, nearly two in three are there
        users = pd.DataFrame({"user_id": [f"user {i}" for i in rng.integers(0, n_users, n_rows)]})
        quiet(lambda users=users: TableEncoder().fit(users))
