"""Field-aware factorization machine: vectors that depend on the column they meet."""

import numpy as np
import pandas as pd
import pytest

from skrec import FFMClassifier, FFMRegressor, FMRegressor
from skrec import _memory as memory
from tests.samples import mixed, small, target, unchanged

PARAMS = {"embedding_dim": 1, "embedding_l2": 0, "lr": 0.05, "max_epochs": 30, "random_state": 0}


def field_aware(n_rows=900, seed=0):
    """One number a value does for each pair of columns, but not the same one: a meets b as s, and c as t."""
    rng = np.random.default_rng(seed)
    s, t = np.array([1.0, -1, 1, -1]), np.array([1.0, 1, -1, -1])
    a, b, c = rng.integers(0, 4, (3, n_rows))
    frame = pd.DataFrame({"a": a, "b": b, "c": c}).astype(str)
    return frame, s[a] * s[b] + t[a] * s[c] + t[b] * t[c]


def test_learns_a_field_aware_interaction_that_an_fm_of_the_same_width_cannot():
    frame, y = field_aware()
    train, test = slice(0, 600), slice(600, None)
    assert FFMRegressor(**PARAMS).fit(frame[train], y[train]).score(frame[test], y[test]) > 0.98
    assert FMRegressor(**PARAMS).fit(frame[train], y[train]).score(frame[test], y[test]) < 0.7


def test_learns_clicks_and_three_classes_of_it():
    frame, y = field_aware()
    for labels in (y > 0, np.digitize(y, [-0.5, 1.5])):
        estimator = FFMClassifier(**{**PARAMS, "embedding_dim": 4}).fit(frame[:600], labels[:600])
        assert estimator.score(frame[600:], labels[600:]) > 0.97


def test_learns_a_slope_that_depends_on_a_category():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"city": rng.choice(list("abc"), 900), "size": rng.normal(10, 3, 900)})
    y = frame["city"].map({"a": 2.0, "b": 0.0, "c": -1.0}) * frame["size"]
    assert FFMRegressor(**PARAMS).fit(frame[:600], y[:600]).score(frame[600:], y[600:]) > 0.98


def test_embedding_has_a_vector_against_every_column():
    frame = mixed()
    estimator = small(FFMRegressor).fit(frame, target(FFMRegressor(), frame))
    assert list(estimator.embedding("user").columns) == [*range(4 * 4), "bias"]


def test_what_cannot_fit_is_refused_and_nothing_lost(monkeypatch):
    frame = mixed()
    y = target(FFMClassifier(), frame)
    estimator = small(FFMClassifier).fit(frame, y)
    monkeypatch.setattr(memory, "available_memory", lambda: 100)
    message = (
        r"Expected an FFM of 15 values, 4 fields and embedding_dim=4 to fit into the memory .*; lower embedding_dim"
    )
    with unchanged(estimator, frame), pytest.raises(MemoryError, match=message):
        estimator.fit(frame, y)


def test_one_column_has_nothing_to_interact_with():
    frame = mixed()
    message = r"1 feature\(s\).*while a minimum of 2 is required by FFMClassifier"
    for X in (frame[["user"]], frame[["age"]]):
        with pytest.raises(ValueError, match=message):
            FFMClassifier().fit(X, target(FFMClassifier(), frame))
