"""Two towers: sides, vectors that rank as the model does, and what is refused."""

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from skrec import TwoTowerClassifier
from tests.samples import fitted, labels, mixed, small, unchanged

pytestmark = pytest.mark.fast


def make(**params):
    return small(TwoTowerClassifier, **params)


def test_a_tower_has_any_columns():
    frame = mixed(400)
    train, test = frame[:300], frame[300:]
    params = {"max_epochs": 30, "hidden_layer_sizes": (16, 8)}
    estimator = make(user_features=["user", "age"], item_features=["item", "history"], **params)
    estimator.fit(train, labels(train))
    assert roc_auc_score(labels(test) == "yes", estimator.decision_function(test)) > 0.95


SIDES = [
    ({}, ["user"], ["item", "history", "age"]),
    ({"user_features": ["age", "user"]}, ["age", "user"], ["item", "history"]),
    ({"item_features": ["item"]}, ["user", "history", "age"], ["item"]),
    ({"user_features": ["user"], "item_features": ["history", "item", "age"]}, ["user"], ["history", "item", "age"]),
]


@pytest.mark.parametrize(("params", "user", "item"), SIDES)
@pytest.mark.parametrize("options", [{}, {"hidden_layer_sizes": ()}, {"normalize": False, "temperature": 2.0}])
def test_vectors_of_the_sides_rank_as_the_model_does(options, params, user, item):
    estimator, frame = fitted(TwoTowerClassifier, **params, **options)
    users = estimator.embed_users(frame[user])
    items = estimator.embed_items(frame[item[::-1]])  # columns are known by name
    bias = estimator.net_.module_.bias.item()
    np.testing.assert_allclose((users * items).sum(1) + bias, estimator.decision_function(frame), atol=1e-5)
    np.testing.assert_array_equal(estimator.embed_users(frame), users)
    assert users.shape == items.shape == (100, 4 if options.get("hidden_layer_sizes") == () else 8)


def test_new_values_get_a_vector_by_what_is_known():
    estimator, frame = fitted(TwoTowerClassifier)
    rows = frame[["item", "history", "age"]][:3].astype({"item": object}).assign(item="new")
    vectors = estimator.embed_items(rows)
    assert np.isfinite(vectors).all()
    assert not np.allclose(vectors[0], vectors[1])


def test_vectors_of_an_array():
    X = np.random.default_rng(0).normal(size=(60, 3))
    estimator = TwoTowerClassifier(user_features=[2], max_epochs=2, random_state=0).fit(X, X[:, 0] > 0)
    np.testing.assert_array_equal(estimator.embed_users(X[:, [2]]), estimator.embed_users(X))
    np.testing.assert_array_equal(estimator.embed_items(X[:, :2]), estimator.embed_items(X))
    with pytest.raises(ValueError, match=r"array of 1 columns, \[2\], or of all 3 of fit, got 2"):
        estimator.embed_users(X[:, :2])


REFUSED = {
    "on both sides": (
        {"user_features": ["user", "age"], "item_features": ["item", "history", "age"]},
        r"each column on one side, got \['age'\] in user_features and in item_features",
    ),
    "on neither side": (
        {"user_features": ["user"], "item_features": ["item"]},
        r"got \['history', 'age'\] neither in user_features nor in item_features; .* leave them out of the data",
    ),
    "no columns": ({"user_features": []}, "Expected columns on both sides, got none in user_features"),
    "none left": ({"user_features": ["user", "item", "history", "age"]}, "got none in item_features"),
    "a column twice": (
        {"user_features": ["user", "user"]},
        r"each column once in user_features, got \['user', 'user'\]",
    ),
    "an unknown column": ({"item_features": ["itme"]}, "item_features names the column 'itme', .*'item'"),
    "negatives without a loss that draws": ({"n_negatives": 4}, "loss='bce' learns from labelled rows and draws none"),
    "ccl without cosines": ({"loss": "ccl", "normalize": False}, "loss='ccl' is of cosines: expected normalize=True"),
    "ccl with a temperature": ({"loss": "ccl", "temperature": 0.2}, "got normalize=True, temperature=0.2"),
    "class weights of positives": (
        {"loss": "bpr", "class_weight": "balanced"},
        "class_weight='balanced' does not go with loss='bpr'",
    ),
    "an item without an id": (
        {"loss": "softmax", "item_features": ["age", "item"]},
        "loss='softmax' draws items by their first column, 'age', which is no category; put the item's id first",
    ),
    "no layer of no units": ({"hidden_layer_sizes": (8, 0)}, "The 'hidden_layer_sizes' parameter of TwoTower"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_refused(case):
    params, message = REFUSED[case]
    frame, estimator = mixed(), make(**params)
    with unchanged(estimator), pytest.raises(ValueError, match=message):
        estimator.fit(frame, labels(frame))


def test_one_class_alone_needs_a_loss_that_draws():
    message = r"got only one class, 1.*positives alone need loss='sampled_bce', .* or 'softmax'"
    with pytest.raises(ValueError, match=message):
        make().fit(mixed(), np.ones(100, int))


def test_two_classes_only():
    frame = mixed()
    with pytest.raises(ValueError, match=r"Only binary classification is supported\. The type of the target is multi"):
        make().fit(frame, np.arange(100) % 3)
    with pytest.raises(ValueError, match="Only binary classification is supported"):
        make().partial_fit(frame, labels(frame), classes=["maybe", "no", "yes"])


def test_vectors_of_a_frame_without_the_sides_columns():
    estimator, frame = fitted(TwoTowerClassifier)
    with pytest.raises(ValueError, match=r"columns of fit, got a frame without \['age'\]"):
        estimator.embed_items(frame[["item", "history"]])
    with pytest.raises(TypeError, match=r"fitted on a frame with typed columns, .* with the columns \['user'\]"):
        estimator.embed_users(np.zeros((3, 1)))
    with pytest.raises(TypeError, match="Column 'user': expected one value a cell"):
        estimator.embed_users(pd.DataFrame({"user": [["a"], ["b"]]}))
