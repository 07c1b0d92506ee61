"""Users alone and items alone through a pipeline: what the pairs would give."""

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from sklearn.compose import make_column_transformer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from skrec import FMClassifier, IntTowerClassifier, MFClassifier, TwoTowerClassifier
from skrec.preprocessing import CategoryEncoder, HashEncoder, TableEncoder
from skrec.retrieval import embed_items, embed_users, represent_items, score_items
from tests.retrieval.cases import catalogue, log, people
from tests.retrieval.test_histories import catalogue as items_of_histories
from tests.retrieval.test_histories import piped as histories
from tests.samples import labels, small

pytestmark = pytest.mark.fast

TABLE = {"categorical": ["user", "item"], "numeric": ["age"], "sequence": ["genres"]}
CONTAINERS = [lambda frame: frame, pl.from_pandas, pa.Table.from_pandas]


def by_columns():
    """Return a ColumnTransformer that puts names of encoders before those of columns."""
    return make_column_transformer(
        (CategoryEncoder(), ["user", "item"]), (StandardScaler(), ["age"]), ("passthrough", ["genres"])
    ).set_output(transform="pandas")


FIRST = {
    "table": lambda: TableEncoder(**TABLE),
    "hashed": lambda: TableEncoder(**TABLE, categorical_encoder=HashEncoder(64)),
    "by columns": by_columns,
    "two steps": lambda: make_pipeline(FunctionTransformer(), TableEncoder(**TABLE)),
}


def piped(cls, first="table"):
    """Return a pipeline of two sides, fitted on the log beside a column that is not used."""
    frame, sides = log().assign(rating=5.0), ["user", "age"]
    if first == "by columns":
        frame, sides = log(), ["categoryencoder__user", "standardscaler__age"]
    if cls is MFClassifier:
        return make_pipeline(TableEncoder(categorical=["user", "item"]), small(cls)).fit(frame, labels(log()))
    model = small(cls, user_features=sides, sequence_features=None)
    return make_pipeline(FIRST[first](), model).fit(frame, labels(log()))


def pairs(pipe, users, items):
    scores = pipe.decision_function(users.merge(items, how="cross").assign(rating=1.0))
    return scores.reshape(len(users), len(items))


@pytest.mark.parametrize("container", CONTAINERS)
@pytest.mark.parametrize("first", [*FIRST])
def test_vectors_meet_as_pairs_do(first, container):
    """New users and items too, from a raw frame of one side, in any order and beside others."""
    pipe, users, items = piped(TwoTowerClassifier, first), people(), catalogue()
    vectors = embed_users(pipe, container(users[["age", "user"]])), embed_items(pipe, container(items))
    scores = pairs(pipe, users, items)
    met = vectors[0] @ vectors[1].T
    np.testing.assert_allclose(met - met[:1, :1], scores - scores[:1, :1], atol=1e-4)
    again = embed_items(pipe, container(items.assign(price=1.0, age=3.0)[["price", "age", "genres", "item"]]))
    np.testing.assert_array_equal(again, vectors[1])


@pytest.mark.parametrize("first", [*FIRST])
def test_stored_items_are_scored(first):
    pipe, users, items = piped(IntTowerClassifier, first), people(), catalogue()
    scores = score_items(pipe, users, represent_items(pipe, items))
    np.testing.assert_allclose(scores, pairs(pipe, users, items), atol=1e-4)


def test_ids_alone_and_a_model_without_a_pipeline():
    pipe, users, items = piped(MFClassifier), people()[:6], catalogue()[:6]
    for model in (pipe, small(MFClassifier).fit(log()[["user", "item"]], labels(log()))):
        met = embed_users(model, users[["user"]]) @ embed_items(model, items[["item"]]).T
        scores = model.decision_function(users.merge(items, how="cross")[["user", "item"]]).reshape(6, 6)
        np.testing.assert_allclose(met - met[:, :1], scores - scores[:, :1], atol=1e-5)


def test_histories_are_those_of_the_users():
    pipe, items = histories(TwoTowerClassifier), items_of_histories()
    users = pd.DataFrame({"user_id": ["1", "7"], "time": [150, 299]})
    scores = pipe.decision_function(users.merge(items, how="cross")).reshape(2, len(items))
    met = embed_users(pipe, users) @ embed_items(pipe, items).T
    np.testing.assert_allclose(met - met[0, 0], scores - scores[0, 0], atol=1e-4)
    now = embed_users(pipe, users[["user_id"]])
    np.testing.assert_array_equal(now, embed_users(pipe, users.assign(time=10**6)))


def refusing(X):
    if X.isna().any(axis=None):
        raise ValueError("missing cells " * 1000)
    return X


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (
            lambda: embed_items(piped(TwoTowerClassifier), catalogue()[["item"]]),
            ValueError,
            r"Expected the columns of fit, got a frame without \['genres'\]; add or rename",
        ),
        (
            lambda: embed_users(piped(TwoTowerClassifier), people().rename(columns={"user": "usr"})),
            ValueError,
            r"got a frame without \['user'\] \(did you mean 'usr'\?\)",
        ),
        (
            lambda: embed_items(piped(TwoTowerClassifier, "by columns"), catalogue()[["genres"]]),
            ValueError,
            r"got a frame without \['item'\]",
        ),
        (
            lambda: embed_users(histories(TwoTowerClassifier), pd.DataFrame({"time": [1]})),
            ValueError,
            r"got a frame without \['user_id'\]",
        ),
        (
            lambda: embed_items(piped(TwoTowerClassifier), ["u", "v"]),
            TypeError,
            "Expected X as a frame, pandas, polars or Arrow, got list",
        ),
        (
            lambda: embed_items(small(FMClassifier, sequence_features=None).fit(log(), labels(log())), catalogue()),
            TypeError,
            "FMClassifier has no embed_items; expected a model of two sides, as TwoTowerClassifier",
        ),
        (
            lambda: represent_items(piped(TwoTowerClassifier), catalogue()),
            TypeError,
            "TwoTowerClassifier has no represent_items",
        ),
        (
            lambda: embed_items(
                make_pipeline(StandardScaler(), small(TwoTowerClassifier, sequence_features=None)).fit(
                    np.eye(4), [0, 1, 0, 1]
                ),
                catalogue(),
            ),
            TypeError,
            "fitted on a frame with names, got one whose StandardScaler saw none",
        ),
        (
            lambda: embed_items(
                make_pipeline(FunctionTransformer(refusing), small(TwoTowerClassifier, sequence_features=None)).fit(
                    log()[["user", "item"]], labels(log())
                ),
                catalogue(),
            ),
            ValueError,
            r"got FunctionTransformer, which refuses them where \['user'\] are missing \(missing cells .{,500}$",
        ),
        (
            lambda: piped(TwoTowerClassifier)[:-1].transform(catalogue()),
            ValueError,
            r"got a frame without \['user', 'age'\]; .*skrec.retrieval.embed_items and its like take one side alone",
        ),
    ],
)
def test_refusals(call, error, message):
    with pytest.raises(error, match=message):
        call()
