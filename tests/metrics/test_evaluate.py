"""A recommender measured as its lists would be by hand."""

import numpy as np
import pandas as pd
import pytest

from skrec.metrics import evaluate_ranking


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
        ({"users": TEST[:1]}, ValueError, "Expected every user of test in users, got 2 without, 2 for one"),
        ({"k": [0, 1]}, ValueError, "Expected lengths k of at least 1, got 0"),
        ({"k": 0}, ValueError, "The 'k' parameter of evaluate_ranking must be"),
        ({"log": TEST[["who"]]}, ValueError, r"Expected rows with the columns \['what'\] in log"),
    ],
)
def test_bad_input(change, error, message):
    with pytest.raises(error, match=message):
        evaluate_ranking(Fixed(), **{"test": TEST, "k": 1, **change})
