"""Losses that hold positives against items: learnt from positives alone, by every model that has them."""

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.metrics import roc_auc_score
from skorch.callbacks import Callback

from skrec import MFClassifier, TwoTowerClassifier
from skrec.estimators._base import RankingParameters
from skrec.losses import ranking_losses
from skrec.objectives.samplers import negative_samplings
from tests.discovery import predictors

CLASSES = [cls for cls in predictors() if issubclass(cls, RankingParameters)]
N_USERS, N_ITEMS = 30, 20
SETTINGS = {"ccl": {"margin": 0.2, "negative_weight": 2.0}, "gbce": {"lr": 0.05, "max_epochs": 60}}


def variants(name, cls):
    """Return {title: parameters} of a loss: as few negatives as there may be, and some of each row or batch."""
    own = {"loss": name, **SETTINGS.get(name, {})}
    least = "of one" if cls.per_row else "of the batch"
    some = {name: {**own, "n_negatives": 3 if cls.per_row else 8}}
    return some if name == "gbce" else {f"{name} {least}": own, **some}  # which knows how few are drawn


LOSSES = {title: of for name, cls in ranking_losses().items() for title, of in variants(name, cls).items()}
for drawn in negative_samplings():
    n_drawn = {} if drawn == "all" else {"n_negatives": 8, "logq_correction": 0.5}
    LOSSES[f"softmax, {drawn}"] = {"loss": "softmax", "negatives": drawn, **n_drawn}
LOSSES["bpr, popular"] = {"loss": "bpr", "n_negatives": 3, "negatives": "popularity"}
every = pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)
every_loss = pytest.mark.parametrize("loss", LOSSES)


def taken(share=0.6, seed=0):
    """Users take items of their own half of the catalogue, in random order."""
    rng = np.random.default_rng(seed)
    pairs = pd.DataFrame(np.argwhere(rng.random((N_USERS, N_ITEMS)) < share), columns=["u", "i"])
    pairs = pairs[pairs["u"] % 2 == pairs["i"] % 2]
    return pairs.sample(frac=1, random_state=seed, ignore_index=True).astype("category")


def grid():
    """Return all pairs, and whether they match."""
    pairs = pd.DataFrame({"u": np.repeat(np.arange(N_USERS), N_ITEMS), "i": np.tile(np.arange(N_ITEMS), N_USERS)})
    return pairs.astype("category"), (pairs["u"] % 2 == pairs["i"] % 2).to_numpy()


def make(cls, loss="softmax", **params):
    wanted = {"embedding_dim": 8, "embedding_l2": 1e-3, "random_state": 0, **LOSSES.get(loss, {"loss": loss}), **params}
    return cls(**wanted)


def test_who_has_them():
    assert {MFClassifier, TwoTowerClassifier} <= set(CLASSES)


@every
@every_loss
def test_learns_from_positives_alone(cls, loss):
    X, (pairs, match) = taken(), grid()
    estimator = make(cls, loss).fit(X, np.ones(len(X), int))
    assert roc_auc_score(match, estimator.decision_function(pairs)) > 0.9
    assert estimator.classes_.tolist() == [0, 1]
    assert estimator.history_["train_loss"].iloc[-1] < estimator.history_["train_loss"].iloc[0]
    probability = estimator.predict_proba(pairs)
    np.testing.assert_allclose(probability[:, 1], 1 / (1 + np.exp(-estimator.decision_function(pairs))), rtol=1e-5)


@every
def test_rows_of_the_other_class_are_ignored(cls):
    X, (pairs, match) = taken(), grid()
    alone = make(cls).fit(X, np.ones(len(X), bool))
    both = pd.concat([X, pairs[~match]]).astype("category")
    among = make(cls).fit(both, np.r_[np.ones(len(X), bool), np.zeros((~match).sum(), bool)])
    np.testing.assert_array_equal(among.decision_function(pairs), alone.decision_function(pairs))
    assert among.classes_.tolist() == alone.classes_.tolist() == [False, True]


@every
def test_labels_may_be_text(cls):
    pairs, match = grid()
    with pytest.warns(UserWarning, match="takes 'took' for them, .*; rows of 'left' are ignored"):
        estimator = make(cls).fit(pairs, np.where(match, "took", "left"))
    assert estimator.classes_.tolist() == ["left", "took"]
    with pytest.raises(ValueError, match=r"labelled 1 or True, got only one class, 'took'; with loss='softmax'"):
        make(cls).fit(pairs, ["took"] * len(pairs))


@every
def test_positives_are_needed(cls):
    X = taken()
    with pytest.raises(ValueError, match="loss='softmax' needs positives, got no row of class 1"):
        make(cls).fit(X, np.zeros(len(X), int))
    with pytest.raises(ValueError, match=r"loss='softmax' is for two classes, got \[0, 1, 2\]"):
        make(cls).fit(X, np.arange(len(X)) % 3)
    with pytest.raises(ValueError, match="loss='softmax' needs positives among the validation rows"):
        make(cls).fit(X, np.ones(len(X), int), X_val=X, y_val=np.zeros(len(X), int))


@every
@every_loss
def test_the_seed_decides_and_global_generators_are_untouched(cls, loss):
    X, state = taken(), torch.get_rng_state()
    one, same, other = (
        make(cls, loss, max_epochs=2, random_state=seed).fit(X, np.ones(len(X), int)).decision_function(X)
        for seed in (0, 0, 1)
    )
    np.testing.assert_array_equal(one, same)
    assert not np.allclose(one, other)
    assert torch.equal(torch.get_rng_state(), state)


@every
@every_loss
def test_two_runs_are_one(cls, loss):
    """What an epoch draws depends on the seed and the epoch, so that training goes on as if it had not stopped."""
    X = taken()
    whole = make(cls, loss, max_epochs=4).fit(X, np.ones(len(X), int))
    parts = make(cls, loss, max_epochs=2, warm_start=True).fit(X, np.ones(len(X), int))
    parts.fit(X, np.ones(len(X), int))
    np.testing.assert_array_equal(parts.decision_function(X), whole.decision_function(X))


@every
@every_loss
def test_early_stopping_watches_held_out_positives(cls, loss):
    X, (pairs, match) = taken(), grid()
    params = {"early_stopping": True, "n_iter_no_change": 1, "max_epochs": 60}
    estimator = make(cls, loss, **params).fit(X, np.ones(len(X), int))
    losses = estimator.history_["valid_loss"]
    assert losses.idxmin() + 1 == estimator.best_epoch_
    scored = make(cls, loss, scoring="roc_auc", max_epochs=3).fit(X, np.ones(len(X)), X_val=pairs, y_val=match * 1.0)
    assert scored.history_["valid_roc_auc"].max() == pytest.approx(
        roc_auc_score(match, scored.decision_function(pairs))
    )


class Watch(Callback):
    """Note what each training batch of the first epoch is held against."""

    def on_train_begin(self, net, **kwargs):
        self.pairs = []

    def on_batch_end(self, net, batch=None, training=False, **kwargs):
        if training and len(net.history) == 1:
            self.pairs.append(batch.inputs)


def watched(cls, loss, X, **params):
    watch = Watch()
    estimator = make(cls, loss, callbacks=[watch], batch_size=64, **params).fit(X, np.ones(len(X), int))
    return estimator, watch.pairs


@every
def test_no_item_of_a_user_is_held_against_the_user(cls):
    X = taken()
    has = X.astype(int).groupby("u")["i"].agg(set)
    for pairs in watched(cls, "bpr", X, n_negatives=4)[1]:
        users = (pairs.rows.codes[:, 0] - 1).repeat_interleave(4).tolist()
        items = (pairs.negatives.codes[:, 0] - 1).tolist()
        assert not [(u, i) for u, i in zip(users, items, strict=True) if i in has[u]]
    for pairs in watched(cls, "softmax", X, n_negatives=10)[1]:
        users, items = (pairs.rows.codes[:, 0] - 1).tolist(), (pairs.negatives.codes[:, 0] - 1).tolist()
        hits = set(zip(*(part.tolist() for part in pairs.accidental_hits), strict=True))
        assert hits == {(b, k) for b, u in enumerate(users) for k, i in enumerate(items) if i in has[u]}


def test_a_drawn_item_brings_its_own_columns():
    X = taken().assign(price=lambda frame: frame["i"].astype(float) * 3 + 1)
    estimator, batches = watched(TwoTowerClassifier, "softmax", X, n_negatives=10)
    for pairs in batches:
        price = pairs.negatives.numeric[:, 0].numpy() * estimator.schema_.scale[0] + estimator.schema_.mean[0]
        np.testing.assert_allclose(price, (pairs.negatives.codes[:, 0].numpy() - 1) * 3 + 1, rtol=1e-5)


def test_a_user_may_be_known_by_a_history_alone():
    X = taken()
    own = X.groupby("u", observed=True)["i"].agg(list)
    history = [[i for i in own[u] if i != item] for u, item in zip(X["u"], X["i"], strict=True)]
    rows = pd.DataFrame({"history": pd.Series(history).map(list), "i": X["i"]})
    estimator = make(TwoTowerClassifier, "softmax", sequence_features={"history": "i"}, hidden_layer_sizes=(), lr=0.01)
    estimator.fit(rows, np.ones(len(rows), int))
    pairs, match = grid()
    tried = pd.DataFrame({"history": [list(own[u]) for u in pairs["u"]], "i": pairs["i"]})
    assert roc_auc_score(match, estimator.decision_function(tried)) > 0.9


@pytest.mark.parametrize("loss", ["bpr", "softmax"])
def test_no_item_of_a_user_who_is_named_is_held_against_the_history(loss):
    X = taken()
    has = X.astype(int).groupby("u")["i"].agg(set)
    rows = X.assign(history=[[item] for item in X["i"]], number=X["u"].astype(float))
    params = {"user": "u", "item_features": ["i"], "sequence_features": {"history": "i"}, "n_negatives": 5}
    estimator, batches = watched(TwoTowerClassifier, loss, rows, **params)
    assert [field.name for field in estimator.schema_.fields] == ["i", "history", "number"]
    for pairs in batches:
        users = np.rint(pairs.rows.numeric[:, 0].numpy() * estimator.schema_.scale[0] + estimator.schema_.mean[0])
        items = (pairs.negatives.codes[:, 0] - 1).tolist()
        if loss == "bpr":
            assert not [(u, i) for u, i in zip(users.repeat(5), items, strict=True) if i in has[u]]
        else:
            hits = set(zip(*(part.tolist() for part in pairs.accidental_hits), strict=True))
            assert hits == {(b, k) for b, u in enumerate(users) for k, i in enumerate(items) if i in has[u]}


def test_without_the_correction_popular_items_are_held_down():
    """Half of the users have item 0, few have any other: log q makes up for how often it is among the negatives."""
    rng = np.random.default_rng(0)
    X = pd.DataFrame({"u": np.repeat(np.arange(500), 4), "i": rng.integers(1, 60, 2000)})
    X.loc[rng.random(2000) < 0.15, "i"] = 0
    X = X.drop_duplicates().astype("category")
    lead = {}
    for correction in (0.0, 1.0):
        estimator = make(MFClassifier, "softmax of the batch", logq_correction=correction).fit(X, np.ones(len(X)))
        bias = estimator.embedding("i")["bias"].iloc[:-1]
        lead[correction] = bias[0] - bias[1:].mean()
    assert lead[1.0] > lead[0.0] + 0.2


def test_vectors_of_matrix_factorization_rank_as_it_does():
    X, (pairs, _) = taken(), grid()
    for loss in ("softmax", "ccl", "bce"):
        estimator = make(MFClassifier, loss, n_negatives=3).fit(X, np.ones(len(X), int))
        users, items = estimator.embed_users(pairs[["u"]][::N_ITEMS]), estimator.embed_items(pairs[["i"]][:N_ITEMS])
        difference = estimator.decision_function(pairs).reshape(N_USERS, N_ITEMS) - users @ items.T
        np.testing.assert_allclose(difference - difference[:, :1], 0, atol=1e-5)  # a user's own constant


def test_ccl_of_matrix_factorization_is_a_cosine():
    X = taken()
    estimator = make(MFClassifier, "ccl").fit(X, np.ones(len(X), int))
    assert list(estimator.embedding("u").columns) == list(range(8))
    assert np.abs(estimator.decision_function(X)).max() <= 1


def test_vectors_are_of_two_classes():
    pairs, _ = grid()
    estimator = MFClassifier(max_epochs=1).fit(pairs, np.arange(len(pairs)) % 3)
    with pytest.raises(ValueError, match=r"Expected two classes, of which one is ranked by, got \[0, 1, 2\]"):
        estimator.embed_users(pairs)


@every
def test_a_user_who_has_everything_or_items_that_are_nowhere(cls):
    X = pd.DataFrame({"u": list("aaab"), "i": list("xyzx")})
    with pytest.raises(ValueError, match="loss='bpr' has nothing to draw for user 'a', who has all 3 items; leave out"):
        make(cls, "bpr").fit(X, np.ones(4, int))
    assert np.isfinite(make(cls, "softmax", max_epochs=1).fit(X, np.ones(4, int)).decision_function(X)).all()
    with pytest.raises(ValueError, match="loss='softmax' has no item to draw: column 'i' is missing in all positives"):
        make(cls, "softmax").fit(X.assign(i=pd.Series([None] * 4, dtype="str")), np.ones(4, int))
