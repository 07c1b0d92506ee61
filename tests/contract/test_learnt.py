"""What every estimator has learnt."""

import itertools

import numpy as np
import pandas as pd
import pytest
from sklearn.base import is_classifier

from tests.contract.cases import ESTIMATORS, categorical_columns, every, every_regressor, every_time
from tests.samples import fitted, labels, learnt, mixed, outputs, small, target, unchanged


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


@every_time
def test_learns(cls):
    """The target is an interaction of user and item, which a linear model cannot have."""
    plain = {"numeric_embedding": None} if hasattr(cls, "numeric_embedding") else {}  # numbers say nothing here
    estimator, _ = fitted(cls, n_rows=600, max_epochs=30, lr=0.03, **plain)
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
