"""
What did they do before? DIN on histories of reviews
====================================================

What somebody takes next depends on what they took before, and of that mostly on what resembles the thing in question:
a camera lens on last year's camera, not on the socks bought in between. The deep interest network holds the candidate
against each step of the history and lets those count that tell of it.

Here a log of reviews (who, what, which category, when) becomes histories, the histories get negatives, and a pipeline
learns from them: first on the 100 rows of Amazon's electronics that the field's tutorials use, then, by the same lines,
on 121,892 rows of groceries, large enough to measure something.

    SKREC_DATA=... python examples/04_din_on_histories.py

`$SKREC_DATA` has folders amazon-electronics-sample and amazon-grocery; without them, the logs are generated.
"""

import os
import time
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.metrics import roc_auc_score
from sklearn.pipeline import make_pipeline

from skrec import DINClassifier
from skrec.datasets import make_ratings
from skrec.inspection import AttentionDisplay
from skrec.metrics import gauc_score
from skrec.model_selection import LeaveLastOut
from skrec.preprocessing import HistoryEncoder, TableEncoder
from skrec.sampling import add_negatives

OUTPUT = Path("output")  # where this is run
SETTINGS = {"lr": 2e-3, "embedding_l2": 0.01, "early_stopping": False}


def load(name):
    """Return a log: user_id, item_id, category and time, a row a review."""
    folder = Path(os.environ.get("SKREC_DATA", "")) / f"amazon-{name}"
    if folder.exists() and name == "electronics-sample":
        log = pd.read_csv(folder / "amazon_electronics_sample.csv").rename(columns={"cate_id": "category"})
    elif folder.exists():
        items = pd.read_csv(folder / "items.csv").rename(columns={"i_category": "category"})
        log = pd.read_csv(folder / "interactions.csv").merge(items, on="item_id")
    else:
        print(f"No {folder}, so here is a generated log instead.")
        made = make_ratings(2_000, 500, 20_000, random_state=0).X.astype(int)
        log = made.assign(category=made["item_id"] % 20, time=np.arange(len(made)))
    return log.assign(item_id=log["item_id"].astype(str), category="category " + log["category"].astype(str))


# %%
# From a log to rows to learn from
# --------------------------------
# `HistoryEncoder` adds to each review what its user did strictly before. These times are days: what was reviewed on the
# same day stays out. The last review of each user is for testing. To each review comes a row like it with an item that
# its user has nowhere in the log, neither before nor later; the model is to tell the two apart.


def learn_from(log):
    """Return training and test positives, with histories, and both again with a negative behind each."""
    rows = HistoryEncoder("user_id", "item_id", "time", columns=["category"]).fit_transform(log)
    parts = [rows.iloc[part] for part in next(LeaveLastOut("time", user="user_id").split(rows))]
    return *parts, *(add_negatives(part, 1, log=log, items=["category"], random_state=0) for part in parts)


# %%
# The pipeline
# ------------
# Each list column shares the vectors of its candidate's column; item and category of a step are looked at together.
# The model never sees who the user is: the column only says whose row it is.


def din(**options):
    """Return encoder and model as one estimator."""
    return make_pipeline(
        TableEncoder(categorical=["user_id", "item_id", "category"], sequence=["hist_item_id", "hist_category"]),
        DINClassifier(
            sequence_features={"hist_item_id": "item_id", "hist_category": "category"},
            user="user_id",
            random_state=0,
            **SETTINGS,
            **options,
        ),
    )


def evaluate(model, test):
    """Return AUC, and GAUC: the share of users whose next item is ahead of the other."""
    score = model.decision_function(test)
    return roc_auc_score(test["label"], score), gauc_score(test["label"], score, groups=test["user_id"])


# %%
# A hundred rows
# --------------
# From log to AUC. Nearly every item occurs once, so that there is nothing to learn: the lines are the point here.

_, _, train, test = learn_from(load("electronics-sample"))
print(
    train[["user_id", "item_id", "category", "hist_item_id", "label"]].tail(4).to_string(index=False, max_colwidth=30)
)
model = din(max_epochs=3).fit(train, train["label"])
print(f"{len(train)} rows to learn from, {len(test)} to be asked: AUC {evaluate(model, test)[0]:.3f}\n")

# %%
# All of the groceries
# --------------------
# The same lines. A model that draws its negatives itself, others in each epoch, is given the positives alone, and that
# is worth more here than attention: with ``attention="mean"`` all steps count the same.

positives, asked, train, test = learn_from(load("grocery"))
ones = np.ones(len(positives), int)
print(f"{len(train):,} rows to learn from, {len(test):,} to be asked")
models = {
    "negatives drawn once": (din(max_epochs=3), train, train["label"]),
    "drawn anew, all steps alike": (din(max_epochs=6, n_negatives=1, attention="mean"), positives, ones),
    "drawn anew": (din(max_epochs=6, n_negatives=1), positives, ones),
}
rows = []
for name, (model, X, y) in models.items():
    began = time.perf_counter()
    model.fit(X, y)
    rows.append((name, *evaluate(model, test), time.perf_counter() - began))
print(pd.DataFrame(rows, columns=["DIN", "AUC", "GAUC", "seconds"]).round(3).to_string(index=False))

# %%
# What the attention lies on
# --------------------------
# Of test histories with steps in the candidate's category and others: the weight of a step, in shares that are 1 where
# all count the same. Then one of them step by step. (Where items have titles, `labels` writes them for the ids.)

encoded = model[:-1].transform(asked)
steps = encoded[["category", "hist_category"]].assign(weight=model[-1].attention_weights(encoded)["hist_item_id"])
steps = steps.explode(["hist_category", "weight"]).dropna().astype({"category": str, "weight": float})
alike = (steps["hist_category"] == steps["category"]).rename("of the candidate's category")
length, share = alike.groupby(level=0).size(), alike.groupby(level=0).mean()
mixed = share[steps.index].between(0, 1, inclusive="neither")
weight = (steps["weight"] * length[steps.index])[mixed].groupby(alike[mixed]).mean()
print("\n", weight.round(2).to_string(), sep="")

user = (length * share * (1 - share))[length <= 16].idxmax()
display = AttentionDisplay.from_estimator(model, asked.loc[[user]])
OUTPUT.mkdir(exist_ok=True)
display.figure_.savefig(OUTPUT / "04_attention.png", dpi=120, bbox_inches="tight")
print(f"\nOne user's history is drawn in {OUTPUT.name}/04_attention.png.")
