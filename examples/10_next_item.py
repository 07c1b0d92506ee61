"""
The next item: from sequences to lists, beside baselines
========================================================

What does a user of Amazon's beauty department take next, of all 12,101 items? A model of sequences learns from a row a
user: each position after the first is one to predict. Its vectors go into an index, and lists come out, in which no
more than two items are of one category. Popularity, item-kNN, EASE and ALS stand beside it, for a net is believed only
then, and a picture shows what of a history it looks at.

    SKREC_DATA=... python examples/10_next_item.py

The file is `amazon-beauty/sequences.txt` in `$SKREC_DATA`; where that is missing, sequences are generated. Here the net
is small and learns of 2,000 users; examples/benchmarks/next_item.py has it at its best.
"""

import json
import os
from pathlib import Path

import numpy as np
import pandas as pd

from skrec import SASRecClassifier
from skrec.baselines import ALS, EASE, ItemKNN, Popularity
from skrec.inspection import AttentionDisplay
from skrec.metrics import evaluate_ranking
from skrec.retrieval import Recommender

K = 10


def load():
    """Return the items of each user, the oldest first, and the category of each item."""
    folder = Path(os.environ.get("SKREC_DATA", "")) / "amazon-beauty"
    if not (folder / "sequences.txt").exists():
        print("There is no Amazon beauty here, so here are generated sequences: each item has a usual successor.\n")
        rng = np.random.default_rng(0)
        walks = []
        for _ in range(600):
            walk = [int(rng.integers(100))]
            for _ in range(int(rng.integers(4, 12))):
                walk.append((walk[-1] * 7 + 3) % 100 if rng.random() < 0.7 else int(rng.integers(100)))
            walks.append([f"i{item}" for item in walk])
        return walks, {f"i{item}": f"category {item % 5}" for item in range(100)}
    attributes = json.loads((folder / "item_attributes.json").read_text())
    lines = (folder / "sequences.txt").read_text().splitlines()
    walks = [line.split()[1:] for line in lines[:2000]]
    return walks, {item: str(attributes.get(item, ["none"])[0]) for walk in walks for item in walk}


# %%
# The last item of each user is to be found
# -----------------------------------------

sequences, category = load()
users = pd.DataFrame({"user_id": range(len(sequences)), "items": [walk[:-1] for walk in sequences]})
log = users.explode("items").rename(columns={"items": "item_id"}).reset_index(drop=True)
test = pd.DataFrame({"user_id": users["user_id"], "item_id": [walk[-1] for walk in sequences]})
items = pd.DataFrame({"item_id": sorted(set(log["item_id"]))})
items["category"] = items["item_id"].map(category)

# %%
# A row a user: the frame has the sequences alone, and y is ones
# --------------------------------------------------------------
# `sequence_features` says that the list's values are those of a column `item_id`, which no row needs: of each position
# the items before it are the history, and its own is the next item.

model = SASRecClassifier(
    sequence_features={"items": "item_id"}, embedding_dim=32, lr=3e-3, batch_size=64, max_epochs=12, random_state=0
)
model.fit(users[["items"]], np.ones(len(users)))
print(model.history_[["epoch", "train_loss", "seconds"]].round(2).to_string(index=False), "\n")

# %%
# Lists, and how good they are
# ----------------------------
# Baselines know which items a user took, and nothing of their order. Of a few thousand users EASE can still be ahead of
# the net; of all 22,363 it finds .0359, and SASRec .0795, as examples/benchmarks/README.md has it.

pairs = log[["user_id", "item_id"]].astype(str)
baselines = {
    "EASE": EASE(l2=100.0),
    "item-kNN": ItemKNN(),
    "ALS": ALS(n_factors=32, random_state=0),
    "popularity": Popularity(),
}
tables = {}
for name, estimator in {"SASRec": model, **baselines}.items():
    sequential = estimator is model
    recommender = Recommender(estimator if sequential else estimator.fit(pairs), items)
    asked = users if sequential else None
    relevant, seen = (test, log) if sequential else (test.astype(str), pairs)
    relevant = relevant[relevant["item_id"].isin(items["item_id"])]
    tables[name] = evaluate_ranking(recommender, relevant, k=[K], users=asked, exclude=seen).iloc[0]
print(pd.DataFrame(tables).T[["recall", "ndcg", "coverage"]].round(4), "\n")

# %%
# What it looks at
# ----------------
# The last step of a history reads from all of them: here the attention of the last block, for a user whose next item
# was found high up. Not the newest alone counts.

asked = users[["items"]].assign(item_id=test["item_id"])
few = asked[users["items"].map(len).between(8, 12)].head(400)
vectors = model.embed_users(few[["items"]]) @ model.embed_items(items[["item_id"]]).T
own = items["item_id"].searchsorted(few["item_id"])
ahead = (vectors > vectors[np.arange(len(few)), np.minimum(own, len(items) - 1)][:, None]).sum(1)
best = few.iloc[[int(ahead.argmin())]]
names = {item: f"item {item}, {kind[:40]}" for item, kind in category.items()}
display = AttentionDisplay.from_estimator(model, best, labels=names, name="SASRec")

# %%
# No more than two items of a category, and lists that are not all alike
# ----------------------------------------------------------------------

rules = {"at_most": {"category": 2}, "diversity": 0.2}
lists = Recommender(model, items).recommend(users[:2], K, exclude=log, **rules)
print(lists.merge(items, on="item_id").sort_values(["user_id", "rank"]).to_string(index=False))
