"""Models of a history and its next item: rows and whole sequences, what is refused, lists to users."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from skrec import GRU4RecClassifier, MINDClassifier, SASRecClassifier
from skrec.objectives.samplers import AllItems
from skrec.retrieval import Recommender

MODELS = [SASRecClassifier, GRU4RecClassifier, MINDClassifier]
every = pytest.mark.parametrize("cls", MODELS)
NEXT = {"tea": "jam", "jam": "ale", "ale": "rum", "rum": "tea"}
KINDS = {"tea": "drink", "jam": "food", "ale": "drink", "rum": "drink", "new": "food"}


def walks(n_rows=60, seed=0):
    """Return sequences that go round through four items, from any of them."""
    rng, found = np.random.default_rng(seed), []
    for _ in range(n_rows):
        walk = [str(rng.choice(list(NEXT)))]
        for _ in range(rng.integers(1, 6)):
            walk.append(NEXT[walk[-1]])
        found.append(walk)
    return found


def whole(sequences):
    return pd.DataFrame({"items": sequences})


def rows_of(sequences):
    """Return a row of history and next item for every position after the first."""
    pairs = [(walk[:end], walk[end]) for walk in sequences for end in range(1, len(walk))]
    return pd.DataFrame({"items": [past for past, _ in pairs], "item": [item for _, item in pairs]})


def small(cls, **params):
    epochs = 30 if cls is MINDClassifier else 15  # interests take their parts first
    params = {
        "embedding_dim": 8,
        "lr": 0.02,
        "max_epochs": epochs,
        "batch_size": 12,
        "dropout": 0.0,
        "random_state": 0,
        **params,
    }
    return cls(sequence_features={"items": "item"}, **params)


def follows(model, items=tuple(NEXT)):
    """Return what the model ranks first behind each item."""
    users = model.embed_users(pd.DataFrame({"items": [[item] for item in items]}))
    scores = best_of(users, model.embed_items(pd.DataFrame({"item": list(NEXT)})))
    return {item: list(NEXT)[best] for item, best in zip(items, scores.argmax(1), strict=True)}


def best_of(users, items):
    """Return how users match items, by their vector or by the best of several."""
    scores = users @ items.T
    return scores if scores.ndim == 2 else scores.max(1)


@every
@pytest.mark.parametrize("form", [whole, rows_of], ids=["whole", "rows"])
def test_learns_what_comes_next(cls, form):
    X = form(walks())
    assert follows(small(cls).fit(X, np.ones(len(X)))) == NEXT


@every
def test_whole_sequences_are_the_rows_of_all_their_positions(cls):
    """In a single step of all rows: the same loss of the same weights, and so the same weights."""
    sequences = walks(20)
    options = {"max_epochs": 1, "batch_size": 1000, "optimizer": "sgd", "lr": 0.5}
    one, other = (small(cls, **options).fit(X, np.ones(len(X))) for X in (whole(sequences), rows_of(sequences)))
    missing = set(NEXT) - set(rows_of(sequences)["item"])
    assert not missing
    assert one.history_["train_loss"][0] == pytest.approx(other.history_["train_loss"][0], rel=1e-5)
    users = pd.DataFrame({"items": sequences})
    np.testing.assert_allclose(one.embed_users(users), other.embed_users(users), rtol=1e-3, atol=1e-5)


@every
@pytest.mark.parametrize(
    "options",
    [
        {"loss": "softmax", "negatives": "uniform"},
        {"loss": "softmax", "negatives": "popularity", "n_negatives": 3},
        {"loss": "sampled_bce", "n_negatives": 2},
        {"loss": "gbce", "n_negatives": 2},
        {"loss": "bpr"},
        {"loss": "ccl", "negative_weight": 1.0, "margin": 0.2, "lr": 0.05, "max_epochs": 30},
        {"loss": "softmax", "negatives": AllItems(), "precision": "bfloat16"},
    ],
    ids=lambda options: f"{options['loss']}-{options.get('n_negatives', '')}",
)
def test_every_loss_learns_whole_sequences(cls, options):
    assert follows(small(cls, **options).fit(whole(walks()), np.ones(60))) == NEXT


@every
def test_attributes_of_items_serve_items_that_are_new(cls):
    X = whole(walks()).assign(kinds=[[KINDS[item] for item in walk] for walk in walks()])
    model = cls(
        sequence_features={"items": "item", "kinds": "kind"}, embedding_dim=8, lr=0.02, max_epochs=5, random_state=0
    ).fit(X, np.ones(60))
    items = pd.DataFrame({"item": list(KINDS), "kind": list(KINDS.values())})
    new, jam, tea = (model.embed_items(items)[row] for row in (4, 1, 0))
    kind = model.embedding("kind").drop(columns="bias", errors="ignore").loc["food"].to_numpy()
    np.testing.assert_allclose(new, kind, rtol=1e-5)  # of the item itself nothing is known
    assert not np.allclose(jam, tea)


@every
def test_lists_of_items_to_users(cls):
    X = whole(walks())
    recommender = Recommender(small(cls).fit(X, np.ones(60)), pd.DataFrame({"item": list(NEXT)}), item="item")
    users = pd.DataFrame({"user_id": ["a", "b"], "items": [["tea"], ["tea", "jam"]]})
    seen = pd.DataFrame({"user_id": ["b"], "item": ["ale"]})
    lists = recommender.recommend(users, 2, exclude=seen)
    assert lists.groupby("user_id")["item"].first()["a"] == "jam"
    assert "ale" not in set(lists.loc[lists["user_id"] == "b", "item"])
    with pytest.raises(ValueError, match="knows nothing of 1 of 1 users, 'c' for one"):
        recommender.recommend(pd.DataFrame({"user_id": ["c"], "items": [[]]}), 2)
    with pytest.raises(ValueError, match="k of at most the 4 items of the catalogue, got 5"):
        recommender.recommend(users, 5)


@every
def test_integers_and_arrow_lists_are_ids_too(cls):
    codes = {item: 100 + place for place, item in enumerate(NEXT)}
    numbers = [[codes[item] for item in walk] for walk in walks()]
    X = pd.DataFrame({"items": pd.Series(numbers, dtype=pd.ArrowDtype(pa.list_(pa.int64())))})
    model = small(cls).fit(X, np.ones(60))
    users, items = pd.DataFrame({"items": [[100], [101]]}), pd.DataFrame({"item": [*codes.values()]})
    assert best_of(model.embed_users(users), model.embed_items(items)).argmax(1).tolist() == [1, 2]


@every
def test_validation_rows_may_be_of_either_form(cls):
    X, other = whole(walks()), walks(10, seed=1)
    losses = [
        small(cls, max_epochs=2).fit(X, np.ones(60), X_val=V, y_val=np.ones(len(V))).history_["valid_loss"]
        for V in (whole(other), rows_of(other))
    ]
    np.testing.assert_allclose(*losses, rtol=1e-5)


def refuses(X, message, cls=SASRecClassifier, error=ValueError, **params):
    with pytest.raises(error, match=message):
        small(cls, **params).fit(X, np.ones(len(X)))


@every
def test_bad_input_is_refused_in_a_sentence(cls):
    texts = pd.DataFrame({"items": ["tea jam", "ale rum"]})
    refuses(texts, "expected column 'items' to be sequence, got categorical; .*SequenceEncoder", cls, TypeError)
    refuses(
        whole([["tea"], [], ["jam"]]), "each value after the first is learnt from, got none of two values in 3", cls
    )
    grouped = whole([["tea", "jam"]]).assign(group="a")
    refuses(grouped, "in user_features, as a history is the user's", cls, item_features=["items", "item"])
    uneven = whole([["tea", "jam"]]).assign(kinds=[["drink"]])
    with pytest.raises(ValueError, match=r"lists of equal length, .* got 2 and 1 values in row 0"):
        cls(sequence_features={"items": "item", "kinds": "kind"}).fit(uneven, [1])
    twice = rows_of(walks()).assign(others=rows_of(walks())["items"])
    with pytest.raises(ValueError, match=r"reads one history, .*'others': 'item'"):
        cls(sequence_features={"items": "item", "others": "item"}).fit(twice, np.ones(len(twice)))
    with pytest.raises(ValueError, match="n_negatives=0, got 3, or choose loss='sampled_bce'"):
        cls(n_negatives=3).fit(np.eye(2), [0, 1])


@every
def test_items_of_a_history_that_no_row_has_for_a_next_item_are_said(cls):
    X = pd.DataFrame({"items": [["x"], ["y"]] * 20, "item": ["tea", "jam"] * 20})
    with pytest.warns(UserWarning, match="'items': expected values of 'item', whose vocabulary it shares, got none"):
        small(cls, max_epochs=1).fit(X, np.ones(40))


@every
def test_a_long_history_is_cut_at_its_old_end_and_that_is_said(cls):
    X, cut = (pd.DataFrame({"items": [[*old, "tea", "jam"]] * 8, "item": ["ale"] * 8}) for old in (["rum"], []))
    with pytest.warns(UserWarning, match="8 of 8 histories have more than max_length=2 values, up to 3; the oldest"):
        model = small(cls, max_length=2, max_epochs=1).fit(
            X.assign(item=["ale", *NEXT, "ale", "tea", "jam"]), np.ones(8)
        )
    np.testing.assert_array_equal(model.embed_users(X), model.embed_users(cut))


@every
def test_a_catalogue_of_one_item(cls):
    model = small(cls, max_epochs=2).fit(whole([["tea", "tea"]] * 10), np.ones(10))
    assert model.history_["train_loss"].tolist() == [0.0, 0.0]  # there is nothing to choose from
    assert np.isfinite(model.embed_users(whole([["tea"], []]))).all()


def test_heads_divide_the_width():
    refuses(whole(walks()), "'n_heads' parameter of SASRecClassifier must divide embedding_dim=8. Got 3", n_heads=3)


@every
def test_plain_arrays_are_labelled_rows_of_a_user_and_an_item(cls):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(200, 3))
    y = X[:, 0] * X[:, 2] > 0
    model = cls(lr=0.02, max_epochs=40, random_state=0).fit(X, y)
    assert model.score(X, y) > 0.9
    assert model._columns_.sides == ([0, 1], [2])


@every
def test_items_that_a_user_has_anywhere_are_no_negatives(cls):
    """Of a user who has three of four items the fourth alone is drawn."""
    X = whole([["tea", "jam", "ale"]] * 6 + [["rum", "rum"]]).assign(user=[*"aaaaaab"])
    model = small(cls, user="user", loss="bpr", n_negatives=2, max_epochs=1).fit(X, np.ones(7))
    assert model.schema_.of_role("categorical")[0].name == "item"
    full = whole([list(NEXT)] * 2).assign(user=["a", "a"])
    refuses(full, "nothing to draw for user 'a', who has all 4 items", cls, user="user", loss="bpr")
