"""What every estimator here promises, beyond scikit-learn's own checks."""

import itertools
import pickle
import random
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import joblib
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import torch
from pandas.testing import assert_frame_equal
from sklearn.base import clone, is_classifier, is_regressor
from sklearn.exceptions import NotFittedError
from sklearn.utils._param_validation import generate_invalid_param_val, make_constraint
from skorch.callbacks import Callback

from tests.data import ITEMS, fitted, labels, learnt, mixed, outputs, small, target, unchanged
from tests.discovery import predictors

ESTIMATORS = predictors()
every = pytest.mark.parametrize("cls", ESTIMATORS, ids=lambda cls: cls.__name__)
regressors = [cls for cls in ESTIMATORS if is_regressor(cls())]
every_regressor = pytest.mark.parametrize("cls", regressors, ids=lambda cls: cls.__name__)


def categorical_columns(estimator):
    """The columns of `mixed` whose values have vectors."""
    return [field.name for field in estimator.schema_.fields if field.role != "numeric"]


def test_discovery_finds_what_is_there():
    found = {cls.__name__ for cls in ESTIMATORS}
    assert {"FMClassifier", "FMRegressor", "DeepFMClassifier", "DeepFMRegressor", "MFRegressor"} <= found


# Parameters


@every
def test_clone_and_parameters_round_trip(cls):
    estimator, frame = fitted(cls, lr=0.03)
    copy = clone(estimator)
    assert copy.get_params() == estimator.get_params()
    assert learnt(copy) == {}
    default = cls().set_params(**estimator.get_params())
    assert default.get_params() == estimator.get_params()
    copy.fit(frame, target(copy, frame))
    np.testing.assert_array_equal(outputs(copy, frame), outputs(estimator, frame))


@every
def test_constructor_neither_checks_nor_changes(cls):
    for name in cls().get_params():
        value = object()
        estimator = cls(**{name: value})
        assert getattr(estimator, name) is value
        assert set(vars(estimator)) == set(estimator.get_params())


def parameters():
    return [
        pytest.param(cls, name, id=f"{cls.__name__}-{name}")
        for cls in ESTIMATORS
        for name in cls()._parameter_constraints
    ]


@pytest.mark.parametrize(("cls", "name"), parameters())
def test_wrong_parameters_are_named(cls, name):
    constraints = [make_constraint(constraint) for constraint in cls._parameter_constraints[name]]
    wrong = [type("Nothing", (), {})()]
    for constraint in constraints:
        try:
            wrong.append(generate_invalid_param_val(constraint))
        except NotImplementedError:  # nothing can violate it but a type
            continue
    wrong = [value for value in wrong if not any(constraint.is_satisfied_by(value) for constraint in constraints)]
    frame = mixed(20)
    y = target(cls(), frame)
    for value in wrong:
        estimator = small(cls).set_params(**{name: value})
        message = rf"The '{name}' parameter of {cls.__name__} must be"
        with unchanged(estimator), pytest.raises(ValueError, match=message):
            estimator.fit(frame, y)
        first = {"classes": ["no", "yes"]} if is_classifier(estimator) else {}
        with unchanged(estimator), pytest.raises(ValueError, match=message):
            estimator.partial_fit(frame, y, **first)


def test_every_constraint_is_of_a_parameter():
    for cls in ESTIMATORS:
        assert set(cls._parameter_constraints) == set(cls().get_params())


# Randomness


@every
def test_the_seed_decides(cls):
    (one, frame), (same, _), (other, _) = fitted(cls), fitted(cls), fitted(cls, random_state=1)
    np.testing.assert_array_equal(outputs(one, frame), outputs(same, frame))
    assert not np.allclose(outputs(one, frame), outputs(other, frame), atol=1e-6)


@every
def test_a_random_state_instance_is_drawn_from(cls):
    state = np.random.RandomState(0)
    (one, frame), (other, _) = fitted(cls, random_state=state), fitted(cls, random_state=state)
    assert not np.array_equal(outputs(one, frame), outputs(other, frame))
    again, _ = fitted(cls, random_state=np.random.RandomState(0))
    np.testing.assert_array_equal(outputs(one, frame), outputs(again, frame))


def noisy(cls, **params):
    """An estimator with all that draws: dropout, a validation split."""
    if "dropout" in cls().get_params():
        params["dropout"] = 0.3
    return small(cls, early_stopping=True, **params)


@every
def test_global_generators_come_back_untouched(cls):
    frame = mixed()
    estimator = noisy(cls)
    python, numpy, torch_state = random.getstate(), np.random.get_state(), torch.get_rng_state()  # noqa: NPY002
    estimator.fit(frame, target(estimator, frame)).predict(frame)
    assert random.getstate() == python
    assert all(np.array_equal(a, b) for a, b in zip(np.random.get_state(), numpy, strict=True))  # noqa: NPY002
    assert torch.equal(torch.get_rng_state(), torch_state)


@every
def test_without_a_seed_numpys_generator_decides_as_in_scikit_learn(cls):
    frame = mixed()

    def fit():
        estimator = noisy(cls, random_state=None)
        return outputs(estimator.fit(frame, target(estimator, frame)), frame)

    python, torch_state, numpy = random.getstate(), torch.get_rng_state(), np.random.get_state()  # noqa: NPY002
    one, other = fit(), fit()
    np.random.set_state(numpy)  # noqa: NPY002
    assert not np.array_equal(one, other)
    np.testing.assert_array_equal(fit(), one)
    assert random.getstate() == python
    assert torch.equal(torch.get_rng_state(), torch_state)


@every
def test_two_threads_at_once_equal_one_after_the_other(cls):
    frame = mixed()

    def fit(seed):
        estimator = noisy(cls, random_state=seed)
        return outputs(estimator.fit(frame, target(estimator, frame)), frame)

    expected = [fit(seed) for seed in range(3)]
    with ThreadPoolExecutor(2) as pool:
        for result, alone in zip(pool.map(fit, range(3)), expected, strict=True):
            np.testing.assert_array_equal(result, alone)


# Pickles


@pytest.fixture(scope="module")
def reloaded(tmp_path_factory):
    """Predictions of a fresh process for every estimator, from its pickle and from its joblib file."""
    folder = tmp_path_factory.mktemp("pickles")
    frame = mixed()
    frame.to_pickle(folder / "frame.pkl")
    for cls in ESTIMATORS:
        estimator, _ = fitted(cls)
        with open(folder / f"{cls.__name__}.pickle", "wb") as file:
            pickle.dump(estimator, file)
        joblib.dump(estimator, folder / f"{cls.__name__}.joblib")
    code = (
        "import joblib, pathlib, pandas, pickle, sys\n"
        "folder = pathlib.Path(sys.argv[1])\n"
        "frame = pandas.read_pickle(folder / 'frame.pkl')\n"
        "found = {p.name: pickle.loads(p.read_bytes()) for p in folder.glob('*.pickle')}\n"
        "found |= {p.name: joblib.load(p) for p in folder.glob('*.joblib')}\n"
        "outputs = {k: getattr(e, 'decision_function', e.predict)(frame) for k, e in found.items()}\n"
        "joblib.dump(outputs, folder / 'outputs')\n"
    )
    subprocess.run([sys.executable, "-c", code, str(folder)], check=True)
    return joblib.load(folder / "outputs")


@every
@pytest.mark.parametrize("format", ["pickle", "joblib"])
def test_a_fresh_process_predicts_the_same(cls, format, reloaded):
    estimator, frame = fitted(cls)
    np.testing.assert_array_equal(reloaded[f"{cls.__name__}.{format}"], outputs(estimator, frame))


@every
def test_a_pickle_is_the_size_of_the_weights(cls):
    estimator, frame = fitted(cls, early_stopping=True, scoring="neg_log_loss" if is_classifier(cls()) else "r2")
    weights = sum(p.numel() * p.element_size() for p in estimator.net_.module_.parameters())
    frame = mixed(3000)  # had the estimator kept its rows, they would show
    many = clone(estimator).set_params(max_epochs=1).fit(frame, target(estimator, frame))
    assert len(pickle.dumps(many)) < weights + 20_000
    np.testing.assert_array_equal(outputs(pickle.loads(pickle.dumps(many)), frame[:9]), outputs(many, frame[:9]))


# A failed fit


class Interrupt(Callback):
    """Fails in the second epoch of a run."""

    def on_train_begin(self, net, **kwargs):
        self.epochs_ = 0

    def on_epoch_begin(self, net, **kwargs):
        self.epochs_ += 1

    def on_batch_end(self, net, training=False, **kwargs):
        if self.epochs_ == 2:
            raise ArithmeticError("stopped by the test")


def _constant(y):
    return np.array(["yes"] * len(y)) if y.dtype.kind == "U" else np.full(len(y), "text")


FAILURES = {
    "parameter": lambda frame, y: ({"max_epochs": 0}, frame, y, {}),
    "later parameter": lambda frame, y: ({"scoring": "accuracy_typo"}, frame, y, {}),
    "device": lambda frame, y: ({"device": "cuda:99"}, frame, y, {}),
    "missing target": lambda frame, y: ({}, frame, pd.Series(y).where(np.arange(len(y)) > 0), {}),
    "useless target": lambda frame, y: ({}, frame, _constant(y), {}),
    "lengths": lambda frame, y: ({}, frame, y[:-1], {}),
    "date": lambda frame, y: ({}, frame.assign(user=pd.Timestamp("2020-01-01")), y, {}),
    "list": lambda frame, y: ({}, frame.assign(item=frame["history"]), y, {}),
    "no rows": lambda frame, y: ({}, frame[:0], y[:0], {}),
    "negative weight": lambda frame, y: ({}, frame, y, {"sample_weight": np.arange(len(y)) - 1.0}),
    "zero weight": lambda frame, y: ({}, frame, y, {"sample_weight": np.zeros(len(y))}),
    "validation columns": lambda frame, y: ({}, frame, y, {"X_val": frame[["user"]], "y_val": y}),
    "validation target": lambda frame, y: ({}, frame, y, {"X_val": frame}),
    "callback": lambda frame, y: ({"callbacks": [Interrupt()]}, frame, y, {}),
    "divergence": lambda frame, y: ({"lr": 1e37, "optimizer": "sgd", "max_epochs": 9}, frame, y, {}),
}


@every
@pytest.mark.parametrize("cause", FAILURES)
def test_a_failed_fit_changes_nothing(cls, cause):
    estimator, frame = fitted(cls)
    params, X, y, options = FAILURES[cause](frame, target(estimator, frame))
    fresh = small(cls).set_params(**params)
    with unchanged(fresh), pytest.raises((ValueError, TypeError, ArithmeticError)):
        fresh.fit(X, y, **options)
    with pytest.raises(NotFittedError):
        fresh.predict(frame)
    estimator.set_params(**params)
    with unchanged(estimator, frame), pytest.raises((ValueError, TypeError, ArithmeticError)):
        estimator.fit(X, y, **options)


@every
@pytest.mark.parametrize("cause", ["callback", "missing target", "lengths", "no rows", "negative weight"])
def test_a_failed_warm_start_changes_nothing_not_even_what_follows(cls, cause):
    estimator, frame = fitted(cls, warm_start=True)
    y = target(estimator, frame)
    undisturbed, _ = fitted(cls, warm_start=True)
    params, X, wrong, options = FAILURES[cause](frame, y)
    estimator.set_params(**params)
    with unchanged(estimator, frame), pytest.raises((ValueError, ArithmeticError)):
        estimator.fit(X, wrong, **options)
    estimator.set_params(callbacks=None).fit(frame, y)
    undisturbed.fit(frame, y)
    np.testing.assert_array_equal(outputs(estimator, frame), outputs(undisturbed, frame))


@every
def test_a_failed_partial_fit_changes_nothing(cls):
    frame = mixed()
    estimator = small(cls)
    y = target(estimator, frame)
    first = {"classes": ["no", "yes"]} if is_classifier(estimator) else {}
    with unchanged(estimator), pytest.raises(ValueError, match="inconsistent"):
        estimator.partial_fit(frame, y[1:], **first)
    estimator.partial_fit(frame, y, **first)
    with unchanged(estimator, frame), pytest.raises(ValueError, match="inconsistent"):
        estimator.partial_fit(frame, y[1:])


# The data


@every
def test_fit_and_predict_leave_their_input_alone(cls):
    frame = mixed().assign(history=[list(cell) for cell in mixed()["history"]])
    estimator = small(cls)
    y, weight = target(estimator, frame), np.linspace(0, 2, len(frame))
    X_before, y_before, w_before = frame.copy(deep=True), y.copy(), weight.copy()
    X_before["history"] = [list(cell) for cell in frame["history"]]
    estimator.fit(frame, y, sample_weight=weight, X_val=frame, y_val=y, sample_weight_val=weight).predict(frame)
    assert_frame_equal(frame, X_before)
    np.testing.assert_array_equal(y, y_before)
    np.testing.assert_array_equal(weight, w_before)


@every
def test_read_only_input_will_do(cls):
    rng = np.random.default_rng(0)
    X, weight = rng.normal(size=(40, 2)), np.ones(40)
    if "item" in cls().get_params():
        X = rng.integers(0, 4, (40, 2)).astype(float)
    y = np.arange(40) % 2
    for array in (X, y, weight):
        array.flags.writeable = False
    cls(max_epochs=1).fit(X, y, weight).predict(X)
    frame = mixed(40)
    y = pd.Series(target(cls(), frame))
    small(cls).fit(frame, y, sample_weight=pd.Series(weight)).predict(frame)


@every
def test_unknown_missing_and_new_categories_get_the_unknown_vector(cls):
    estimator, frame = fitted(cls)
    rows = frame[:5]
    for column in ("user", "item"):
        as_object = rows.astype({column: object})
        unknown = outputs(estimator, as_object.assign(**{column: "new"}))
        assert np.isfinite(unknown).all()
        assert not np.allclose(unknown, outputs(estimator, rows))
        for missing in (None, np.nan, pd.NA):
            np.testing.assert_array_equal(outputs(estimator, as_object.assign(**{column: missing})), unknown)
        declared = rows.assign(**{column: pd.Categorical(["new"] * 5, categories=["new", "other", *ITEMS])})
        np.testing.assert_array_equal(outputs(estimator, declared), unknown)
        only_missing = rows.assign(**{column: pd.Categorical([None] * 5, categories=ITEMS)})
        np.testing.assert_array_equal(outputs(estimator, only_missing), unknown)
    for cells in ([["new"]] * 5, [None] * 5, [[]] * 5):
        assert np.isfinite(outputs(estimator, rows.assign(history=cells))).all()


@every
def test_missing_in_training_is_what_missing_means(cls):
    frame = mixed()
    estimator = small(cls)
    y = target(estimator, frame)
    holes = frame.assign(user=frame["user"].where(np.arange(len(frame)) % 3 > 0))
    estimator.fit(holes, y)
    assert estimator.embedding("user").iloc[-1].abs().max() > 0
    unknown = outputs(estimator, frame[:9].assign(user="new"))
    np.testing.assert_array_equal(outputs(estimator, frame[:9].assign(user=None)), unknown)


def _object_lists(frame):
    return frame.assign(history=pd.Series([list(cell) for cell in frame["history"]], dtype=object))


DTYPES = {
    "object": lambda frame: _object_lists(frame.astype({"user": object, "item": object})),
    "string": lambda frame: frame.astype({"user": "string", "item": "string"}),
    "str": lambda frame: frame.astype({"user": "str", "item": "str"}),
    "category": lambda frame: frame.astype({"user": "category"}),
    "category backwards": lambda frame: frame.assign(
        user=pd.Categorical(frame["user"], categories=list("zyxfedcba")),
        item=pd.Categorical(frame["item"], categories=[*ITEMS[::-1], "never"], ordered=True),
    ),
    "Arrow": lambda frame: pa.Table.from_pandas(frame.astype({"item": str})).to_pandas(types_mapper=pd.ArrowDtype),
    "Arrow dictionary": lambda frame: frame.astype(
        {"user": pd.ArrowDtype(pa.dictionary(pa.int8(), pa.string())), "age": "Float64"}
    ),
    "large list": lambda frame: frame.astype({"history": pd.ArrowDtype(pa.large_list(pa.large_string()))}),
    "arrays": lambda frame: frame.assign(history=[np.array(cell, dtype=object) for cell in frame["history"]]),
    "Arrow table": lambda frame: pa.Table.from_pandas(frame, preserve_index=False),
    "polars": lambda frame: pl.from_pandas(frame.astype({"item": str})),
    "polars categories": lambda frame: pl.from_pandas(frame.astype({"item": str})).with_columns(
        pl.col("user").cast(pl.Categorical), pl.col("item").cast(pl.Enum(ITEMS[::-1]))
    ),
}


@every
@pytest.mark.parametrize("dtype", DTYPES)
def test_the_same_values_in_another_dtype_are_the_same_data(cls, dtype):
    estimator, frame = fitted(cls, n_rows=60)
    other = DTYPES[dtype](frame)
    np.testing.assert_array_equal(outputs(estimator, other), outputs(estimator, frame))
    if dtype != "category backwards" or "item" not in cls().get_params():
        again = small(cls).fit(other, target(estimator, frame))
        np.testing.assert_array_equal(outputs(again, frame), outputs(estimator, frame))


@every
def test_ids_of_integers_in_any_dtype(cls):
    frame = mixed(60)
    estimator = small(cls)
    y = target(estimator, frame)
    big = 2**53  # where float64 no longer tells neighbours apart
    frame["user"] = big + frame["user"].map("abcdef".index).astype("int64")
    frame["item"] = frame["item"].astype(str)
    if "categorical_features" in estimator.get_params():
        estimator.set_params(categorical_features=["user"])
    estimator.fit(frame, y)
    expected = outputs(estimator, frame)
    assert len(estimator.embedding("user")) == 7
    for dtype in ("Int64", "category", "int64[pyarrow]", "uint64", object):
        np.testing.assert_array_equal(outputs(estimator, frame.astype({"user": dtype})), expected)
    np.testing.assert_array_equal(outputs(estimator, pl.from_pandas(frame)), expected)


@every
def test_the_order_of_the_rows_learns_no_other_vocabulary(cls):
    estimator, frame = fitted(cls, n_rows=60)
    shuffled = frame.sample(frac=1, random_state=0)
    again = small(cls).fit(shuffled, target(estimator, shuffled))
    for column in categorical_columns(estimator):
        assert list(again.embedding(column).index[:-1]) == list(estimator.embedding(column).index[:-1])
    np.testing.assert_allclose(outputs(again, frame), outputs(estimator, frame), atol=1e-4)  # one batch holds all


@every
def test_only_what_training_rows_have_is_learnt(cls):
    estimator, frame = fitted(cls)
    train = frame[(frame["user"] != "a") & (frame["item"] != "u")]  # the dtype still lists "u"
    estimator.fit(train, target(estimator, train))
    assert "a" not in estimator.embedding("user").index
    assert "history" in categorical_columns(estimator) or "u" not in estimator.embedding("item").index


@every
def test_a_row_alone_scores_as_in_its_batch(cls):
    estimator, frame = fitted(cls)
    together = outputs(estimator, frame)
    alone = np.concatenate([outputs(estimator, frame[i : i + 1]) for i in range(20)])
    np.testing.assert_allclose(alone, together[:20], rtol=0, atol=1e-6)
    np.testing.assert_allclose(outputs(estimator, frame[::-1])[::-1], together, rtol=0, atol=1e-6)


@every
def test_other_columns_than_those_of_fit_are_refused(cls):
    estimator, frame = fitted(cls)
    with unchanged(estimator, frame):
        with pytest.raises(ValueError, match="age"):
            estimator.predict(frame.drop(columns="age"))
        with pytest.raises(ValueError, match="extra"):
            estimator.predict(frame.assign(extra=1.0))
        with pytest.raises(ValueError, match="usr"):
            estimator.predict(frame.rename(columns={"user": "usr"}))
        with pytest.raises(ValueError, match="order"):
            estimator.predict(frame[frame.columns[::-1]])
        with pytest.raises(TypeError, match=r"set_output\(transform=\"pandas\"\)"):
            estimator.predict(np.zeros((3, 4)))


@every
def test_the_index_of_the_frame_means_nothing(cls):
    estimator, frame = fitted(cls)
    odd = frame.set_axis(np.zeros(len(frame), int))
    y = pd.Series(target(estimator, frame), index=np.arange(len(frame))[::-1])
    again = small(cls).fit(odd, y)
    np.testing.assert_array_equal(outputs(again, frame), outputs(estimator, frame))


# Weights. With at most 64 rows the default batch holds all, so that both ways take the same steps; by plain
# descent, as Adam makes a step of what is rounding where a gradient is zero (the bias's, at the start).
DESCENT = {"optimizer": "sgd", "lr": 0.3}


@every
def test_a_weight_of_two_is_the_row_twice(cls):
    frame = mixed(40)
    y = target(cls(), frame)
    weight = np.where(np.arange(40) % 2, 2.0, 1.0)
    twice = np.repeat(np.arange(40), weight.astype(int))
    weighted = small(cls, **DESCENT).fit(frame, y, sample_weight=weight)
    repeated = small(cls, **DESCENT).fit(frame.iloc[twice], y[twice])
    plain = small(cls, **DESCENT).fit(frame, y)
    np.testing.assert_allclose(outputs(weighted, frame), outputs(repeated, frame), atol=1e-4)
    assert not np.allclose(outputs(weighted, frame), outputs(plain, frame), atol=1e-3)


@every
def test_a_weight_of_zero_is_the_row_absent(cls):
    frame = mixed(60)
    y = target(cls(), frame)
    keep = (frame["user"] != "a").to_numpy()
    weighted = small(cls, **DESCENT).fit(frame, y, sample_weight=keep.astype(float))
    absent = small(cls, **DESCENT).fit(frame[keep], y[keep])
    np.testing.assert_array_equal(outputs(weighted, frame), outputs(absent, frame))
    assert "a" not in weighted.embedding("user").index


@every
def test_zero_weights_may_hide_what_would_be_refused(cls):
    """The rows are dropped before anything is learnt, a class of its own and an infinite age among them."""
    frame = mixed(60)
    y = target(cls(), frame).astype(object)
    weight = np.r_[0.0, np.ones(59)]
    frame.loc[0, "age"] = np.inf
    y[0] = "perhaps" if is_classifier(cls()) else 1e6
    weighted = small(cls, **DESCENT).fit(frame, y if is_classifier(cls()) else y.astype(float), sample_weight=weight)
    absent = small(cls, **DESCENT).fit(frame[1:], y[1:] if is_classifier(cls()) else y[1:].astype(float))
    np.testing.assert_array_equal(outputs(weighted, frame[1:]), outputs(absent, frame[1:]))


@every
def test_the_scale_of_all_weights_changes_nothing(cls):
    frame = mixed(60)
    y = target(cls(), frame)
    one = small(cls, **DESCENT).fit(frame, y, sample_weight=np.full(60, 1e-3))
    other = small(cls, **DESCENT).fit(frame, y)
    np.testing.assert_allclose(outputs(one, frame), outputs(other, frame), atol=1e-4)


# What is learnt


@every
def test_embeddings_have_a_row_a_value_and_the_unknown_last(cls):
    estimator, frame = fitted(cls)
    for column in categorical_columns(estimator):
        vectors = estimator.embedding(column)
        values = frame[column] if column != "history" else frame["item"]  # the list column shares its vocabulary
        assert list(vectors.index[:-1]) == sorted(set(values))
        assert vectors.index.name == column
        assert pd.isna(vectors.index[-1])
        assert (vectors.iloc[-1] == 0).all()  # training had none missing
        assert (vectors.iloc[:-1].abs().max(axis=1) > 0).all()
        assert [name for name in vectors.columns if not str(name).startswith("bias")] == list(
            range(estimator.net_.module_.embedding.embedding_dim)
        )
    with pytest.raises(ValueError, match="did you mean 'user'"):
        estimator.embedding("usr")


@every
def test_embedding_is_a_copy(cls):
    estimator, frame = fitted(cls)
    with unchanged(estimator, frame):
        vectors = estimator.embedding("user")
        vectors.iloc[:] = 7.0


@every
def test_attributes_of_a_fit(cls):
    estimator, frame = fitted(cls)
    assert list(estimator.history_["epoch"]) == [1, 2, 3]
    assert {"train_loss", "lr", "seconds"} <= set(estimator.history_)
    assert np.isfinite(estimator.history_.to_numpy(float)).all()
    assert estimator.n_iter_ == 3
    assert estimator.best_epoch_ == 3
    assert estimator.n_features_in_ == 4
    assert list(estimator.feature_names_in_) == list(frame)
    assert all(parameter.device.type == "cpu" for parameter in estimator.net_.module_.parameters())
    assert not estimator.net_.module_.training
    assert not estimator.net_.optimizer_.state
    if is_classifier(estimator):
        assert list(estimator.classes_) == ["no", "yes"]
        assert set(estimator.predict(frame)) <= {"no", "yes"}
        probability = estimator.predict_proba(frame)
        np.testing.assert_allclose(probability.sum(1), 1)
        np.testing.assert_array_equal(estimator.predict(frame) == "yes", probability[:, 1] > 0.5)
    public = {name for name in learnt(estimator) if not name.startswith("_")}
    assert all(name.endswith("_") for name in public)


@every
def test_a_second_fit_starts_afresh(cls):
    estimator, frame = fitted(cls)
    expected = outputs(estimator, frame)
    estimator.fit(mixed(50, seed=1), target(estimator, mixed(50, seed=1)))
    estimator.fit(frame, target(estimator, frame))
    np.testing.assert_array_equal(outputs(estimator, frame), expected)


@every
def test_learns(cls):
    """The target is an interaction of user and item, which a linear model cannot have."""
    estimator, _ = fitted(cls, n_rows=400, max_epochs=30, lr=0.03)
    test = mixed(300, seed=1)
    score = estimator.score(test, target(estimator, test))
    if cls.__name__.startswith("LR"):
        assert score < (0.7 if is_classifier(estimator) else 0.3)
    else:
        assert score > (0.85 if is_classifier(estimator) else 0.6)


@every_regressor
def test_predictions_follow_shift_and_scale_of_the_target(cls):
    estimator, frame = fitted(cls)
    moved = small(cls).fit(frame, 1e6 + 50 * target(estimator, frame))
    np.testing.assert_allclose((moved.predict(frame) - 1e6) / 50, estimator.predict(frame), atol=1e-4)


@every_regressor
def test_a_constant_target_is_predicted(cls):
    frame = mixed(60)
    estimator = small(cls).fit(frame, np.full(60, 3.5))
    np.testing.assert_allclose(estimator.predict(frame), 3.5, atol=0.2)


@every
def test_numpy_scalars_are_parameters_as_good_as_any(cls):
    params = {"max_epochs": np.int64(2), "batch_size": np.int64(32), "lr": np.float32(0.01), "n_threads": np.int64(1)}
    params |= {"random_state": np.int64(3), "embedding_l2": np.float64(1e-4), "tol": np.float32(0)}
    assert fitted(cls, **params)[0].n_iter_ == 2


@every
def test_any_batch_size_will_do(cls):
    for n_rows, size in itertools.product((1, 2, 3, 5), (1, 2, 1000)):
        frame = mixed(6 + n_rows)
        y = target(cls(), frame)
        y[:2] = ("yes", "no") if is_classifier(cls()) else (1.0, 2.0)
        assert np.isfinite(outputs(small(cls, batch_size=size, max_epochs=1).fit(frame, y), frame)).all()


classifiers = [cls for cls in ESTIMATORS if is_classifier(cls())]
multi_class = [cls for cls in classifiers if cls().__sklearn_tags__().classifier_tags.multi_class]


@pytest.mark.parametrize("cls", multi_class, ids=lambda cls: cls.__name__)
def test_three_classes(cls):
    frame = mixed(300)
    y = np.where(frame["age"] > 45, "old", labels(frame))
    estimator = small(cls, max_epochs=5).fit(frame, y)
    probability = estimator.predict_proba(frame)
    assert probability.shape == (300, 3)
    np.testing.assert_allclose(probability.sum(1), 1, rtol=1e-6)
    assert list(estimator.classes_) == ["no", "old", "yes"]
    assert estimator.decision_function(frame).shape == (300, 3)
    np.testing.assert_array_equal(estimator.predict(frame), estimator.classes_[probability.argmax(1)])
