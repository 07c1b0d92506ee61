"""Id models that learn from positives alone."""

import inspect

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal
from sklearn.base import is_classifier
from sklearn.metrics import roc_auc_score
from skorch.callbacks import Callback

from skrec.estimators._base import IdParameters, NegativeParameters
from tests.discovery import predictors

CLASSES = [cls for cls in predictors() if issubclass(cls, NegativeParameters) and issubclass(cls, IdParameters)]
every = pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)

N_USERS, N_ITEMS = 30, 20


def taken(share=0.6, seed=0):
    """Users take items of their own half of the catalogue, in random order."""
    rng = np.random.default_rng(seed)
    pairs = pd.DataFrame(np.argwhere(rng.random((N_USERS, N_ITEMS)) < share), columns=["u", "i"])
    pairs = pairs[pairs["u"] % 2 == pairs["i"] % 2]
    return pairs.sample(frac=1, random_state=seed, ignore_index=True)


def grid():
    """Return all pairs, and whether they match."""
    pairs = pd.DataFrame({"u": np.repeat(np.arange(N_USERS), N_ITEMS), "i": np.tile(np.arange(N_ITEMS), N_USERS)})
    return pairs, (pairs["u"] % 2 == pairs["i"] % 2).to_numpy()


def make(cls, **params):
    wanted = {"embedding_dim": 8, "n_negatives": 3, "max_epochs": 4, "random_state": 0, **params}
    return cls(**wanted)


class Watch(Callback):
    """Note the rows of every epoch: user, item, label and weight."""

    def on_train_begin(self, net, **kwargs):
        self.epochs, self.valid = [], []

    def on_epoch_begin(self, net, **kwargs):
        self.epochs.append([])
        self.valid.append([])

    def on_batch_end(self, net, batch=None, training=False, **kwargs):
        (target, weight), codes = batch.target, batch.inputs.codes
        rows = zip(*codes.T.tolist(), target.tolist(), weight.tolist(), strict=True)
        (self.epochs if training else self.valid)[-1].extend(rows)


def watched(cls, X, y, fit=None, **params):
    watch = Watch()
    return make(cls, callbacks=[watch], **params).fit(X, y, **(fit or {})), watch


def test_the_id_classifiers_have_it_and_no_model_that_needs_all_rows():
    for cls in predictors():
        assert ("n_negatives" in inspect.signature(cls).parameters) == issubclass(cls, NegativeParameters), cls
        assert not issubclass(cls, IdParameters) or issubclass(cls, NegativeParameters) == is_classifier(cls()), cls


@every
def test_learns_from_positives_alone(cls):
    X = taken()
    estimator = make(cls, max_epochs=20, lr=0.03).fit(X, np.ones(len(X)))
    pairs, match = grid()
    assert roc_auc_score(match, estimator.decision_function(pairs)) > 0.9
    assert estimator.classes_.tolist() == [0, 1]


@every
def test_an_epoch_is_the_positives_and_so_many_negatives_each(cls):
    X = taken()
    _, watch = watched(cls, X, np.ones(len(X)), n_negatives=2)
    positives = {(u + 1, i + 1) for u, i in X.itertuples(index=False)}
    drawn = []
    for epoch in watch.epochs:
        assert sorted((u, i) for u, i, y, _ in epoch if y) == sorted(positives)
        negatives = [(u, i) for u, i, y, _ in epoch if not y]
        assert not positives & set(negatives)
        assert sorted(u for u, _ in negatives) == sorted(u for u, _ in positives for _ in range(2))
        assert {i for _, i in negatives} == set(range(1, N_ITEMS + 1))
        drawn.append(sorted(negatives))
    assert all(drawn[e] != drawn[e + 1] for e in range(3))


@every
def test_rows_that_are_no_positives_are_ignored(cls):
    X = taken()
    pairs, _ = grid()
    strange = pd.concat([X, pd.DataFrame({"u": [777] * 9, "i": np.arange(900, 909)})], ignore_index=True)
    y = np.r_[np.ones(len(X)), np.zeros(9)]
    estimator = make(cls).fit(strange, y)
    np.testing.assert_array_equal(
        estimator.decision_function(pairs), make(cls).fit(X, np.ones(len(X))).decision_function(pairs)
    )
    assert 777 not in estimator.embedding("u").index


@pytest.mark.parametrize(
    ("y", "classes"),
    [
        (np.ones(9), [0, 1]),
        (np.ones(9, int), [0, 1]),
        (np.ones(9, bool), [False, True]),
        (np.repeat([-1, 1], [3, 6]), [-1, 1]),
        (pd.Series([True] * 9), [False, True]),
    ],
)
def test_classes(y, classes):
    X = pd.DataFrame({"u": [0, 0, 0, 1, 1, 1, 2, 2, 2], "i": [0, 1, 2, 1, 2, 3, 3, 4, 5]})
    estimator = make(CLASSES[0]).fit(X, y)
    assert estimator.classes_.tolist() == classes
    assert estimator.classes_.dtype == np.asarray(y).dtype
    assert set(estimator.predict(X)) <= set(classes)


@every
def test_base_rate_is_that_of_the_draws(cls):
    X = taken()
    estimator = make(cls, n_negatives=4, lr=1e-12, max_epochs=1).fit(X, np.ones(len(X)))
    new = pd.DataFrame({"u": [999], "i": [999]})
    assert estimator.predict_proba(new)[0, 1] == pytest.approx(0.2, abs=0.05)


def test_negatives_have_the_weight_of_their_positive():
    X = taken()
    weight = np.arange(len(X)) % 3
    _, watch = watched(CLASSES[0], X, np.ones(len(X)), {"sample_weight": weight}, class_weight={0: 5, 1: 1})
    for epoch in watch.epochs:
        total = {y: sum(w for *_, label, w in epoch if label == y) for y in (0, 1)}
        assert total[0] == pytest.approx(total[1] * 3 * 5)  # of weights only ratios count
        assert len(epoch) == 4 * (weight > 0).sum()


def test_balanced_classes_weigh_the_same():
    X = taken()
    _, watch = watched(CLASSES[0], X, np.ones(len(X)), class_weight="balanced")
    total = {y: sum(w for *_, label, w in watch.epochs[0] if label == y) for y in (0, 1)}
    assert total[0] == pytest.approx(total[1])


# Epochs and seeds


@every
def test_the_seed_decides(cls):
    X, (pairs, _) = taken(), grid()
    one, same, other = (
        make(cls, random_state=seed).fit(X, np.ones(len(X))).decision_function(pairs) for seed in (0, 0, 1)
    )
    np.testing.assert_array_equal(one, same)
    assert not np.array_equal(one, other)


def test_draws_depend_on_seed_and_epoch_only():
    """A run in parts draws what the run at once does."""
    X = taken()
    y = np.ones(len(X))
    _, whole = watched(CLASSES[0], X, y, max_epochs=4)
    watch = Watch()
    estimator = make(CLASSES[0], callbacks=[watch], max_epochs=1, warm_start=True)
    parts = []
    for n_epochs in (1, 2, 1):
        estimator.set_params(max_epochs=n_epochs).fit(X, y)
        parts += watch.epochs
    assert parts == whole.epochs


def test_partial_fit():
    X, (pairs, match) = taken(), grid()
    typed = X.astype("category")
    estimator = make(CLASSES[0], lr=0.1)
    for _ in range(30):
        for part in (slice(0, 90), slice(90, None)):
            estimator.partial_fit(typed[part], np.ones(len(typed[part])), classes=[0, 1])
    assert roc_auc_score(match, estimator.decision_function(pairs.astype("category"))) > 0.95


# Validation


def test_held_out_positives_get_negatives_once():
    X = taken(0.8)
    estimator, watch = watched(CLASSES[0], X, np.ones(len(X)), early_stopping=True, n_iter_no_change=9)
    assert "valid_loss" in estimator.history_
    first, *others = watch.valid
    assert all(epoch == first for epoch in others)
    positives = {(u, i) for u, i, y, _ in first if y}
    assert len(first) == 4 * len(positives)
    train = {(u, i) for u, i, y, _ in watch.epochs[0] if y}
    assert len(train) + len(positives) == len(X)
    assert not {(u, i) for u, i, y, _ in first if not y} & (positives | train)


@pytest.mark.parametrize("wide", [False, True])
def test_a_scorer_sees_both_classes(wide):
    X = taken(0.8)
    names = {}
    if wide:
        X, names = X.assign(hour=1.0), {"user": "u", "item": "i"}
    estimator = make(CLASSES[0], early_stopping=True, scoring="roc_auc", max_epochs=10, lr=0.1, **names)
    estimator.fit(X, np.ones(len(X)))
    assert estimator.history_["valid_roc_auc"].max() > 0.8


def test_validation_rows_of_both_classes_are_taken_as_they_are():
    X, (pairs, match) = taken(), grid()
    fit = {"X_val": pairs, "y_val": match.astype(int)}
    _, watch = watched(CLASSES[0], X, np.ones(len(X), int), fit)
    assert [row[:3] for row in watch.valid[0]] == [
        (u + 1, i + 1, y) for (u, i), y in zip(pairs.itertuples(index=False), match, strict=True)
    ]


def test_validation_positives_may_have_unknown_ids():
    X = taken()
    X_val = pd.DataFrame({"u": [0, 999, 1], "i": [0, 1, 999]})
    _, watch = watched(CLASSES[0], X, np.ones(len(X)), {"X_val": X_val, "y_val": np.ones(3)})
    assert [row[:2] for row in watch.valid[0][:3]] == [(1, 1), (0, 2), (2, 0)]
    assert all(item > 0 for _, item, *_ in watch.valid[0][3:])


def test_the_input_is_left_alone():
    X, X_val = taken(), taken(seed=1)
    before = X.copy(), X_val.copy()
    make(CLASSES[0]).fit(X, np.ones(len(X)), X_val=X_val, y_val=np.ones(len(X_val)))
    assert_frame_equal(X, before[0])
    assert_frame_equal(X_val, before[1])


def test_an_array_of_positives():
    X = taken().to_numpy(float)
    estimator = make(CLASSES[0], early_stopping=True, max_epochs=30, lr=0.1).fit(X, np.ones(len(X)))
    pairs, match = grid()
    assert roc_auc_score(match, estimator.decision_function(pairs.to_numpy(float))) > 0.95


def test_a_positive_without_an_item_is_no_item():
    X = taken().astype("Int64")
    X.loc[:20, "i"] = pd.NA
    _, watch = watched(CLASSES[0], X, np.ones(len(X)))
    assert all(item > 0 for epoch in watch.epochs for _, item, y, _ in epoch if not y)


def test_classes_of_text():
    X = pd.DataFrame({"u": [0, 0, 0, 1, 1, 1, 2, 2, 2], "i": [0, 1, 2, 1, 2, 3, 3, 4, 5]})
    with pytest.warns(
        UserWarning, match=r"GMFClassifier\(n_negatives=3\) learns from positives alone and takes 'take'"
    ):
        estimator = make(CLASSES[0]).fit(X, np.repeat(["take", "leave it"], [6, 3]))
    assert estimator.classes_.tolist() == ["leave it", "take"]
    assert set(estimator.predict(X)) <= {"leave it", "take"}


@every
@pytest.mark.parametrize(
    ("X", "y", "params", "message"),
    [
        (taken(), np.ones(len(taken())), {"n_negatives": 0}, "needs at least two classes, got only one class, 1.0"),
        (taken(), np.zeros(len(taken())), {}, r"n_negatives=3 needs positives, got no row of class 1.0"),
        (
            taken(),
            np.full(len(taken()), "yes"),
            {},
            "labelled 1 or True, got only one class, 'yes'; with n_negatives=3",
        ),
        (taken(), np.full(len(taken()), 5), {}, "labelled 1 or True, got only one class, 5"),
        (taken(), np.arange(len(taken())) % 3, {}, r"n_negatives=3 is for two classes, got \[0, 1, 2\]; say which"),
        (
            pd.DataFrame({"u": list("aab"), "i": [1, 2, 1]}),
            np.ones(3),
            {},
            "n_negatives=3 has nothing to draw for user 'a', who has all 2 items; leave out",
        ),
        (taken(), np.ones(len(taken())), {"n_negatives": -1}, "The 'n_negatives' parameter of .* must be an int"),
    ],
)
def test_bad_input(cls, X, y, params, message):
    estimator = make(cls, **params)
    with pytest.raises(ValueError, match=message):
        estimator.fit(X, y)
    assert not hasattr(estimator, "classes_")
