"""DIN: what attention finds that a mean does not, and what a history may be."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.metrics import roc_auc_score

from skrec import DINClassifier, DINRegressor
from tests.estimators.test_dcn import three_classes
from tests.samples import LIST, fitted, labels, mixed, outputs, scores, small, target

KINDS, SHADES = 12, 2


def looked_for(n_rows=1500, length=12, seed=0):
    """Rows whose label is the shade of the one step of the history that is of the candidate's kind.

    A candidate is a kind; a step is an item of a kind and a shade. All steps of a history are of different kinds.
    """
    rng = np.random.default_rng(seed)
    kinds = np.argsort(rng.random((n_rows, KINDS)), axis=1)[:, :length]
    shades = rng.integers(0, SHADES, kinds.shape)
    place = rng.integers(0, length, n_rows)
    rows = np.arange(n_rows)
    frame = pd.DataFrame(
        {
            "hist_kind": pd.Series([[f"k{kind}" for kind in row] for row in kinds], dtype=LIST),
            "hist_shade": pd.Series([[f"s{shade}" for shade in row] for row in shades], dtype=LIST),
            "kind": [f"k{kind}" for kind in kinds[rows, place]],
            "shade": "s1",
        }
    )
    frame.loc[0, "shade"] = "s0"
    return frame, shades[rows, place] == 1


PAIRS = {"hist_kind": "kind", "hist_shade": "shade"}
PARAMS = {"sequence_features": PAIRS, "lr": 0.01, "embedding_dim": 8, "random_state": 0}


@pytest.fixture(scope="module")
def model():
    return DINClassifier(max_epochs=15, batch_size=128, **PARAMS).fit(*looked_for(3000))


def test_attention_finds_the_one_step_that_resembles_the_candidate_and_a_mean_does_not(model):
    X, y = looked_for(1000, seed=1)
    assert roc_auc_score(y, model.decision_function(X)) > 0.98
    mean = DINClassifier(max_epochs=15, batch_size=128, attention="mean", **PARAMS).fit(*looked_for(3000))
    assert roc_auc_score(y, mean.decision_function(X)) < 0.75


def test_the_weight_lies_on_that_step(model):
    X, _ = looked_for(200, seed=1)
    weights = model.attention_weights(X)
    assert list(weights) == ["hist_kind"]
    most = [steps[int(np.argmax(w))] for steps, w in zip(X["hist_kind"], weights["hist_kind"], strict=True)]
    assert (np.array(most) == X["kind"]).mean() > 0.95
    np.testing.assert_allclose(weights["hist_kind"].map(np.sum), 1, rtol=1e-5)


def test_weights_of_nothing_and_of_no_histories():
    estimator, frame = fitted(DINClassifier)
    odd = frame[:3].assign(history=[[], ["u"], None]).set_axis([7, 8, 9])
    weights = estimator.attention_weights(odd)["history"]
    assert [list(cell) for cell in weights] == [[], [1], []]
    assert list(weights.index) == [7, 8, 9]
    estimator, _ = fitted(DINClassifier, sequence_features=None)
    assert estimator.attention_weights(frame).shape == (100, 0)


# Histories


@pytest.mark.parametrize("cls", [DINClassifier, DINRegressor])
def test_training_goes_on_without_histories(cls):
    frame = mixed()[["user", "item"]]
    model = small(cls, sequence_features=None, max_epochs=1, warm_start=True)
    for _ in range(2):
        model.fit(frame, target(model, mixed()))
    assert model.n_iter_ == 2


def test_a_second_list_of_a_column_is_a_second_history():
    frame = mixed().assign(seen=lambda f: [list(cell)[:1] for cell in f["history"]])
    estimator = small(DINClassifier, sequence_features={"seen": "item", "history": "item"})
    estimator.fit(frame, labels(frame))
    assert estimator.net_.module_.embedding.histories == [[(1,), (1,)], [(0,), (1,)]]
    assert list(estimator.attention_weights(frame)) == ["seen", "history"]


def test_lists_without_a_candidate_are_pooled():
    frame = mixed().assign(tags=[["x"], []] * 50)
    estimator = small(DINClassifier).fit(frame, labels(frame))
    assert estimator.net_.module_.embedding.pooled == [1]
    assert np.isfinite(outputs(estimator, frame)).all()


@pytest.mark.parametrize("attention", ["softmax", "raw", "mean"])
@pytest.mark.parametrize("activation", ["relu", "prelu", "dice"])
def test_a_row_scores_the_same_alone_and_beside_long_histories(activation, attention):
    estimator, frame = fitted(DINClassifier, activation=activation, attention=attention)
    rows = frame[:8].assign(history=[["u"], [], ["v"] * 500, ["w", "x"], None, ["y"], ["new", "u"], ["z"] * 60])
    together = outputs(estimator, rows)
    alone = np.concatenate([outputs(estimator, rows[i : i + 1]) for i in range(8)])
    np.testing.assert_allclose(alone, together, rtol=0, atol=1e-6)


def test_an_unknown_item_is_a_step():
    estimator, frame = fitted(DINClassifier)
    row = frame[:1]
    with_stranger, without = (
        outputs(estimator, row.assign(history=[cell])) for cell in (["u", "v", "never seen"], ["u", "v"])
    )
    assert not np.allclose(with_stranger, without, atol=1e-6)
    assert len(estimator.attention_weights(row.assign(history=[["u", "never seen"]]))["history"][0]) == 2


KINDS_OF_LISTS = {
    "object": lambda cells: pd.Series(cells, dtype=object),
    "arrays": lambda cells: pd.Series([np.array(cell, dtype=object) for cell in cells]),
    "Arrow": lambda cells: pd.Series(cells, dtype=LIST),
}


def test_lists_of_any_kind_are_the_same_histories(model):
    X_test, _ = looked_for(50, seed=1)
    cells = {name: [list(cell) for cell in X_test[name]] for name in PAIRS}
    expected = outputs(model, X_test)
    for kind in KINDS_OF_LISTS.values():
        same = X_test.assign(**{name: kind(lists) for name, lists in cells.items()})
        np.testing.assert_array_equal(outputs(model, same), expected)
    same = pl.DataFrame({**{name: X_test[name].tolist() for name in ("kind", "shade")}, **cells})
    np.testing.assert_array_equal(outputs(model, same.select(X_test.columns.tolist())), expected)


# Targets of other kinds, and options


def test_three_classes_of_columns_of_every_kind():
    train, test = mixed(900), mixed(300, seed=1)
    estimator = small(DINClassifier, hidden_layer_sizes=(32,), max_epochs=30).fit(train, three_classes(train))
    assert estimator.score(test, three_classes(test)) > 0.9


def test_regressor_learns_columns_of_every_kind():
    test = mixed(300, seed=1)
    estimator, _ = fitted(DINRegressor, n_rows=600, hidden_layer_sizes=(32,), max_epochs=30)
    assert estimator.score(test, 3 + scores(test)) > 0.9


def test_options_reach_the_net():
    params = {"attention_hidden_layer_sizes": [7, 5], "embedding_dim": 3, "dropout": 0.5, "batch_norm": True}
    params["numeric_embedding"] = None
    estimator, _ = fitted(DINClassifier, activation="dice", history_product=False, init_scale=1e-9, lr=1e-12, **params)
    module = estimator.net_.module_
    (attention,) = module.attention
    assert attention.first.weight.shape == (7, 12)
    assert [type(layer).__name__ for layer in attention.others] == ["Linear", "Dice"]
    assert [type(layer).__name__ for layer in module.mlp] == ["Linear", "BatchNorm", "Dice", "Dropout", "Linear"]
    assert module.mlp[0].in_features == 3 * 3 + 1
    assert module.embedding.table.abs().max() < 1e-6


# Bad input

BAD = {
    "a column that is not there": (
        {"sequence_features": {"hist": "item"}},
        {},
        ValueError,
        "sequence_features names the column 'hist', which the data does not have; did you mean 'history'",
    ),
    "a candidate that is not there": (
        {"sequence_features": {"history": "itme"}},
        {},
        ValueError,
        "sequence_features names the column 'itme', which the data does not have; did you mean 'item'",
    ),
    "a column that is no list": (
        {"sequence_features": {"user": "item"}},
        {},
        TypeError,
        "expected column 'user' to be sequence, got categorical; .*SequenceEncoder makes lists of text",
    ),
    "a candidate of numbers": (
        {"sequence_features": {"history": "age"}},
        {},
        TypeError,
        "expected column 'age' to be categorical, got numeric; .* name integer ids in categorical_features",
    ),
    "delimited text for a history": (
        {},
        {"history": ["u|v"] * 100},
        TypeError,
        "expected column 'history' to be sequence, got categorical; .*SequenceEncoder makes lists of text",
    ),
    "lists beside scalars": (
        {},
        {"history": [["u"], "v"] * 50},
        TypeError,
        r"Column 'history': .* got mixed types \(list, str\); a sequence column holds a list in every cell",
    ),
    "lists of mixed types": (
        {},
        {"history": [["u"], [1]] * 50},
        TypeError,
        "Column 'history': expected .* got cells of mixed types",
    ),
    "lists of unequal lengths": (
        {"sequence_features": {"history": "item", "shops": "user"}},
        {"history": [["u"]] * 100, "shops": [["a"]] * 40 + [["a", "b"]] * 60},
        ValueError,
        "Columns 'history' and 'shops': expected lists of equal length, .* got 1 and 2 values in row 40; mark what",
    ),
    "no units of attention": (
        {"attention_hidden_layer_sizes": ()},
        {},
        ValueError,
        "'attention_hidden_layer_sizes' parameter of DINClassifier must be one or more positive integers",
    ),
}


@pytest.mark.parametrize("wrong", BAD)
def test_bad_input_is_named(wrong):
    params, columns, error, message = BAD[wrong]
    frame = mixed().assign(**columns)
    estimator = small(DINClassifier, **params)
    with pytest.raises(error, match=message):
        estimator.fit(frame, labels(frame))
    assert not hasattr(estimator, "net_")


def test_lists_of_unequal_lengths_at_predict(model):
    X, _ = looked_for(60)
    with pytest.raises(ValueError, match="'hist_kind' and 'hist_shade': expected lists of equal length"):
        model.predict(X.assign(hist_shade=[["s1"]] * 60))


def test_a_history_of_nothing_known_warns():
    cells = ["new", "newer"]
    frame = mixed().assign(history=[cells] * 100)
    message = "Column 'history': expected values of 'item', .* got none of them: all are unknown. Give both"
    with pytest.warns(UserWarning, match=message):
        small(DINClassifier).fit(frame, labels(frame))
    with pytest.raises(
        TypeError, match=r"Column 'history': expected text such as 'u', as in .*, got integers such as 1"
    ):
        small(DINClassifier).fit(frame.assign(history=[[1, 2]] * 100), labels(frame))
    small(DINClassifier).fit(frame.assign(history=[[]] * 100), labels(frame))  # warnings are errors here
    small(DINClassifier).fit(frame.assign(history=[["u", *cells]] * 100), labels(frame))
