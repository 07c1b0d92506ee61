"""
Several targets: rated, and liked if rated
==========================================

Four movies that a user of MovieLens-100k did not rate come to each that the user did. Two questions stand in a row: is
the movie rated, and is it liked, 4 stars or more? The second has no answer where nobody rated, which is most rows; what
is learnt of the first may help it. Models of both targets stand beside one model for each, and ESMM, a chain, beside
the model that sees rated rows alone, where both are asked about all.

    python examples/09_several_targets.py

The data is read from `$SKREC_DATA`, else downloaded once, else, on a machine without network, generated. The ratings of
250 users will do; examples/benchmarks/several_targets.py has more of them, and three seeds.
"""

import time

import numpy as np
import pandas as pd
from sklearn.metrics import roc_auc_score
from sklearn.pipeline import make_pipeline

from skrec import DNNClassifier, ESMMClassifier, MMoEClassifier, PLEClassifier, SharedBottomClassifier
from skrec.datasets import fetch_movielens, make_ratings
from skrec.metrics import target_scorer
from skrec.preprocessing import TableEncoder
from skrec.sampling import add_negatives

FEATURES = {
    "categorical": ["user_id", "item_id", "gender", "occupation"],
    "numeric": ["age", "release_year"],
    "sequence": ["genres"],
}


def load(n_users=250):
    """Return ratings in the order of time with `liked`, users with their columns, items with theirs."""
    try:
        movielens = fetch_movielens("100k")
    except OSError as error:
        print(f"{error}\nSo here are generated ratings instead: ids only.\n")
        made = make_ratings(n_users, 1682, 30_000, random_state=0)
        liked = made.X.assign(liked=(made.y > np.median(made.y)).astype(int))
        return liked, made.X[["user_id"]].drop_duplicates(), made.X[["item_id"]].drop_duplicates()
    users = movielens.users.head(n_users)
    ratings = movielens.ratings.sort_values("timestamp", kind="stable")
    ratings = ratings[ratings["user_id"].isin(users["user_id"])]
    return ratings.assign(liked=(ratings["rating"] >= 4).astype(int)), users, movielens.movies


# %%
# Two targets, of which one may be missing
# ----------------------------------------
# The last fifth of each user's ratings is to be predicted. `liked` is NaN where nobody rated.

ratings, users, items = load()
place = ratings.groupby("user_id", observed=True).cumcount(ascending=False)
last = place < 0.2 * ratings.groupby("user_id", observed=True)["item_id"].transform("size")
ratings = ratings[["user_id", "item_id", "liked"]]


def rows_of(part, log, seed):
    """Return the rated movies of `part`, four others after each, and both targets."""
    rows = add_negatives(part, 4, label="rated", log=log, items=items, random_state=seed).merge(users, on="user_id")
    y = pd.DataFrame({"rated": rows["rated"], "liked": rows["liked"].where(rows["rated"] == 1)})
    return rows.drop(columns=["rated", "liked"]), y


train, y_train = rows_of(ratings[~last], ratings[~last], seed=0)
test, y_test = rows_of(ratings[last], ratings, seed=1)
print(f"{len(train):,} rows to learn from, {len(test):,} to be asked about")
print(y_train.assign(liked=y_train["liked"].map({0: "no", 1: "yes"}).fillna("missing")).value_counts(), "\n")

# %%
# A model for each target, models of both
# ---------------------------------------
# All have the same vectors and nearly the same layers, and stop on a tenth of their rows.

COMMON = {"lr": 2e-3, "batch_norm": True, "dropout": 0.2, "weight_decay": 0.1, "embedding_l2": 0.003}
COMMON |= {"batch_size": 1024, "max_epochs": 8, "n_iter_no_change": 2, "random_state": 0}
SINGLE = {"hidden_layer_sizes": (64, 32), **COMMON}
SEVERAL = {"scoring": target_scorer("roc_auc"), **COMMON}
models = {
    "rated alone": DNNClassifier(scoring="roc_auc", **SINGLE),
    "liked alone": DNNClassifier(scoring="roc_auc", **SINGLE),
    "SharedBottom": SharedBottomClassifier(hidden_layer_sizes=(64,), **SEVERAL),
    "MMoE": MMoEClassifier(hidden_layer_sizes=(64,), n_experts=2, **SEVERAL),
    "PLE": PLEClassifier(hidden_layer_sizes=(64,), n_levels=1, n_experts=1, n_target_experts=1, **SEVERAL),
    "ESMM": ESMMClassifier(hidden_layer_sizes=(64, 32), **SEVERAL),
}
columns = {role: [name for name in names if name in train] for role, names in FEATURES.items()}
rated = (y_test["rated"] == 1).to_numpy()
table = {}
for name, model in models.items():
    pipe = make_pipeline(TableEncoder(**columns), model)
    began = time.perf_counter()
    if name.endswith("alone"):
        target = name.split()[0]
        there = y_train[target].notna()
        pipe.fit(train[there], y_train.loc[there, target])
        p = {target: pipe.predict_proba(test)[:, 1]}
    else:
        pipe.fit(train, y_train)
        p = {target: of[:, 1] for target, of in zip(y_train, pipe.predict_proba(test), strict=True)}
    row = {"seconds": time.perf_counter() - began}
    if "rated" in p:
        row["rated"] = roc_auc_score(rated, p["rated"])
    if "liked" in p:
        # P(liked) is of a movie that is rated, and ESMM's of rated and liked
        given = p["liked"] / p["rated"] if name == "ESMM" else p["liked"]
        both = given * p.get("rated", 1)  # all that a model of likes alone can say
        row["liked, if rated"] = roc_auc_score(y_test.loc[rated, "liked"], given[rated])
        row["rated and liked"] = roc_auc_score(y_test["liked"] == 1, both)
    table[name] = row
    print(f"{name:14} {row['seconds']:.0f} s", flush=True)

# %%
# What each target gains
# ----------------------
# AUC on the test rows, and how much more it is than that of the model of one target. On so few rows single targets
# seldom gain. What does is the last question, which movies will be rated and liked: likes that are learnt of rated rows
# alone do not answer it.

scores = pd.DataFrame(table).T[["rated", "liked, if rated", "rated and liked"]]
alone = scores.loc["rated alone"].fillna(scores.loc["liked alone"])
gains = (scores - alone).add_prefix("gain: ").drop(index=["rated alone", "liked alone"])
print("\n" + pd.concat([scores, gains], axis=1).to_string(float_format="%.4f", na_rep=""))
