"""IntTower: what is stored of items scores as the model does, and the contrastive term is learnt by."""

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score
from torch.nn import functional

from skrec import IntTowerClassifier
from skrec.engine import Rows
from tests.samples import fitted, labels, mixed, small

SIDES = {"user_features": ["user", "age"], "item_features": ["item", "history"]}


def test_learns_what_both_sides_say():
    frame = mixed(400)
    train, test = frame[:300], frame[300:]
    estimator = small(IntTowerClassifier, max_epochs=20, hidden_layer_sizes=(16, 8), **SIDES)
    estimator.fit(train, labels(train))
    assert roc_auc_score(labels(test) == "yes", estimator.decision_function(test)) > 0.95


def test_stored_items_score_as_the_model_does():
    estimator, frame = fitted(IntTowerClassifier, n_heads=3, head_dim=5, **SIDES)
    users, items = frame[:7], frame[7:12]
    stored = estimator.represent_items(items[["item", "history"]])
    assert stored.shape == (5, 15)
    scores = estimator.score_items(users[["user", "age"]], stored)
    for i in range(7):
        for j in range(5):
            row = items[j : j + 1].assign(user=users["user"].iloc[i], age=users["age"].iloc[i])
            assert scores[i, j] == pytest.approx(estimator.decision_function(row)[0], abs=1e-5)


def alignment(estimator, frame):
    """Return how much nearer the last layers of a row's user and item are than those of any two rows."""
    outputs = estimator.net_.module_.train()(Rows(estimator._table(frame)).inputs)[:, 1:].detach()
    users, items = (functional.normalize(part) for part in outputs.chunk(2, 1))
    cosines = users @ items.T
    return (cosines.diagonal().mean() - cosines.mean()).item()


def test_the_contrastive_term_draws_liked_pairs_together():
    frame = mixed(300)
    y = labels(frame) == "yes"
    liked = frame[y]
    found = [
        alignment(small(IntTowerClassifier, contrastive_weight=weight, max_epochs=10, **SIDES).fit(frame, y), liked)
        for weight in (0.0, 1.0)
    ]
    assert found[1] > found[0] + 0.1


def test_two_classes_only():
    frame = mixed()
    with pytest.raises(ValueError, match="Only binary classification is supported"):
        small(IntTowerClassifier).fit(frame, np.arange(100) % 3)
    with pytest.raises(ValueError, match="needs at least two classes, got only one class, 1"):
        small(IntTowerClassifier).fit(frame, np.ones(100, int))
    with pytest.raises(ValueError, match=r"each column on one side, got \['history', 'age'\] neither"):
        small(IntTowerClassifier, user_features=["user"], item_features=["item"]).fit(frame, labels(frame))
