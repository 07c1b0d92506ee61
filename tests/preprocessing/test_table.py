"""TableEncoder: a raw frame in, roles, imputation, lists and cross-fitted statistics out."""

import pickle
import warnings

import category_encoders as ce
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal
from sklearn.base import BaseEstimator, clone
from sklearn.compose import ColumnTransformer, make_column_selector
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    KBinsDiscretizer,
    OrdinalEncoder,
    PolynomialFeatures,
    StandardScaler,
    TargetEncoder,
)
from sklearn.utils import estimator_html_repr, get_tags

from skrec import FMClassifier
from skrec.data import FEW_ROWS
from skrec.preprocessing import CategoryEncoder, HashEncoder, TableEncoder

BIG = 2**53 + 1
LIST = pd.ArrowDtype(pa.list_(pa.string()))


@pytest.fixture
def frame():
    return pd.DataFrame(
        {
            "user": [BIG, BIG - 1, BIG, BIG + 1],
            "city": ["Rome", None, "Oslo", "Rome"],
            "age": [31.0, np.nan, 25.0, 40.0],
            "genres": [["a", "b"], None, [], ["b"]],
            "rating": [5, 1, 3, 4],
        }
    )


def big_frame(n_rows=200):
    rng = np.random.default_rng(0)
    return pd.DataFrame({"u": rng.integers(0, 10, n_rows), "c": rng.choice(["a", "b", "c"], n_rows)})


@pytest.mark.parametrize("text", ["object", "str", "category"])
def test_rows_come_out_alike_whatever_their_number(text):
    rng = np.random.default_rng(0)
    frame = big_frame().assign(x=rng.normal(size=200), n=rng.integers(0, 9, 200), genres=[["a"], ["b", "a"]] * 100)
    frame = frame.astype({"c": text}).mask(rng.random(frame.shape) < 0.1)
    pipeline = make_pipeline(
        TableEncoder(["u", "c"], ["x", "n"], "genres"), FMClassifier(max_epochs=1, random_state=0)
    ).fit(frame[:150], rng.integers(2, size=150))
    out, probability = pipeline[:-1].transform(frame), pipeline.predict_proba(frame)
    pipeline = pickle.loads(pickle.dumps(pipeline))
    for start, stop in [(0, 1), (1, 3), (3, 3 + FEW_ROWS), (150, 200), (199, 200)]:
        assert_frame_equal(pipeline[:-1].transform(frame[start:stop]), out[start:stop])
        np.testing.assert_allclose(pipeline.predict_proba(frame[start:stop]), probability[start:stop], rtol=1e-6)


@pytest.mark.parametrize("n_rows", [1, 5, 100])
def test_numbers_are_those_of_the_imputer(n_rows):
    rng = np.random.default_rng(n_rows)
    numbers = np.where(rng.random((200, 4)) < 0.3, np.nan, rng.normal(size=(200, 4)))
    numbers[:, 1] = np.nan  # nothing to take a median of
    numbers[:100, 2] = 1.0  # missing after fit alone
    frame = pd.DataFrame(numbers, columns=list("abcd")).astype({"d": "Float64"})
    encoder = TableEncoder(numeric=list("abcd")).fit(frame[:100])
    expected = encoder.imputer_.transform(frame[-n_rows:].astype(np.float64))
    out = encoder.transform(frame[-n_rows:])
    np.testing.assert_array_equal(out, expected)
    assert list(out) == ["a", "b", "c", "d", "a_missing", "b_missing", "d_missing"]


def test_named_columns_come_out_typed_and_the_rest_is_dropped(frame):
    encoder = TableEncoder(["user", "city"], "age", sequence=["genres"])
    out = encoder.fit_transform(frame)
    assert out["user"].tolist() == frame["user"].tolist()
    expected = pd.DataFrame(
        {
            "user": frame["user"].astype("category"),
            "city": frame["city"].astype("category"),
            "age": [31.0, 31.0, 25.0, 40.0],
            "age_missing": [0.0, 1.0, 0.0, 0.0],
            "genres": pd.Series([["a", "b"], [], [], ["b"]], dtype=LIST),
        }
    )
    assert_frame_equal(out, expected)
    assert list(encoder.get_feature_names_out()) == list(expected)
    assert encoder.roles_ == {"categorical": ["user", "city"], "numeric": ["age"], "sequence": ["genres"]}
    assert encoder.n_features_in_ == 5


def test_without_names_dtypes_say_the_role(frame):
    encoder = TableEncoder().fit(frame)
    assert encoder.roles_ == {"categorical": ["city"], "numeric": ["user", "age", "rating"], "sequence": ["genres"]}


def test_remainder_passes_the_unnamed_through(frame):
    out = TableEncoder(categorical=["user"], remainder="passthrough").fit_transform(frame)
    assert list(out) == ["user", "city", "age", "rating", "age_missing", "genres"]


def test_positions_and_selectors(frame):
    by_name = TableEncoder(["user", "city"], ["rating"]).fit_transform(frame)
    assert_frame_equal(TableEncoder([0, 1], -1).fit_transform(frame), by_name)
    selected = TableEncoder(lambda X: ["user", "city"], make_column_selector("rat")).fit_transform(frame)
    assert_frame_equal(selected, by_name)


def test_many_distinct_integers_without_a_role_are_warned_of():
    frame = pd.DataFrame({"user_id": range(300)})
    with pytest.warns(UserWarning, match=r"'user_id' \(300 values\).*categorical=\['user_id'\]") as caught:
        TableEncoder().fit(frame)
    assert len(caught) == 1
    assert caught[0].filename == __file__
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        TableEncoder(numeric=["user_id"]).fit(frame)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"categorical": ["usr"]}, r"columns of X in categorical, got 'usr' \(did you mean 'user'\?\)"),
        ({"categorical": []}, "Expected a column in categorical, numeric or sequence, got none"),
        ({"numeric": 9}, "positions below 5 in numeric.*got 9"),
        ({"categorical": ["user"], "sequence": ["user"]}, r"one role for a column.*\['user'\]"),
        ({"numeric": ["city"]}, "Column 'city': expected numbers, got 'Rome' in row 0; make it missing"),
        ({"remainder": "keep"}, "The 'remainder' parameter of TableEncoder must be"),
        ({"categorical": ["city"], "statistics": ce.TargetEncoder()}, "requires y to be passed"),
        ({"numeric": ["age"], "statistics": ce.CountEncoder()}, "Expected categorical columns for statistics"),
        (
            {"numeric": ["age"], "numeric_transformer": KBinsDiscretizer(2, strategy="uniform")},
            "got a sparse matrix; set its output dense",
        ),
    ],
)
def test_parameters_that_do_not_fit(frame, parameters, message):
    encoder = TableEncoder(["user"]).fit(frame)
    before = {name: value for name, value in vars(encoder).items() if name.endswith("_")}
    with pytest.raises(ValueError, match=message):
        encoder.set_params(**{"categorical": None, **parameters}).fit(frame)
    assert {name: value for name, value in vars(encoder).items() if name.endswith("_")} == before


def test_numeric_text_is_refused_with_the_remedy(frame):
    frame["age"] = ["31", None, "25", "40"]
    with pytest.raises(ValueError, match=r"Column 'age': expected numbers, got the text '31'.*astype\(float\)"):
        TableEncoder(numeric=["age"]).fit(frame)


def test_the_first_text_is_named_also_at_transform(frame):
    encoder = TableEncoder(numeric=["age"]).fit(frame)
    with pytest.raises(ValueError, match="Column 'age': expected numbers, got 'n/a' in row 2"):
        encoder.transform(frame.assign(age=[1, 2, "n/a", "4"]))


def test_infinity_is_refused(frame):
    encoder = TableEncoder(numeric=["age"]).fit(frame)
    for call in (encoder.fit, encoder.transform):
        with pytest.raises(ValueError, match="Column 'age': expected finite numbers, got -inf in row 1"):
            call(frame.assign(age=[1, -np.inf, 2, 3]))


def test_dates_and_lists_have_no_numbers(frame):
    with pytest.raises(TypeError, match=r"Column 'age': .*turn a date into numbers"):
        TableEncoder(numeric=["age"]).fit(frame.assign(age=pd.Timestamp("2020-01-01")))
    with pytest.raises(TypeError, match=r"Column 'genres': expected numbers, got lists; name it in sequence"):
        TableEncoder(numeric=["genres"]).fit(frame)
    with pytest.raises(TypeError, match=r"Column 'city': .*a sequence column holds a list in every cell"):
        TableEncoder(sequence=["city"]).fit(frame)


def test_columns_at_transform(frame):
    encoder = TableEncoder(["user"], ["age"]).fit(frame)
    expected = encoder.transform(frame)
    assert_frame_equal(encoder.transform(frame[["age", "user"]].assign(new=1)), expected)
    with pytest.raises(ValueError, match=r"frame without \['user'\] \(did you mean 'user_id'\?\)"):
        encoder.transform(frame.rename(columns={"user": "user_id"}))
    by_dtype = TableEncoder().fit(frame)
    assert_frame_equal(
        by_dtype.transform(frame.assign(new=1)[["new", *frame.columns[::-1]]]), by_dtype.transform(frame)
    )


def test_nothing_is_learnt_at_transform(frame):
    encoder = TableEncoder(["city"], ["age"]).fit(frame)
    out = encoder.transform(pd.DataFrame({"city": ["Bern", "Oslo"], "age": [np.nan, 1000.0]}))
    assert out["city"].isna().tolist() == [True, False]
    assert out["age"].tolist() == [31.0, 1000.0]
    assert out["age_missing"].tolist() == [1.0, 0.0]


@pytest.mark.parametrize("dtype", ["Int64", "Float32", "float[pyarrow]", "int64[pyarrow]", object, "category"])
def test_numbers_of_every_dtype_become_float64(dtype):
    frame = pd.DataFrame({"n": pd.Series([1, None, 3], dtype="Int64").astype(dtype)})
    out = TableEncoder(numeric=["n"]).fit_transform(frame)
    assert out.dtypes.tolist() == [np.float64, np.float64]
    assert out["n"].tolist() == [1, 2, 3]


def test_an_empty_numeric_column_is_zero():
    out = TableEncoder(numeric=["n"]).fit_transform(pd.DataFrame({"n": [np.nan, np.nan]}))
    assert out.to_dict("list") == {"n": [0.0, 0.0], "n_missing": [1.0, 1.0]}


@pytest.mark.parametrize(
    "cells",
    [
        [["a", "b"], None, []],
        [np.array(["a", "b"]), None, np.array([])],
        [("a", "b"), np.nan, ()],
        pd.array([["a", "b"], None, []], dtype=LIST),
        pd.array([["a", "b"], None, []], dtype=pd.ArrowDtype(pa.large_list(pa.string()))),
    ],
)
def test_lists_come_out_as_arrow(cells):
    frame = pd.DataFrame({"h": pd.Series(cells, dtype=getattr(cells, "dtype", object), index=[3, 1, 2])})
    encoder = TableEncoder(sequence="h")
    expected = pd.DataFrame({"h": pd.Series([["a", "b"], [], []], dtype=LIST, index=[3, 1, 2])})
    assert_frame_equal(encoder.fit_transform(frame), expected)
    assert_frame_equal(encoder.transform(frame[1:]), expected[1:])


def test_polars_and_pandas_agree(frame):
    parameters = {"categorical": ["user", "city"], "numeric": ["age"], "sequence": ["genres"]}
    polars = pl.from_pandas(frame)
    expected = TableEncoder(**parameters).fit_transform(frame)
    out = TableEncoder(**parameters).fit_transform(polars)
    assert isinstance(out, pd.DataFrame)
    assert_frame_equal(out.drop(columns="genres"), expected.drop(columns="genres"))
    assert [list(cell) for cell in out["genres"]] == [list(cell) for cell in expected["genres"]]
    encoder = TableEncoder(**parameters).set_output(transform="polars")
    for out in (encoder.fit_transform(polars), encoder.transform(frame)):
        assert out.schema == {
            "user": pl.Enum([str(BIG - 1), str(BIG), str(BIG + 1)]),
            "city": pl.Enum(["Oslo", "Rome"]),
            "age": pl.Float64,
            "age_missing": pl.Float64,
            "genres": pl.List(pl.String),
        }
        assert out.row(1) == (str(BIG - 1), None, 31.0, 1.0, [])


def test_arrays():
    array = np.array([[1, 2], [3, 4]])
    np.testing.assert_array_equal(TableEncoder().fit_transform(array), array.astype(float))
    out = TableEncoder(categorical=[0], numeric=[1]).fit_transform(array)
    assert_frame_equal(out, pd.DataFrame({"x0": pd.Categorical([1, 3]), "x1": [2.0, 4.0]}))
    mixed = TableEncoder().fit_transform([["a", 1.5], ["b", 2]])
    assert_frame_equal(mixed, pd.DataFrame({"x0": pd.Categorical(["a", "b"]), "x1": [1.5, 2.0]}))
    assert isinstance(TableEncoder().set_output(transform="pandas").fit_transform(array), pd.DataFrame)


def test_numeric_transformers(frame):
    scaled = TableEncoder(numeric=["rating"], numeric_transformer=StandardScaler()).fit_transform(frame)
    assert scaled["rating"].mean() == pytest.approx(0)
    for bins in (KBinsDiscretizer(2, encode="ordinal", strategy="uniform"),) * 2:
        transformer = make_pipeline(StandardScaler(), bins)
        out = TableEncoder(numeric=["rating", "age"], numeric_transformer=transformer).fit_transform(frame)
        assert_frame_equal(out[["rating"]], pd.DataFrame({"rating": pd.Categorical([1, 0, 1, 1], categories=[0, 1])}))
        assert out["age_missing"].dtype == np.float64
    wider = TableEncoder(numeric=["rating"], numeric_transformer=PolynomialFeatures(2, include_bias=False))
    assert list(wider.fit(frame).get_feature_names_out()) == ["rating", "rating^2"]
    bare = TableEncoder(numeric=["rating"], numeric_transformer=FunctionTransformer(lambda X: X * 2))
    assert bare.fit_transform(frame)["rating"].tolist() == [10, 2, 6, 8]


def test_categorical_encoders(frame):
    out = TableEncoder(["city"], categorical_encoder=HashEncoder(8)).fit_transform(frame)
    assert list(out["city"].cat.categories) == list(range(8))
    with pytest.raises(TypeError, match=r"Expected category columns from categorical_encoder=Ord.*float64 in 'city'"):
        TableEncoder(["city"], categorical_encoder=OrdinalEncoder()).fit(frame)


def test_sub_encoders_are_cloned_and_reachable(frame):
    mine = CategoryEncoder()
    encoder = TableEncoder(["city"], categorical_encoder=mine).fit(frame)
    assert not hasattr(mine, "categories_")
    assert list(encoder.categorical_encoder_.categories_[0]) == ["Oslo", "Rome"]
    encoder.set_params(categorical_encoder__min_frequency=2).fit(frame)
    assert list(encoder.categorical_encoder_.categories_[0]) == ["Rome"]
    default = TableEncoder(["city"]).set_params(categorical_encoder__max_categories=1)
    assert clone(default).categorical_encoder.max_categories == 1
    default.set_params(categorical_encoder=HashEncoder(), categorical_encoder__n_buckets=3)
    assert default.categorical_encoder.n_buckets == 3


def test_count_statistics_have_known_values(frame):
    out = TableEncoder(["city", "user"], statistics=ce.CountEncoder()).fit_transform(frame)
    assert out["user_count"].tolist() == [2, 1, 2, 1]  # ids above 2**53 are counted apart
    assert out["city_count"].tolist() == [2, 1, 1, 2]
    assert out["user"].tolist() == frame["user"].tolist()


def test_statistics_do_not_take_a_name(frame):
    frame = frame.rename(columns={"rating": "city_count"})
    out = TableEncoder(["city"], ["city_count"], statistics=ce.CountEncoder()).fit_transform(frame)
    assert list(out) == ["city", "city_count", "city_count_"]


def test_indicators_do_not_take_a_name(frame):
    frame = frame.rename(columns={"rating": "age_missing"})
    out = TableEncoder(numeric=["age", "age_missing"]).fit_transform(frame)
    assert list(out) == ["age", "age_missing", "age_missing_"]
    assert out["age_missing"].tolist() == [5, 1, 3, 4]


def test_in_a_column_transformer_types_survive(frame):
    parts = [("c", CategoryEncoder(), ["user"]), ("t", TableEncoder(), ["city", "age"])]
    out = ColumnTransformer(parts).set_output(transform="pandas").fit_transform(frame)
    assert list(out) == ["c__user", "t__city", "t__age", "t__age_missing"]
    assert out["c__user"].tolist() == frame["user"].tolist()
    assert isinstance(out["t__city"].dtype, pd.CategoricalDtype)


def test_an_index_with_repeats_is_kept(frame):
    frame.index = [1, 1, 0, 1]
    encoder = TableEncoder(["city"], ["age"], ["genres"], statistics=ce.TargetEncoder(), random_state=0)
    for out in (encoder.fit_transform(frame, [0, 1, 0, 1]), encoder.transform(frame)):
        assert list(out.index) == [1, 1, 0, 1]
        assert out["age"].tolist() == [31, 31, 25, 40]


def test_statistics_know_a_number_by_its_value():
    encoder = TableEncoder("i", statistics=ce.CountEncoder()).fit(pd.DataFrame({"i": [1, 1, 2]}))
    assert encoder.transform(pd.DataFrame({"i": [1.0, 2.0]}))["i_count"].tolist() == [2, 1]


SUPERVISED = [
    ce.TargetEncoder(),
    ce.CatBoostEncoder(),
    ce.LeaveOneOutEncoder(),
    ce.MEstimateEncoder(),
    ce.WOEEncoder(),
    ce.TargetEncoder(cols=["u"], handle_unknown="return_nan"),
    make_pipeline(ce.JamesSteinEncoder(), StandardScaler()),
    TargetEncoder(random_state=0),
]


@pytest.mark.parametrize("statistics", SUPERVISED, ids=lambda encoder: type(encoder).__name__)
def test_a_training_row_never_uses_its_own_label(statistics):
    frame = big_frame()
    y = np.random.default_rng(1).integers(0, 2, len(frame))
    encoder = TableEncoder(["u", "c"], statistics=statistics, random_state=0)
    side = encoder.fit_transform(frame, y).drop(columns=["u", "c"])
    for row in (0, 17, 101):
        flipped = y.copy()
        flipped[row] = 1 - y[row]
        other = encoder.fit_transform(frame, flipped).drop(columns=["u", "c"])
        assert side.iloc[row].tolist() == other.iloc[row].tolist()
        assert not side.equals(other)  # the others' features do use it


def test_a_label_of_noise_is_not_found_in_its_own_feature():
    n_rows = 400
    frame = pd.DataFrame({"u": np.arange(n_rows) // 2})  # two rows a user
    y = np.random.default_rng(0).integers(0, 2, n_rows)
    encoder = TableEncoder("u", statistics=ce.TargetEncoder(smoothing=1e-3, min_samples_leaf=1), random_state=0)
    crossed = encoder.fit_transform(frame, y)["u_target"]
    leaking = encoder.transform(frame)["u_target"]
    assert np.corrcoef(leaking, y)[0, 1] > 0.5
    assert abs(np.corrcoef(crossed, y)[0, 1]) < 0.2


def test_new_rows_use_the_encoder_of_all_rows():
    frame = pd.DataFrame({"u": ["a"] * 10 + ["b"] * 10})
    y = np.array([1] * 10 + [0] * 10)
    encoder = TableEncoder("u", statistics=ce.MEstimateEncoder(m=0), random_state=0)
    encoder.fit_transform(frame, y)
    assert encoder.transform(pd.DataFrame({"u": ["a", "b", "new"]}))["u_mestimate"].tolist() == [1, 0, 0.5]


def test_folds_follow_the_random_state():
    frame = big_frame(60)
    y = np.random.default_rng(1).normal(size=60)
    a, b, c = (
        TableEncoder("u", statistics=ce.TargetEncoder(), random_state=seed).fit_transform(frame, y)
        for seed in (0, 0, 1)
    )
    assert_frame_equal(a, b)
    assert not a.equals(c)


@pytest.mark.parametrize("kind", [np.array, pd.Series, list])
def test_labels_of_every_kind(kind):
    frame = big_frame(60)
    numbers = np.random.default_rng(1).integers(0, 2, 60)
    encoder = TableEncoder("u", statistics=ce.TargetEncoder(), random_state=0)
    expected = encoder.fit_transform(frame, numbers)
    for y in (numbers.astype(bool), np.array(["no", "yes"])[numbers], np.array(["no", "yes"], object)[numbers]):
        assert_frame_equal(encoder.fit_transform(frame, kind(y)), expected)
    with pytest.raises(ValueError, match="Input y contains NaN; drop the rows"):
        encoder.fit(frame, [np.nan, *numbers[1:]])


def test_the_target_is_required_where_it_is_used():
    assert get_tags(TableEncoder(statistics=ce.TargetEncoder())).target_tags.required
    assert get_tags(TableEncoder(statistics=make_pipeline(ce.TargetEncoder()))).target_tags.required
    assert not get_tags(TableEncoder(statistics=ce.CountEncoder())).target_tags.required
    assert not get_tags(TableEncoder()).target_tags.required


def test_warnings_of_category_encoders_stay_inside():
    class Warns(ce.CountEncoder):
        def fit(self, X, y=None, **parameters):
            warnings.warn("from the encoder", FutureWarning, stacklevel=1)
            return super().fit(X, y, **parameters)

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        TableEncoder("u", statistics=Warns()).fit_transform(big_frame(20))


class Majority(BaseEstimator):
    """Answers the mean of the statistics; scores by their number, to see what arrived."""

    def fit(self, X, y):
        self.columns_ = list(X)
        return self

    def score(self, X, y):
        assert list(X) == self.columns_
        return X.select_dtypes("float").var().sum() + len(X["u"].cat.categories) / 1000


def test_grid_search_over_the_encoders():
    frame = big_frame()
    y = np.random.default_rng(1).integers(0, 2, len(frame))
    pipe = make_pipeline(TableEncoder(["u", "c"], statistics=ce.TargetEncoder(), random_state=0), Majority())
    shrinking = {"tableencoder__statistics__min_samples_leaf": [1, 10_000]}  # 10,000: every value has the mean
    search = GridSearchCV(pipe, shrinking, cv=2).fit(frame, y)
    assert search.best_params_ == {"tableencoder__statistics__min_samples_leaf": 1}
    grid = [
        {"tableencoder__categorical_encoder": [CategoryEncoder(), HashEncoder(50)]},
        {"tableencoder__categorical_encoder__min_frequency": [1, 10]},
        {"tableencoder__statistics": [ce.CountEncoder(), None]},
    ]
    search = GridSearchCV(pipe, grid[:2], cv=2).fit(frame, y)
    assert search.best_params_["tableencoder__categorical_encoder"].n_buckets == 50
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()
    assert not hasattr(search.best_params_["tableencoder__categorical_encoder"], "n_features_in_")
    assert len(GridSearchCV(pipe, grid[2], cv=2).fit(frame, y).cv_results_["params"]) == 2


@given(st.lists(st.tuples(st.none() | st.text("ab", max_size=2), st.none() | st.floats(-1e6, 1e6)), min_size=2))
@settings(max_examples=25, deadline=None)
def test_row_order_changes_nothing(rows):
    frame = pd.DataFrame(rows, columns=["c", "n"]).astype({"c": object, "n": float})
    encoder = TableEncoder(["c"], ["n"])
    forward, backward = encoder.fit_transform(frame), encoder.fit_transform(frame[::-1])
    assert_frame_equal(forward, backward[::-1])
    assert np.isfinite(forward.select_dtypes("float")).all(axis=None)


def test_pickle_and_repr(frame):
    encoder = TableEncoder(["user", "city"], ["age"], "genres", statistics=ce.CountEncoder()).fit(frame)
    assert_frame_equal(pickle.loads(pickle.dumps(encoder)).transform(frame), encoder.transform(frame))
    assert "CountEncoder" in estimator_html_repr(encoder)
