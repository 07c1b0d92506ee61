"""Labels of rows in groups: what a page has in common is not learnt, and no batch splits it."""

import pickle

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.dataset as ds
import pytest
from sklearn.base import clone

from skrec import (
    AutoIntClassifier,
    BilinearFFMClassifier,
    DCNv2Classifier,
    DeepFMClassifier,
    DIENClassifier,
    DINClassifier,
    ESMMClassifier,
    FMClassifier,
    IntTowerClassifier,
    LRClassifier,
    MFClassifier,
    SASRecClassifier,
    TwoTowerClassifier,
    WideDeepClassifier,
)
from skrec.losses import GroupLoss
from skrec.metrics import gauc_score

GOOD = {"a": -0.8, "b": 0.0, "c": 0.6, "d": 1.2}


def pages(n_pages, seed):
    """Return impressions, five a page, and clicks; busy pages have many clicks, and show what is taken less."""
    random = np.random.default_rng(seed)
    page = np.repeat(np.arange(n_pages), 5)
    busy = np.repeat(random.normal(0, 2, n_pages), 5)
    low = random.random(len(page)) < 1 / (1 + np.exp(-busy))
    kind = np.array(list("abcd"))[random.integers(0, 2, len(page)) + 2 * ~low]
    odds = 1.5 * busy + np.array([GOOD[each] for each in kind]) - 1
    frame = pd.DataFrame({"page": page, "kind": pd.Categorical(kind), "x": random.normal(size=len(page))})
    return frame, (random.random(len(page)) < 1 / (1 + np.exp(-odds))).astype(int)


@pytest.mark.parametrize("loss", ["softmax", "listnet"])
def test_ranks_within_pages_what_single_rows_rank_the_wrong_way_round(loss):
    (frame, clicked), (test, y) = pages(800, 0), pages(400, 1)
    seen = test.drop(columns="page")
    alone = FMClassifier(lr=0.02, max_epochs=4, random_state=0).fit(frame.drop(columns="page"), clicked)
    model = FMClassifier(groups="page", group_loss=loss, lr=0.02, max_epochs=4, random_state=0).fit(frame, clicked)
    assert gauc_score(y, alone.predict_proba(seen)[:, 1], groups=test["page"]) < 0.53
    assert gauc_score(y, model.predict_proba(seen)[:, 1], groups=test["page"]) > 0.63
    vectors = model.decision_function(pd.DataFrame({"kind": pd.Categorical(list("abcd")), "x": 0.0}))
    assert vectors.argsort().tolist() == [0, 1, 2, 3]
    assert "page" not in [field.name for field in model.schema_.fields]


def test_a_page_is_held_out_as_a_whole_and_scored_in_the_order_of_the_rows():
    frame, clicked = pages(60, 0)
    mixed = np.random.default_rng(0).permutation(len(frame))
    frame, clicked = frame.iloc[mixed].reset_index(drop=True), clicked[mixed]
    seen = {}

    class Look(GroupLoss):
        def counts(self, y, weight, groups, n_groups):
            assert (np.bincount(groups) == 5).all()
            return weight * y

    def scorer(estimator, X, y):
        seen[len(X)] = X["page"].value_counts().eq(5).all()
        assert (clicked[X.index] == y).all() if len(X) == len(frame) else True
        return float(np.corrcoef(estimator.predict_proba(X)[:, 1], y)[0, 1])

    model = LRClassifier(
        groups="page", group_loss=Look(), early_stopping=True, scoring=["loss", "roc_auc"], max_epochs=3, random_state=0
    ).fit(frame, clicked)
    assert model.history_["valid_roc_auc"].between(0, 1).all()
    scored = LRClassifier(groups="page", scoring=scorer, early_stopping=False, max_epochs=2, random_state=0)
    scored.fit(frame, clicked, X_val=frame, y_val=clicked)
    expected = np.corrcoef(scored.predict_proba(frame)[:, 1], clicked)[0, 1]
    assert scored.history_["valid_score"].iloc[-1] == pytest.approx(expected)
    assert seen == {len(frame): True}


MODELS = [
    AutoIntClassifier(),
    BilinearFFMClassifier(),
    DCNv2Classifier(),
    DeepFMClassifier(batch_norm=True),
    DINClassifier(sequence_features={"hist": "kind"}),
    MFClassifier(user="x", item="kind"),
    SASRecClassifier(sequence_features={"hist": "kind"}, loss="bce"),
    TwoTowerClassifier(user_features=["x"], item_features=["kind"]),
    WideDeepClassifier(crossed_columns=[("x", "kind")]),
]


@pytest.mark.parametrize("model", MODELS, ids=lambda model: type(model).__name__)
def test_every_model_of_labels_learns_in_groups(model):
    frame, clicked = pages(30, 0)
    frame["x"] = pd.Categorical(np.arange(len(frame)) % 3)
    if getattr(model, "sequence_features", None):
        frame["hist"] = [["a", "b", "c"][: place % 4] for place in range(len(frame))]
    model = clone(model).set_params(groups="page", group_loss="listnet", max_epochs=2, batch_size=16, random_state=0)
    found = model.fit(frame, clicked).decision_function(frame.drop(columns="page"))
    assert np.isfinite(found).all()
    others = frame.assign(page=np.random.default_rng(0).permutation(frame["page"]))
    assert not np.allclose(clone(model).fit(others, clicked).decision_function(frame), found)


def test_arrays_weights_pickles_and_further_fits():
    frame, clicked = pages(40, 0)
    array = np.column_stack([frame["page"], frame["kind"].cat.codes, frame["x"]]).astype(float)
    model = DeepFMClassifier(groups=0, max_epochs=2, random_state=0).fit(array, clicked)
    other = array.copy()
    other[:, 0] = -1
    np.testing.assert_array_equal(model.predict_proba(array), model.predict_proba(other))
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(model)).predict_proba(array), model.predict_proba(array))
    times = np.random.default_rng(0).integers(0, 3, len(array))
    rows = np.repeat(np.arange(len(array)), times)
    options = {"groups": 0, "max_epochs": 3, "batch_size": 10**6, "random_state": 0}
    weighted = LRClassifier(**options).fit(array, clicked, sample_weight=times)
    repeated = LRClassifier(**options).fit(array[rows], clicked[rows])
    np.testing.assert_allclose(weighted.decision_function(array), repeated.decision_function(array), rtol=1e-5)
    went_on = LRClassifier(**options).partial_fit(array, clicked, classes=[0, 1]).partial_fit(array, clicked)
    assert went_on.n_iter_ == 2


def test_what_does_not_go_with_groups_says_so():
    frame, clicked = pages(20, 0)
    histories = frame.assign(hist=[["a", "b"]] * len(frame), z=clicked)
    refused = [
        (
            DINClassifier(groups="page", n_negatives=1, sequence_features={"hist": "kind"}),
            "got n_negatives=1; set n_neg",
        ),
        (TwoTowerClassifier(groups="page", loss="softmax"), "got loss='softmax'; set n_negatives=0 and a loss of"),
        (MFClassifier(groups="page", n_negatives=2), "got n_negatives=2"),
        (DIENClassifier(groups="page", sequence_features={"hist": "kind"}), "got AuxiliaryLoss; take a model"),
        (IntTowerClassifier(groups="page"), "got ContrastiveRegularized; take a model"),
        (LRClassifier(groups="page", class_weight="balanced"), "got class_weight='balanced'; set it to None"),
        (LRClassifier(groups="page", early_stopping="refit"), "labelled rows in memory at a constant rate, got groups"),
        (
            LRClassifier(groups="pag"),
            "groups names the column 'pag', which the data does not have; did you mean 'page'",
        ),
        (LRClassifier(groups="page", categorical_features=["page"]), "got it in categorical_features too; name it in"),
        (DINClassifier(groups="page", user="page", sequence_features={"hist": "kind"}), "got it in user too"),
    ]
    for model, text in refused:
        with pytest.raises(ValueError, match=text):
            model.fit(histories.drop(columns="z"), clicked)
    with pytest.raises(ValueError, match=r"groups='page' of ESMMClassifier learns labels .* got ChainedTargets; leave"):
        ESMMClassifier(groups="page").fit(histories[["page", "kind"]], np.column_stack([clicked, clicked]))
    model = LRClassifier(groups="page", max_epochs=1).fit(frame, clicked)
    before = model.coef_ if hasattr(model, "coef_") else model.predict_proba(frame)
    bad = [
        (
            frame.assign(page=np.arange(len(frame))),
            "learns from groups with a positive and another row, got none among",
        ),
        (
            frame.assign(page=frame["page"].where(frame["page"] > 0)),
            "got 5 rows without a value in column 'page'; drop",
        ),
        (
            ds.dataset(pa.Table.from_pandas(frame.assign(y=clicked, kind=frame["kind"].astype(str)))),
            "got a Dataset, wh",
        ),
    ]
    for X, text in bad:
        with pytest.raises(ValueError, match=text):
            model.fit(X, "y" if isinstance(X, ds.Dataset) else clicked)
    with pytest.raises(TypeError, match="Column 'page': expected one value a cell, as categorical, got lists"):
        model.fit(frame.assign(page=[[1]] * len(frame)), clicked)
    after = model.coef_ if hasattr(model, "coef_") else model.predict_proba(frame)
    np.testing.assert_array_equal(before, after)
    with pytest.raises(ValueError, match="Only binary classification is supported"):
        model.fit(frame, np.arange(len(frame)) % 3)
