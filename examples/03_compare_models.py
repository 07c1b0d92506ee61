"""
All models on one data set, in one loop
=======================================

Which of the field's models is best on *your* data? Here they are estimators, so the comparison is a loop: the same
rows, the same metrics, first on the two id columns alone, then with what is known of the users and the items. The
question is which of MovieLens-100k's movies a person will like (4 stars or more); to each liked movie come four that
the person never rated.

    python examples/03_compare_models.py                                # all models, about a quarter of an hour
    python examples/03_compare_models.py FMClassifier DeepFMClassifier  # some

Each run is a line more in `output/runs.csv`, so that what was tried yesterday is still there today.

The data is read from `$SKREC_DATA`, else downloaded once, else, on a machine without network, generated.
"""

import argparse
import time
from datetime import datetime
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from sklearn.metrics import accuracy_score, average_precision_score, log_loss, roc_auc_score
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline

import skrec
from skrec.datasets import fetch_movielens, make_ratings
from skrec.inspection import HistoryDisplay
from skrec.preprocessing import TableEncoder
from skrec.sampling import add_negatives

OUTPUT = Path("output")  # where this is run
IDS = {"categorical": ["user_id", "item_id"]}
FEATURES = {
    "categorical": ["user_id", "item_id", "gender", "occupation"],
    "numeric": ["age", "release_year"],
    "sequence": ["genres"],
}
OF_IDS = ["MFClassifier", "GMFClassifier", "NeuMFClassifier"]  # they see no other columns
OF_COLUMNS = [
    "LRClassifier",
    "FMClassifier",
    "FwFMClassifier",
    "FFMClassifier",
    "BilinearFFMClassifier",
    "DNNClassifier",
    "WideDeepClassifier",
    "DeepFMClassifier",
    "NFMClassifier",
    "XDeepFMClassifier",
    "DCNClassifier",
    "DCNv2Classifier",
    "AutoIntClassifier",
    "FiBiNETClassifier",
    "FINALClassifier",
    "FinalMLPClassifier",
]

parser = argparse.ArgumentParser(description="Compare models on one data set.", allow_abbrev=False)
parser.add_argument("models", nargs="*", help="names of estimators; all if none is given")
names = parser.parse_args().models or OF_IDS + OF_COLUMNS


def load():
    """Return who liked what, one row each; users with their columns; items with theirs; where they are from."""
    try:
        movielens = fetch_movielens("100k")
    except OSError as error:
        print(f"{error}\nSo here are generated ratings instead: ids only.\n")
        made = make_ratings(943, 1682, 100_000, random_state=0)
        liked = made.X[made.y > 3.5]
        return liked, made.X[["user_id"]].drop_duplicates(), made.X[["item_id"]].drop_duplicates(), "generated"
    liked = movielens.ratings.loc[movielens.ratings["rating"] >= 4, ["user_id", "item_id"]]
    return liked, movielens.users, movielens.movies, "MovieLens-100k"


# %%
# Positives and negatives
# -----------------------
# `log` has all that was liked, the test rows too: no negative of the training rows is a positive of the test rows. Both
# sides are drawn by the same rule, and nothing else of the test rows reaches the training.

liked, users, items, source = load()
parts = train_test_split(liked, test_size=0.2, random_state=0)
train, test = (
    add_negatives(part, 4, log=liked, items=items, random_state=seed).merge(users, on="user_id")
    for seed, part in enumerate(parts)
)
print(f"{source}: {len(train):,} rows to learn from, {len(test):,} to be asked; one in five is liked\n")

# %%
# One loop
# --------
# The columns' roles are in the pipeline's first step; all else are defaults. Above 1,000 rows every model holds out a
# tenth of its training rows and stops when it no longer gets better on them.


def run(name, columns):
    """Return the measures of one estimator as a dict."""
    columns = {role: [column for column in named if column in train] for role, named in columns.items()}
    model = make_pipeline(TableEncoder(**columns), getattr(skrec, name)(random_state=0))
    began = time.perf_counter()
    model.fit(train, train["label"])
    seconds = time.perf_counter() - began
    fitted[name.removesuffix("Classifier")] = model  # the last run, with features where it sees them
    probability = model.predict_proba(test)[:, 1]
    return {
        "AUC": roc_auc_score(test["label"], probability),
        "average precision": average_precision_score(test["label"], probability),
        "accuracy": accuracy_score(test["label"], probability > 0.5),
        "log loss": log_loss(test["label"], probability),
        "seconds": seconds,
        "epochs": model[-1].n_iter_,
        "parameters": sum(p.numel() for p in model[-1].net_.module_.parameters()),
    }


OUTPUT.mkdir(exist_ok=True)
log = OUTPUT / "runs.csv"
rows, fitted = [], {}
for label, columns in {"ids alone": IDS, "with features": FEATURES}.items():
    for name in names:
        if label == "with features" and name in OF_IDS:
            continue
        row = {"data": source, "columns": label, "model": name.removesuffix("Classifier"), **run(name, columns)}
        rows.append(row)
        line = pd.DataFrame([{"time": datetime.now().isoformat(timespec="seconds"), **row}])
        line.to_csv(log, mode="a", header=not log.exists(), index=False)
        print(f"{label:14} {row['model']:12} AUC {row['AUC']:.4f}  {row['seconds']:.0f} s", flush=True)

table = pd.DataFrame(rows).drop(columns="data")
for label, part in table.groupby("columns", sort=False):
    print(f"\n{label}, the best AUC first")
    shown = part.drop(columns="columns").sort_values("AUC", ascending=False)
    print(
        shown.to_string(
            index=False, formatters={"parameters": "{:,}".format, "seconds": "{:.0f}".format}, float_format="%.4f"
        )
    )

# %%
# The picture
# -----------
# What the other columns are worth, and what a better AUC costs.

order = table.groupby("model")["AUC"].max().sort_values().index
figure, (left, right) = plt.subplots(1, 2, figsize=(9, 0.9 + 0.3 * len(order)), sharey=True, layout="constrained")
for label, part in table.groupby("columns", sort=False):
    at = order.get_indexer(part["model"])
    left.plot(part["AUC"], at, "o", label=label)
    right.plot(part["seconds"], at, "o", label=label)
left.set_yticks(np.arange(len(order)), order)
left.set_xlabel("AUC on the test rows")
right.set_xlabel("seconds of fit")
right.set_xlim(left=0)
left.legend(frameon=False)
for axes in (left, right):
    axes.grid(alpha=0.3)
    axes.spines[["top", "right"]].set_visible(False)
figure.suptitle(f"Which movies will a person like? {source}, four negatives a positive", fontsize=11)
figure.savefig(OUTPUT / "03_models.png", dpi=120)

# %%
# How they learnt
# ---------------
# The loss of rows that were held out by each model, of the same tenth. A line that turns up is learning its training
# rows by heart, and the dotted one says where it was stopped.

chosen = dict(list(fitted.items())[:6])  # more would not be told apart
display = HistoryDisplay.from_estimators(chosen)[0]
display.figure_.savefig(OUTPUT / "03_histories.png", dpi=120)
print(f"\nPictures are 03_models.png and 03_histories.png in {OUTPUT.name}; every run so far is in runs.csv there.")
