"""Models with histories that learn from positives alone: other candidates for the same history."""

import itertools
from typing import NamedTuple

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score
from skorch.callbacks import Callback

from skrec import DINClassifier
from skrec.estimators._base import HistoryParameters, NegativeParameters
from tests.discovery import predictors
from tests.samples import mixed, outputs, small

CLASSES = [cls for cls in predictors() if issubclass(cls, NegativeParameters) and issubclass(cls, HistoryParameters)]
every = pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)

N_USERS, N_ITEMS = 40, 20
PAIRS = {"hist_item": "item", "hist_kind": "kind"}


def kind_of(item):
    return f"k{int(item[1:]) % 4}"


def sequences(seed=0):
    """Rows of users who take items of two kinds: what each took, and what before."""
    rng = np.random.default_rng(seed)
    rows = []
    for user in range(N_USERS):
        items = [f"i{i}" for i in rng.permutation(N_ITEMS) if i % 4 in (user % 4, (user + 1) % 4)][:7]
        rows += [(user, items[:n], [kind_of(i) for i in items[:n]], items[n]) for n in range(len(items))]
    frame = pd.DataFrame(rows, columns=["user", "hist_item", "hist_kind", "item"])
    return frame.assign(kind=frame["item"].map(kind_of), number=frame["user"].astype(float))


class Row(NamedTuple):
    item: str
    kind: str
    history: tuple
    user: int
    y: int
    weight: float


class Watch(Callback):
    """Note the rows of every epoch: codes of item and kind, of the history's items, numbers, label and weight."""

    def on_train_begin(self, net, **kwargs):
        self.epochs, self.valid = [], []

    def on_epoch_begin(self, net, **kwargs):
        self.epochs.append([])
        self.valid.append([])

    def on_batch_end(self, net, batch=None, training=False, **kwargs):
        (target, weight), bag = batch.target, batch.inputs.lists[0]
        history = [tuple(part.tolist()) for part in bag.codes.split(bag.offsets.diff().tolist())]
        columns = (batch.inputs.codes, batch.inputs.numeric[:, 0], target, weight)
        rows = zip(history, *(column.tolist() for column in columns), strict=True)
        (self.epochs if training else self.valid)[-1].extend(rows)


def make(cls=DINClassifier, **params):
    wanted = {"user": "user", "sequence_features": PAIRS, "n_negatives": 2, "max_epochs": 3, "random_state": 0}
    return cls(**{**wanted, **params})


def watched(X, fit=None, **params):
    watch = Watch()
    estimator = make(callbacks=[watch], **params).fit(X, [1] * len(X), **(fit or {}))
    items, kinds = (estimator.schema_.vocabularies[i].values for i in (0, 1))
    mean, scale = estimator.schema_.mean[0], estimator.schema_.scale[0]

    def decoded(epoch):
        return [
            Row(
                items[item - 1],
                kinds[kind - 1],
                tuple(items[code - 1] for code in history),
                round(mean + (number * scale if np.isfinite(scale) else 0)),  # of a constant the scale is infinite
                y,
                weight,
            )
            for history, (item, kind), number, y, weight in epoch
        ]

    return [decoded(epoch) for epoch in watch.epochs], [decoded(epoch) for epoch in watch.valid]


def test_an_epoch_is_the_positives_and_so_many_other_candidates_each():
    X = sequences()
    epochs, _ = watched(X)
    positives = sorted(zip(X["user"], map(tuple, X["hist_item"]), X["item"], strict=True))
    for epoch in epochs:
        assert sorted((row.user, row.history, row.item) for row in epoch if row.y) == positives
        negatives = [row for row in epoch if not row.y]
        assert sorted((row.user, row.history) for row in negatives) == sorted(2 * [row[:2] for row in positives])
        assert all(row.kind == kind_of(row.item) for row in epoch)
        assert {row.item for row in negatives} == set(X["item"])
    assert all(sorted(a) != sorted(b) for a, b in itertools.pairwise(epochs))


def test_none_is_in_the_row_or_its_history():
    epochs, _ = watched(sequences(), user=None)
    assert not [row for epoch in epochs for row in epoch if not row.y and row.item in row.history]
    X = pd.DataFrame({"hist_item": [["i0", "i1"]] * 50, "item": ["i0", "i1", "i2", "i3", "i4"] * 10, "number": 1.0})
    epochs, _ = watched(X.assign(kind=X["item"].map(kind_of)), user=None, sequence_features={"hist_item": "item"})
    assert {row.item for epoch in epochs for row in epoch if not row.y} == {"i2", "i3", "i4"}


def test_with_users_none_is_in_any_row_of_the_user():
    X = sequences().sample(frac=1, random_state=0)
    epochs, _ = watched(X)
    own = X.groupby("user")["item"].agg(set)
    assert not [row for epoch in epochs for row in epoch if not row.y and row.item in own[row.user]]


def test_the_user_is_not_seen():
    X = sequences()
    estimator = make().fit(X, [1] * len(X))
    assert [field.name for field in estimator.schema_.fields] == ["hist_item", "hist_kind", "item", "kind", "number"]
    np.testing.assert_array_equal(outputs(estimator, X.assign(user="nobody")), outputs(estimator, X))
    labelled = make(n_negatives=0).fit(X, np.arange(len(X)) % 2)
    assert "user" not in {field.name for field in labelled.schema_.fields}


def test_rows_of_a_missing_user_are_each_their_own():
    X = sequences()
    missing, _ = watched(X.assign(user=None))
    apart, _ = watched(X.assign(user=np.arange(len(X))))
    assert missing == apart


@every
def test_learns_from_positives_alone(cls):
    X = sequences()
    estimator = make(cls, lr=0.01, max_epochs=15).fit(X, [1] * len(X))
    test = sequences(seed=1)
    other = test.assign(item=[f"i{(int(i[1:]) + 2) % N_ITEMS}" for i in test["item"]])
    other["kind"] = other["item"].map(kind_of)
    known = test["hist_item"].map(len) > 2  # both kinds of the user are likely to be among them
    score = np.r_[outputs(estimator, test[known]), outputs(estimator, other[known])]
    assert roc_auc_score(np.repeat([1, 0], known.sum()), score) > 0.85


@every
def test_other_rows_are_ignored(cls):
    X = sequences()
    strange = pd.concat([X, X[:9].assign(item="never", kind="never")], ignore_index=True)
    estimator = make(cls).fit(strange, np.repeat([1, 0], [len(X), 9]))
    assert "never" not in estimator.embedding("item").index
    np.testing.assert_array_equal(outputs(estimator, X), outputs(make(cls).fit(X, [True] * len(X)), X))


def test_negatives_have_the_weight_of_their_positive():
    X = sequences()
    weight = np.arange(len(X)) % 3
    epochs, _ = watched(X, {"sample_weight": weight})
    for epoch in epochs:
        total = {label: sum(row.weight for row in epoch if row.y == label) for label in (0, 1)}
        assert total == {1: weight.sum(), 0: 2 * weight.sum()}


def test_validation_positives_get_negatives_once():
    X = sequences()
    epochs, valid = watched(X, early_stopping=True, validation_fraction=0.3, n_iter_no_change=9)
    assert all(epoch == valid[0] for epoch in valid)
    positives, negatives = ([row for row in valid[0] if row.y == label] for label in (1, 0))
    assert len(negatives) == 2 * len(positives)
    assert len(positives) + sum(row.y for row in epochs[0]) == len(X)
    own = X.groupby("user")["item"].agg(set)
    assert not [row for row in negatives if row.item in own[row.user]]
    assert all(row.kind == kind_of(row.item) for row in negatives)


def test_validation_rows_of_both_classes_are_taken_as_they_are():
    X = sequences()
    _, valid = watched(X, {"X_val": X[:20], "y_val": [0, 1] * 10})
    assert [(row.item, row.y) for row in valid[0]] == list(zip(X["item"], [0, 1] * 10, strict=False))


def test_a_scorer_sees_both_classes():
    X = sequences()
    estimator = make(early_stopping=True, scoring="roc_auc", lr=0.01, max_epochs=10).fit(X, [1] * len(X))
    assert estimator.history_["valid_roc_auc"].max() > 0.7


def test_partial_fit_draws_what_its_rows_have():
    X = sequences().astype({"item": "category", "kind": "category"})
    estimator = make(lr=0.01)
    for _ in range(10):
        for part in (slice(0, 140), slice(140, None)):
            estimator.partial_fit(X[part], [1] * len(X[part]), classes=[0, 1])
    assert estimator.history_["train_loss"].iloc[-1] < estimator.history_["train_loss"].iloc[0] - 0.05


@every
@pytest.mark.parametrize(
    ("params", "columns", "error", "message"),
    [
        ({"sequence_features": None}, {}, ValueError, "n_negatives=2 draws other candidates .* sequence_features=None"),
        ({"user": "usr"}, {}, ValueError, "user names the column 'usr', .* did you mean 'user'"),
        ({"user": "hist_item"}, {}, TypeError, "Column 'hist_item': expected one value a cell, as categorical"),
        ({"categorical_features": ["user"]}, {}, ValueError, "user='user' says whose row it is and is not seen"),
        ({"sequence_features": {"hist_item": "user"}}, {}, ValueError, "user='user' says whose row it is"),
        ({}, {"item": "i1"}, ValueError, "n_negatives=2 has nothing to draw for 280 of the positives"),
        ({"user": None}, {"item": "i1"}, ValueError, "nothing to draw for 280 of the positives: .* all 1 items"),
    ],
)
def test_bad_input(cls, params, columns, error, message):
    X = sequences().assign(**columns)
    estimator = make(cls, **params)
    with pytest.raises(error, match=message):
        estimator.fit(X, [1] * len(X))
    assert not hasattr(estimator, "classes_")


def test_validation_users_of_another_type_are_refused():
    frame = mixed(60).assign(user=np.arange(60) % 60)
    model = small(DINClassifier, user="user", n_negatives=1)
    valid = frame[:10].astype({"user": str})
    with pytest.raises(TypeError, match="Column 'user' of X_val: expected integers such as 0, as in fit, got text"):
        model.fit(frame, np.ones(60), X_val=valid, y_val=np.ones(10))
