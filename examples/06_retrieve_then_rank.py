"""
Retrieve, then rank
===================

Two towers compare a user with every item for the price of an inner product, but user and item meet nowhere else. DeepFM
lets all of their columns meet, and has to be asked about every pair. So the towers propose a hundred movies for each
user of MovieLens-100k, and DeepFM, which is told what the towers think, puts these into order. In the end both stages
are one function, `retrieve_then_rank`.

    python examples/06_retrieve_then_rank.py

The data is read from `$SKREC_DATA`, else downloaded once, else, on a machine without network, generated.
"""

import time
from types import SimpleNamespace

import numpy as np
import pandas as pd
from sklearn.base import clone
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline

from skrec import DeepFMClassifier, TwoTowerClassifier
from skrec.datasets import fetch_movielens, make_ratings
from skrec.metrics import evaluate_ranking
from skrec.preprocessing import TableEncoder
from skrec.retrieval import Recommender

CANDIDATES, K = 100, 10
IDS = ["user_id", "item_id"]


def load():
    """Return who liked what, a row each; users and items with their columns; where they are from."""
    try:
        movielens = fetch_movielens("100k")
    except OSError as error:
        print(f"{error}\nSo here are generated ratings instead: ids only.\n")
        made = make_ratings(943, 1682, 100_000, random_state=0)
        users, items = (made.X[[name]].drop_duplicates(ignore_index=True) for name in IDS)
        return made.X[made.y > np.median(made.y)], users, items, "generated ratings"
    liked = movielens.ratings.loc[movielens.ratings["rating"] >= 4, IDS]
    return liked, movielens.users, movielens.movies, "MovieLens-100k"


# %%
# What is known
# -------------
# Who liked which movie, 4 stars or more. A fifth of it is to be found again.

liked, users, items, source = load()
train, test = train_test_split(liked, test_size=0.2, random_state=0)
items = items[items["item_id"].isin(train["item_id"])].reset_index(drop=True)
users = users[users["user_id"].isin(train["user_id"])].reset_index(drop=True)
test = test[test["item_id"].isin(items["item_id"]) & test["user_id"].isin(users["user_id"])]
print(f"{source}: {len(train):,} likes to learn from, {len(test):,} to be found among {len(items):,} items\n")

columns = {
    "categorical": ["user_id", "item_id", "gender", "occupation"],
    "numeric": ["age", "release_year"],
    "sequence": ["genres"],
}
columns = {role: [name for name in names if name in users or name in items] for role, names in columns.items()}

# %%
# Two towers
# ----------
# They learn from likes alone, each held against the other movies of its batch.

towers = make_pipeline(
    TableEncoder(**columns),
    TwoTowerClassifier(
        user_features=[name for name in ("user_id", "gender", "occupation", "age") if name in users],
        loss="softmax",
        embedding_dim=32,
        hidden_layer_sizes=(),
        lr=5e-3,
        max_epochs=8,
        early_stopping=False,
        random_state=0,
    ),
)


def retriever_of(likes):
    """Return a recommender that learnt from `likes`."""
    rows = likes.merge(users, on="user_id").merge(items, on="item_id")
    liked_by_some = items["item_id"].isin(likes["item_id"])
    return Recommender(clone(towers).fit(rows, np.ones(len(rows), int)), items[liked_by_some])


def candidates(retriever, users, **options):
    """Return the rows that DeepFM reads: a hundred movies for each user, the towers' score beside."""
    lists = retriever.recommend(users, CANDIDATES, **options).rename(columns={"score": "tower_score"})
    return lists.drop(columns="rank").merge(users, on="user_id").merge(items, on="item_id")


# %%
# A ranker for candidates
# -----------------------
# What DeepFM will see are candidates, so it learns from candidates. A quarter of the likes is hidden from the towers
# at first; which of these come back among a hundred movies are the labels. Were the towers' own training rows scored,
# DeepFM would trust them too much. After that the towers learn from all likes.

start = time.perf_counter()
shown, hidden = train_test_split(train, test_size=0.25, random_state=1)
rows = candidates(retriever_of(shown), users[users["user_id"].isin(shown["user_id"])], exclude=shown)
label = pd.MultiIndex.from_frame(rows[IDS]).isin(pd.MultiIndex.from_frame(hidden))
encoder = TableEncoder(**{**columns, "numeric": [*columns["numeric"], "tower_score"]})
ranker = DeepFMClassifier(lr=2e-3, max_epochs=4, early_stopping=False, random_state=0)
deepfm = make_pipeline(encoder, ranker).fit(rows, label)
retriever = retriever_of(train)
print(f"{len(rows):,} candidates, {label.mean():.1%} of them liked; fitted in {time.perf_counter() - start:.0f} s\n")

# %%
# One function
# ------------
# Candidates come from the index of the movies' vectors, where what a user has liked already is left out. DeepFM then
# scores a hundred pairs a user, not one for each movie.


def retrieve_then_rank(users, k, *, exclude=None, filter=None):
    """Return the k best of the towers' candidates for each user, as DeepFM scores them."""
    rows = candidates(retriever, users, exclude=exclude, filter=filter)
    rows = rows.assign(score=deepfm.decision_function(rows))
    rows = rows.sort_values(["user_id", "score"], ascending=[True, False], kind="stable")
    rows["rank"] = rows.groupby("user_id").cumcount() + 1
    return rows.loc[rows["rank"] <= k, [*IDS, "score", "rank"]]


someone = users[users["user_id"] == test["user_id"].iloc[0]]
found = retrieve_then_rank(someone, 5, exclude=train).merge(items, on="item_id")
print(f"For user {someone['user_id'].iloc[0]}:")
print(found[[name for name in ("rank", "title", "item_id", "score") if name in found]].to_string(index=False))

# %%
# What each stage finds
# ---------------------
# Whatever has `recommend` can be measured. Settings were chosen on likes of the training rows, held out once more. On
# the test rows the order gets a little better (ndcg, map, mrr), while the ten movies are no more often the right ones.

both = SimpleNamespace(recommend=retrieve_then_rank, items=items, user="user_id", item="item_id")
table = {
    name: evaluate_ranking(stage, test, k=K, users=users, exclude=train).loc[K]
    for name, stage in {"two towers": retriever, "two towers, then DeepFM": both}.items()
}
reach = evaluate_ranking(retriever, test, k=CANDIDATES, users=users, exclude=train)["recall"].iloc[0]
print(f"\nAmong {CANDIDATES} candidates is {reach:.0%} of what is to be found. In lists of {K}:")
print(pd.DataFrame(table).T.round(4).to_string())
