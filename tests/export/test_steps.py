"""Pipelines of many kinds as ONNX files: what is before the net answers as scikit-learn and skrec have it."""

import category_encoders
import numpy as np
import pandas as pd
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import FeatureUnion, make_pipeline, make_union
from sklearn.preprocessing import (
    KBinsDiscretizer,
    MinMaxScaler,
    OneHotEncoder,
    OrdinalEncoder,
    QuantileTransformer,
    StandardScaler,
    TargetEncoder,
)

import skrec
from skrec.preprocessing import CategoryEncoder, HashEncoder, HistoryEncoder, SequenceEncoder, TableEncoder
from tests.export.test_onnx import assert_answers, encoder, raw, session_of, unseen
from tests.samples import small

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning", "ignore::FutureWarning")


def assert_same(pipeline, folder, frame):
    assert_answers(pipeline, session_of(pipeline, folder / "pipeline.onnx"), frame)


def labels(frame):
    return frame["user"] % 2 == (frame["item"] > "w")


def of_numbers(step, cls=skrec.LRClassifier, **params):
    """Return a pipeline whose numbers go through `step`."""
    return make_pipeline(encoder(numeric_transformer=step), small(cls, sequence_features=None, **params))


NUMBERS = {
    "bins": KBinsDiscretizer(5, encode="ordinal"),
    "one column a bin": KBinsDiscretizer(4, encode="onehot-dense"),
    "ranks": QuantileTransformer(n_quantiles=20),
    "normal": QuantileTransformer(n_quantiles=50, output_distribution="normal"),
    "clipped": MinMaxScaler(clip=True),
    "two steps": make_pipeline(StandardScaler(), KBinsDiscretizer(3, encode="ordinal")),
    "both": make_union(StandardScaler(), QuantileTransformer(n_quantiles=7)),
}


@pytest.mark.parametrize("name", NUMBERS)
def test_numbers(name, tmp_path):
    frame = raw()
    frame["age"] = frame["age"].round(-1).clip(20, 50)  # ties, and many at both ends
    new = unseen()
    new.loc[5:20, "age"] = np.linspace(-50, 90, 16)
    new.loc[21:30, "age"] = [20, 20 + 1e-8, 30, 40, 50, 50 - 1e-8, 49.99, 20.01, 19.99, 35]
    pipeline = of_numbers(NUMBERS[name]).fit(frame, labels(frame))
    assert_same(pipeline, tmp_path, new)


@pytest.mark.parametrize("cls", [skrec.DeepFMClassifier, skrec.MFRegressor])
def test_hashed_ids(cls, tmp_path):
    frame = raw()[["user", "new", "seconds"]].astype({"seconds": "int64"})
    names = {"user": "user", "item": "seconds"} if cls is skrec.MFRegressor else {"sequence_features": None}
    pipeline = make_pipeline(HashEncoder(50, seed=3), small(cls, **names)).fit(frame, np.arange(200) % 2)
    new = raw(60, seed=2)[["user", "new", "seconds"]].astype({"seconds": "int64"})
    assert_same(pipeline, tmp_path, pd.concat([new.assign(user=-new["user"]), new.assign(user=new["user"] + 1)]))
    gaps = new.astype({"user": "Int64"})
    gaps.loc[::3, "user"] = None
    assert_same(pipeline, tmp_path, gaps)


def test_hashed_ids_of_a_table(tmp_path):
    frame = raw()
    table = TableEncoder(categorical=["user"], numeric=["age"], categorical_encoder=HashEncoder(2**18))
    pipeline = make_pipeline(table, small(skrec.FMClassifier, sequence_features=None)).fit(frame, labels(frame))
    assert_same(pipeline, tmp_path, unseen())


STATISTICS = [
    *(category_encoders.TargetEncoder(), category_encoders.CountEncoder(), category_encoders.CatBoostEncoder()),
    *(category_encoders.LeaveOneOutEncoder(), category_encoders.OrdinalEncoder(), category_encoders.BinaryEncoder()),
    *(category_encoders.WOEEncoder(), category_encoders.JamesSteinEncoder(), category_encoders.OneHotEncoder()),
    TargetEncoder(),
]


@pytest.mark.parametrize("statistics", STATISTICS, ids=lambda one: type(one).__name__)
def test_statistics(statistics, tmp_path):
    frame = raw()
    frame["rare"] = np.where(frame.index < 3, frame["item"] + "!", frame["item"])
    table = TableEncoder(
        categorical=["user", "item", "kind", "new", "grade", "rare"],
        numeric=["age"],
        categorical_encoder=CategoryEncoder(min_frequency=9),
        statistics=statistics,
    )
    pipeline = make_pipeline(table, small(skrec.LRClassifier, sequence_features=None)).fit(frame, labels(frame))
    new = unseen()
    assert_same(pipeline, tmp_path, new.assign(rare=np.where(new.index % 9 == 0, "u!", new["item"])))


def log(n_rows=200, seed=0):
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "user": rng.integers(10, 30, n_rows),
            "item": rng.choice([*"uvwxyz", None], n_rows),
            "shop": rng.integers(0, 5, n_rows),
            "day": rng.integers(0, 40, n_rows),
        }
    )


TIMES = {
    "days": lambda day: day,
    "fractions": lambda day: day + 0.5,
    "large": lambda day: day + 2**60,
    "dates": lambda day: pd.Timestamp("2020-01-01") + pd.to_timedelta(day, "D"),
    "dates of a zone": lambda day: pd.Timestamp("2020-01-01", tz="Europe/Rome") + pd.to_timedelta(day, "D"),
}


@pytest.mark.parametrize("time", TIMES)
def test_histories(time, tmp_path):
    frame, new = log(), log(60, seed=1)
    new.loc[:2, "user"] = 99
    new.loc[3:6, "day"] = -5, 0, 39, 1000
    frame, new = (of.assign(day=TIMES[time](of["day"])) for of in (frame, new))
    pipeline = make_pipeline(
        HistoryEncoder("user", "item", "day", columns="shop", max_length=7),
        TableEncoder(categorical=["user", "item", "shop"], sequence=["hist_item", "hist_shop"]),
        small(skrec.DINClassifier, sequence_features={"hist_item": "item", "hist_shop": "shop"}),
    ).fit(frame, np.arange(200) % 2)
    assert_same(pipeline, tmp_path, new)


def test_times_that_are_fractions_of_whole_ones(tmp_path):
    """An event counts if it is strictly before, at whatever fraction."""
    frame = log()
    pipeline = make_pipeline(
        HistoryEncoder("user", "item", "day"),
        TableEncoder(categorical=["user", "item"], sequence=["hist_item"]),
        small(skrec.DINClassifier, sequence_features={"hist_item": "item"}),
    ).fit(frame, np.arange(200) % 2)
    assert_same(pipeline, tmp_path, frame.assign(day=frame["day"] + 0.25))


@pytest.mark.parametrize("side", ["left", "right"])
@pytest.mark.parametrize("max_length", [None, 2])
def test_lists(side, max_length, tmp_path):
    rng = np.random.default_rng(0)
    words = [" | ".join(rng.choice(["war", "sea", "sky", "new"], rng.integers(0, 5))) for _ in range(100)]
    frame = pd.DataFrame(
        {
            "genres": words,
            "item": rng.integers(0, 9, 100),
            "seen": ["|".join(map(str, rng.integers(0, 12, rng.integers(0, 5)))) for _ in range(100)],
        }
    )
    step = SequenceEncoder(
        sequence_features={"seen": "item"}, max_length=max_length, truncation_side=side, min_frequency=3
    )
    net = small(skrec.BSTClassifier, sequence_features={"seen": "item"}, max_length=3)
    columns = {"genres": "genres", "seen": "item"}
    for pipeline in (
        make_pipeline(step, net),
        make_pipeline(step, small(skrec.DNNRegressor, sequence_features={"seen": columns["seen"]})),
    ):
        pipeline.fit(frame, np.arange(100) % 2)
        new = frame[::-1].assign(genres=lambda X: X["genres"].str.replace("sky", "ice"))
        new.iloc[3, 0] = None
        assert_same(pipeline, tmp_path, new)


def data_scientists(cls=skrec.LRClassifier, **encoders):
    """Return a pipeline as tutorials have it."""
    numbers = make_pipeline(SimpleImputer(add_indicator=True), StandardScaler())
    words = make_pipeline(
        SimpleImputer(strategy="most_frequent"), OneHotEncoder(handle_unknown="ignore", sparse_output=False)
    )
    columns = ColumnTransformer(
        [
            ("numbers", numbers, ["age", "seconds"]),
            ("words", words, ["item", "kind"]),
            ("codes", OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1), ["user"]),
            ("left out", "drop", ["new"]),
        ],
        remainder="passthrough",
        verbose_feature_names_out=False,
    )
    return make_pipeline(columns, cls(max_epochs=2, random_state=0))


@pytest.mark.parametrize("container", ["default", "pandas"])
@pytest.mark.parametrize("cls", [skrec.LRClassifier, skrec.DeepFMRegressor])
def test_columns_as_tutorials_have_them(cls, container, tmp_path):
    frame, new = (of[["user", "item", "kind", "new", "age", "seconds"]] for of in (raw(), unseen()))
    frame, new = (of.assign(more=of["seconds"] / 7, kind=of["kind"].astype("str")) for of in (frame, new))
    new["item"] = new["item"].where(new["item"].notna(), np.nan)  # an imputer takes no None of objects for missing
    pipeline = data_scientists(cls)
    pipeline[0].set_output(transform=container)
    pipeline.fit(frame, labels(frame))
    assert_same(pipeline, tmp_path, new)


def test_codes_that_are_named_as_categories(tmp_path):
    frame = raw()[["user", "item", "age"]]
    columns = ColumnTransformer(
        [
            ("ids", OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1), ["user", "item"]),
            ("age", make_pipeline(SimpleImputer(), KBinsDiscretizer(4, encode="ordinal")), ["age"]),
        ],
        verbose_feature_names_out=False,
    ).set_output(transform="pandas")
    net = skrec.FMClassifier(categorical_features=["user", "item", "age"], max_epochs=2, random_state=0)
    pipeline = make_pipeline(columns, net).fit(frame, labels(frame))
    assert_same(pipeline, tmp_path, unseen())


def test_arrays_and_unions(tmp_path):
    X = np.random.default_rng(0).normal(size=(100, 3))
    union = FeatureUnion([("scaled", StandardScaler()), ("ranks", QuantileTransformer(n_quantiles=9))])
    pipeline = make_pipeline(union, skrec.FMRegressor(max_epochs=2, random_state=0)).fit(X, X.sum(1))
    assert_same(pipeline, tmp_path, 2 * X)


def test_one_encoder_behind_another(tmp_path):
    frame = raw()
    first = TableEncoder(["user", "item"], ["age"], ["tags"])
    second = TableEncoder(
        ["user", "item"],
        ["age", "age_missing"],
        ["tags"],
        categorical_encoder=CategoryEncoder(min_frequency=9),
        numeric_transformer=StandardScaler(),
    )
    pipeline = make_pipeline(first, second, small(skrec.DNNClassifier, sequence_features=None))
    pipeline.fit(frame, labels(frame))
    assert_same(pipeline, tmp_path, unseen())


def test_a_column_in_two_roles(tmp_path):
    frame = raw()[["user", "age"]].assign(day=np.arange(200) % 7)
    both = ColumnTransformer(
        [("bins", OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1), ["day"]),
         ("same", StandardScaler(), ["day"])],
    )  # fmt: skip
    pipeline = make_pipeline(both, skrec.FMClassifier(max_epochs=2, random_state=0)).fit(frame, frame["user"] % 2)
    assert_same(pipeline, tmp_path, frame.assign(day=np.arange(200) % 9))


def test_both_towers_behind_an_encoder_of_scikit_learn(tmp_path):
    frame = raw()
    table = TableEncoder(["user", "item"], ["age"], numeric_transformer=KBinsDiscretizer(4, encode="ordinal"))
    towers = small(skrec.TwoTowerClassifier, sequence_features=None, user_features=["user", "age", "age_missing"])
    pipeline = make_pipeline(table, towers).fit(frame, labels(frame))
    from skrec.export import onnx_inputs

    for part, names in (("users", ["user", "age"]), ("items", ["item"])):
        session = session_of(pipeline, tmp_path / f"{part}.onnx", part=part)
        [found] = session.run(None, onnx_inputs(unseen()[names], session))
        expected = getattr(pipeline[-1], f"embed_{part}")(pipeline[0].transform(unseen()))
        np.testing.assert_allclose(found, expected, atol=1e-5)
