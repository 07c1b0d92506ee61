"""Models over any columns: roles, shared vocabularies, pooling, the warning of integer ids."""

import warnings

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from skrec import DeepFMClassifier, DNNClassifier, FMClassifier, LRClassifier, LRRegressor
from tests.samples import LIST, fitted, labels, mixed, outputs, small, target

pytestmark = pytest.mark.fast

ROLES = {
    "category": (pd.Series(["a", "b"] * 30, dtype="category"), "categorical"),
    "str": (pd.Series(["a", "b"] * 30), "categorical"),
    "object": (pd.Series(["a", "b"] * 30, dtype=object), "categorical"),
    "bool": (pd.Series([True, False] * 30), "categorical"),
    "boolean": (pd.Series([True, None] * 30, dtype="boolean"), "categorical"),
    "category of int": (pd.Series([1, 2] * 30, dtype="category"), "categorical"),
    "int": (pd.Series([1, 2] * 30), "numeric"),
    "uint8": (pd.Series([1, 2] * 30, dtype="uint8"), "numeric"),
    "Int64": (pd.Series([1, 2] * 30, dtype="Int64"), "numeric"),
    "float32": (pd.Series([1, 2] * 30, dtype="float32"), "numeric"),
    "Float64": (pd.Series([1, 2] * 30, dtype="Float64"), "numeric"),
    "Arrow double": (pd.Series([1, 2] * 30, dtype=pd.ArrowDtype(pa.float64())), "numeric"),
    "Arrow list": (pd.Series([["a"], []] * 30, dtype=LIST), "sequence"),
    "object list": (pd.Series([["a"], None] * 30), "sequence"),
    "tuples": (pd.Series([("a",), ()] * 30), "sequence"),
    "lists of int": (pd.Series([[1, 2], [3]] * 30), "sequence"),
}


@pytest.mark.parametrize("dtype", ROLES)
def test_the_dtype_is_the_role(dtype):
    column, role = ROLES[dtype]
    frame = pd.DataFrame({"x": column, "other": ["u", "v", "w"] * 20})
    estimator = FMClassifier(max_epochs=1).fit(frame, [0, 1] * 30)
    assert [field.role for field in estimator.schema_.fields] == [role, "categorical"]
    assert np.isfinite(outputs(estimator, frame)).all()


def test_categorical_features_add_to_those_by_dtype():
    frame = mixed().assign(user=np.arange(100) % 7)
    estimator = small(FMClassifier, categorical_features=["user"]).fit(frame, labels(frame.assign(user="a")))
    assert [field.role for field in estimator.schema_.fields] == ["categorical", "categorical", "sequence", "numeric"]
    assert list(estimator.embedding("user").index[:-1]) == list(range(7))


@pytest.mark.parametrize("as_frame", [False, True])
def test_columns_of_floats_can_be_categories(as_frame):
    """Values without an order: a number could not tell them apart."""
    rng = np.random.default_rng(0)
    X = np.c_[rng.integers(0, 8, 400), rng.normal(size=400)].astype(float)
    y = X[:, 0] % 2 == 0
    X = pd.DataFrame(X, columns=["id", "x"]) if as_frame else X
    column = "id" if as_frame else 0
    estimator = LRClassifier(categorical_features=[column], lr=0.1, random_state=0).fit(X, y)
    assert estimator.score(X, y) == 1
    assert (
        LRClassifier(categorical_features=[], numeric_embedding=None, lr=0.1, random_state=0).fit(X, y).score(X, y)
        < 0.7
    )
    assert list(estimator.embedding(column).index[:-1]) == [0, 1, 2, 3, 4, 5, 6, 7]


def test_an_unknown_name_proposes_the_nearest():
    frame = mixed()
    with pytest.raises(ValueError, match=r"categorical_features names the column 'itme'.*did you mean 'item'\?"):
        small(FMClassifier, categorical_features=["itme"]).fit(frame, labels(frame))
    with pytest.raises(ValueError, match=r"sequence_features names the column 'x'.*the columns are \['user', "):
        small(FMClassifier, sequence_features={"history": "x"}).fit(frame, labels(frame))
    with pytest.raises(ValueError, match=r"categorical_features names the column 2.*the columns are \[0, 1\]"):
        FMClassifier(categorical_features=[2]).fit(np.zeros((10, 2)), [0, 1] * 5)
    with pytest.raises(ValueError, match=r"names the column \['user'\]"):
        small(FMClassifier, categorical_features=[["user"]]).fit(frame, labels(frame))


def test_sequence_features_need_a_list_and_a_category():
    frame = mixed()
    with pytest.raises(TypeError, match="expected column 'user' to be sequence, got categorical"):
        small(FMClassifier, sequence_features={"user": "item"}).fit(frame, labels(frame))
    with pytest.raises(TypeError, match="expected column 'age' to be categorical, got numeric"):
        small(FMClassifier, sequence_features={"history": "age"}).fit(frame, labels(frame))


def test_a_list_column_shares_vocabulary_and_vectors_or_has_its_own():
    shared, _ = fitted(FMClassifier)
    pd.testing.assert_frame_equal(shared.embedding("history"), shared.embedding("item"), check_names=False)
    own, _ = fitted(FMClassifier, sequence_features=None)
    assert list(own.embedding("history").index) == list(own.embedding("item").index)
    assert not np.allclose(own.embedding("history"), own.embedding("item"))
    assert len(own.net_.module_.embedding.table) == 21
    assert len(shared.net_.module_.embedding.table) == 14


def test_a_shared_vocabulary_is_that_of_the_category():
    frame = mixed().assign(history=pd.Series([["u", "elsewhere"]] * 100, dtype=LIST))
    estimator = small(FMClassifier).fit(frame, labels(frame))
    assert "elsewhere" not in estimator.embedding("history").index
    assert estimator.embedding("history").iloc[-1].abs().max() > 0  # it is the unknown token of every list


def test_pooling_is_what_its_name_says():
    """A linear model of one list column of numbers of tokens: the poolings differ by a known factor."""
    lists = [["a"], ["a", "a"], ["a", "b"], ["a", "a", "b", "b"], [], ["b"]] * 10
    frame = pd.DataFrame({"tags": pd.Series(lists, dtype=LIST)})
    y = np.array([len(cell) for cell in lists], float)
    scores = {}
    for pooling in ("mean", "sum", "max", "root"):
        estimator = LRRegressor(pooling=pooling, embedding_l2=0, lr=0.1, max_epochs=200, random_state=0).fit(frame, y)
        bias = estimator.embedding("tags")["bias"]
        base = estimator.predict(frame[4:5])[0]  # the empty list
        a, b = bias["a"], bias["b"]
        expected = {
            "mean": [a, a, (a + b) / 2, (a + b) / 2, 0, b],
            "sum": [a, 2 * a, a + b, 2 * a + 2 * b, 0, b],
            "max": [a, a, max(a, b), max(a, b), 0, b],
            "root": [a, 2 * a / 2**0.5, (a + b) / 2**0.5, a + b, 0, b],
        }[pooling]
        np.testing.assert_allclose(estimator.predict(frame[:6]) - base, expected, atol=1e-4)
        scores[pooling] = estimator.score(frame, y)
    assert scores["sum"] > 0.999  # the length is the sum of ones
    assert max(scores["mean"], scores["max"]) < 0.6


def test_the_order_within_a_list_is_nothing_to_a_pooled_column():
    estimator, frame = fitted(DeepFMClassifier)
    backwards = frame.assign(history=[list(cell)[::-1] for cell in frame["history"]])
    np.testing.assert_allclose(outputs(estimator, backwards), outputs(estimator, frame), atol=1e-6)


def test_integer_ids_warn_once_with_the_remedy():
    frame = pd.DataFrame({"user_id": range(100), "item_id": range(100), "stars": [1, 2] * 50, "price": 1.5})
    y = [0, 1] * 50
    message = (
        r"taken as numbers: 'user_id' \(100 values\), 'item_id' \(100 values\); as well 'stars' \(2\), which may be "
        r"codes of few categories. If these are ids and codes, name them in categorical_features="
        r"\['user_id', 'item_id', 'stars'\], without those that are quantities; if all are numbers, "
        r"categorical_features=\[\] says so"
    )
    with pytest.warns(UserWarning, match=message) as caught:
        FMClassifier(max_epochs=1).fit(frame, y)
    assert len(caught) == 1
    for answer in (["user_id", "item_id"], []):  # warnings are errors here
        FMClassifier(max_epochs=1, categorical_features=answer).fit(frame, y)
    with pytest.warns(UserWarning, match="taken as numbers") as caught:
        estimator = FMClassifier(max_epochs=1).fit(frame, y)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        estimator.predict(frame)


def test_a_model_without_columns_of_a_role():
    frame = mixed()
    y = labels(frame)
    for columns in (["user"], ["age"], ["history"], ["user", "history"], ["history", "age"]):
        for cls in (LRClassifier, FMClassifier, DNNClassifier, DeepFMClassifier):
            estimator = cls(max_epochs=1, random_state=0).fit(frame[columns], y)
            assert np.isfinite(outputs(estimator, frame[columns])).all()


def test_columns_of_nothing_but_missing_values():
    frame = mixed().assign(user=None, history=[[]] * 100)
    estimator = small(FMClassifier, sequence_features=None).fit(frame, labels(mixed()))
    assert len(estimator.embedding("user")) == len(estimator.embedding("history")) == 1
    assert np.isfinite(outputs(estimator, mixed())).all()


def test_numbers_are_standardised_so_that_their_units_mean_nothing():
    estimator, frame = fitted(DeepFMClassifier)
    in_days = frame.assign(age=frame["age"] * 365.25 + 1e4)
    again = small(DeepFMClassifier).fit(in_days, target(estimator, frame))
    np.testing.assert_allclose(outputs(again, in_days), outputs(estimator, frame), atol=1e-4)


def test_a_constant_number_is_harmless():
    frame = mixed().assign(age=1e6 + 0.1)
    estimator = small(FMClassifier).fit(frame, labels(mixed()))
    assert np.isfinite(outputs(estimator, frame.assign(age=1e6 + 1))).all()


def test_columns_without_string_names_are_known_by_position():
    frame = mixed()
    estimator, _ = fitted(FMClassifier)
    numbered = frame.set_axis([3, 1, 4, 7], axis=1)
    again = small(FMClassifier, sequence_features={2: 1}).fit(numbered, labels(frame))
    assert not hasattr(again, "feature_names_in_")
    np.testing.assert_array_equal(outputs(again, numbered), outputs(estimator, frame))
    np.testing.assert_array_equal(outputs(again, frame.set_axis(range(4), axis=1)), outputs(estimator, frame))
    assert list(again.embedding(1).index[:-1]) == list("uvwxyz")


@pytest.mark.filterwarnings("ignore:X has feature names")
def test_fitted_on_an_array_predicts_a_frame_of_integers():
    X = np.random.default_rng(0).integers(0, 5, (60, 2)).astype(float)
    estimator = FMClassifier(max_epochs=1).fit(X, [0, 1] * 30)
    frame = pd.DataFrame(X.astype(int), columns=["a", "b"])
    np.testing.assert_allclose(outputs(estimator, frame), outputs(estimator, X), rtol=1e-6)


def test_fitted_on_integers_predicts_floats_as_a_missing_value_makes_them():
    frame = pd.DataFrame({"a": [1, 2, 3] * 20, "b": [4, 5] * 30})
    estimator = FMClassifier(max_epochs=3, categorical_features=["a"], random_state=0).fit(frame, [0, 1] * 30)
    np.testing.assert_array_equal(outputs(estimator, frame.astype(float)), outputs(estimator, frame))
    holes = frame.astype({"a": "float"})[:3].assign(a=[np.nan, 1, 2])
    assert np.isfinite(outputs(estimator, holes)).all()


def test_plain_float64_is_learnt_in_float64_and_all_else_in_float32():
    X = np.random.default_rng(0).normal(size=(60, 2))
    y = [0, 1] * 30
    assert outputs(FMClassifier(max_epochs=1).fit(X, y), X).dtype == np.float64
    assert outputs(FMClassifier(max_epochs=1).fit(X.astype(np.float32), y), X.astype(np.float32)).dtype == np.float32
    frame = pd.DataFrame(X, columns=["a", "b"])
    assert outputs(FMClassifier(max_epochs=1).fit(frame, y), frame).dtype == np.float64
    typed = frame.assign(c="c")
    assert outputs(FMClassifier(max_epochs=1).fit(typed, y), typed).dtype == np.float32
