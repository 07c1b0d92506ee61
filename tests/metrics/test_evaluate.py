"""A recommender measured as its lists would be by hand."""

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from skrec import MFClassifier
from skrec.metrics import evaluate_ranking
from skrec.retrieval import Recommender


class Fixed:
    """Recommends the same order to everybody."""

    user, item = "who", "what"
    items = pd.DataFrame({"what": list("abcdef")})

    def recommend(self, users, k, *, exclude=None, filter=None):
        self.asked = users
        seen = set() if exclude is None else set(zip(exclude["who"], exclude["what"], strict=True))
        lists = [[i for i in "abcdef" if (user, i) not in seen][:k] for user in users["who"]]
        rows = [(user, i, r + 1) for user, own in zip(users["who"], lists, strict=True) for r, i in enumerate(own)]
        return pd.DataFrame(rows, columns=["who", "what", "rank"])


TEST = pd.DataFrame({"who": [1, 1, 2, 3, 1], "what": ["b", "e", "a", "z", "b"]})  # a row that repeats counts once


def test_it_is_the_mean_over_the_users_of_the_test_rows():
    frame = evaluate_ranking(Fixed(), TEST, k=[3, 1])
    assert frame.index.tolist() == [1, 3]
    expected = {
        "hit_rate": [1 / 3, 2 / 3],
        "recall": [1 / 3, (1 / 2 + 1 + 0) / 3],
        "precision": [1 / 3, (1 / 3 + 1 / 3 + 0) / 3],
        "map": [1 / 3, (1 / 2 / 2 + 1) / 3],
        "mrr": [1 / 3, (1 / 2 + 1) / 3],
        "ndcg": [1 / 3, (1 / np.log2(3) / (1 + 1 / np.log2(3)) + 1) / 3],
        "coverage": [1 / 6, 3 / 6],
        "outside_catalogue": [1 / 5, 1 / 5],  # "z"
    }
    pd.testing.assert_frame_equal(frame, pd.DataFrame(expected, index=pd.Index([1, 3], name="k")))


def test_what_is_excluded_makes_room():
    exclude = pd.DataFrame({"who": [1] * 6 + [2], "what": [*"abcdef", "b"]})
    frame = evaluate_ranking(Fixed(), TEST, k=2, exclude=exclude)
    assert frame.loc[2, "recall"] == (0 + 1 + 0) / 3  # 1 has an empty list
    assert frame.loc[2, "coverage"] == 3 / 6


def test_users_without_test_rows_are_not_asked_for_and_novelty_needs_a_log():
    recommender, users = Fixed(), pd.DataFrame({"who": [1, 2, 3, 4], "age": 5})
    log = pd.DataFrame({"what": list("aabc")})
    frame = evaluate_ranking(recommender, TEST, k=1, users=users, log=log)
    assert recommender.asked["who"].tolist() == [1, 2, 3]
    assert frame.loc[1, "novelty"] == 1


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"test": [1]}, TypeError, "Expected test as a frame, pandas, polars or Arrow, got list"),
        ({"test": TEST[["who"]]}, ValueError, r"Expected rows with the columns \['who', 'what'\] in test"),
        ({"test": TEST[:0]}, ValueError, "got 0 rows"),
        ({"test": TEST.assign(what=[None, *"eazb"])}, ValueError, "Column 'what' of test has missing ids; drop those"),
        (
            {"test": TEST.assign(what=5)},
            TypeError,
            "Column 'what' of test: expected text such as 'a', as in the cat.*5;",
        ),
        ({"users": TEST.assign(who="1")}, TypeError, "Column 'who' of users: expected integers such as 1, as in test,"),
        ({"log": TEST.assign(what=5)}, TypeError, "items: expected integers such as 5, as in taken, got text such as"),
        ({"users": TEST[:1]}, ValueError, "Expected every user of test in users, got 2 without, 2 for one"),
        ({"k": [0, 1]}, ValueError, "Expected lengths k of at least 1, got 0"),
        ({"k": 0}, ValueError, "The 'k' parameter of evaluate_ranking must be"),
        ({"log": TEST[["who"]]}, ValueError, r"Expected rows with the columns \['what'\] in log"),
    ],
)
def test_bad_input(change, error, message):
    with pytest.raises(error, match=message):
        evaluate_ranking(Fixed(), **{"test": TEST, "k": 1, **change})


CONTAINERS = {
    "category": lambda frame: frame.astype("category"),
    "polars": pl.from_pandas,
    "polars Categorical": lambda frame: pl.from_pandas(frame).cast(pl.Categorical),
    "polars Enum": lambda frame: pl.from_pandas(frame).with_columns(
        pl.col(name).cast(pl.Enum(frame[name].unique().tolist())) for name in frame
    ),
    "Arrow": lambda frame: pa.Table.from_pandas(frame, preserve_index=False),
}
LOG = pd.DataFrame({"user_id": list("aabbcc"), "item_id": list("xyxzyz")})


@pytest.mark.parametrize("users", [None, *CONTAINERS])
@pytest.mark.parametrize("rows", CONTAINERS)
def test_every_container_of_ids_is_the_same(rows, users):
    model = MFClassifier(n_negatives=1, max_epochs=1, random_state=0).fit(LOG, np.ones(6))
    recommender = Recommender(model, pd.DataFrame({"item_id": list("xyz")}))
    expected = evaluate_ranking(recommender, LOG[:4], k=1, users=pd.DataFrame({"user_id": list("ab")}), log=LOG)
    recommender = Recommender(
        model, CONTAINERS[rows](LOG)[["item_id"]].unique() if "polars" in rows else recommender.items
    )
    asked = users and CONTAINERS[users](pd.DataFrame({"user_id": list("abc")}))
    found = evaluate_ranking(recommender, CONTAINERS[rows](LOG[:4]), k=1, users=asked, log=CONTAINERS[rows](LOG))
    pd.testing.assert_frame_equal(found, expected)


def test_an_enum_of_ids_is_found_among_integers():
    log = LOG.assign(user_id=[10, 10, 9, 9, 8, 8], item_id=[100, 99, 100, 7, 99, 7])
    model = MFClassifier(n_negatives=1, max_epochs=1, random_state=0).fit(log, np.ones(6))
    recommender = Recommender(model, log[["item_id"]].drop_duplicates())
    enum = CONTAINERS["polars Enum"](log.astype(str))
    users = enum.select("user_id").unique(maintain_order=True)
    for exclude in (None, log[:2]):
        expected = evaluate_ranking(recommender, log, k=2, exclude=exclude, log=log)
        as_enum = None if exclude is None else enum[:2]
        pd.testing.assert_frame_equal(
            evaluate_ranking(recommender, enum, k=2, users=users, exclude=as_enum, log=enum), expected
        )
