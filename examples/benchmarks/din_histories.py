"""
DIN on Amazon's reviews
=======================

What does a user take next? A row is a user's history, the items and their categories, and a candidate: what came next,
or an item that the user never had. The last of each user are the test rows, each beside one such item, all before them
the training rows, for which other candidates are drawn anew each epoch or, with ``--fixed``, once. No model sees who
the user is.

Settings and epochs were chosen with ``--valid``, on beauty: on the second-last of each user, after training on what was
before, in seven runs of seed 0.
GAUC is the mean of the users' own AUC, here the share of users whose next item is ahead of the other.

    SKREC_DATA=... python examples/benchmarks/din_histories.py beauty [--valid] [--fixed] [--seeds N] [MODEL ...]

``SKREC_DATA`` has amazon-beauty (sequences.txt: a user and the items in their order; item_attributes.json, of which the
last is taken as category) and amazon-grocery (interactions.csv: user_id, item_id, time; items.csv with i_category).
"""

import argparse
import itertools
import json
import os
import time
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.base import clone
from sklearn.metrics import roc_auc_score

from skrec import BSTClassifier, DeepFMClassifier, DINClassifier
from skrec.metrics import gauc_score
from skrec.preprocessing import HistoryEncoder
from skrec.sampling import add_negatives

HISTORIES = {"hist_item_id": "item_id", "hist_category": "category"}
SETTINGS = {
    "sequence_features": HISTORIES,
    "lr": 2e-3,
    "embedding_l2": 0.01,
    "batch_size": 1024,
    "max_epochs": 1,
    "warm_start": True,
    "early_stopping": False,
}
DICE = {"activation": "dice"}
MODELS = {
    "DIN": DINClassifier(**SETTINGS, **DICE),
    "mean pooling": DINClassifier(attention="mean", **SETTINGS, **DICE),
    "DIN, no product": DINClassifier(history_product=False, **SETTINGS, **DICE),
    "mean, no product": DINClassifier(attention="mean", history_product=False, **SETTINGS, **DICE),
    "BST": BSTClassifier(**SETTINGS),
    "DeepFM": DeepFMClassifier(**SETTINGS),
}
N_EPOCHS = 5


def read_log(name):
    """Return user_id, item_id and category of every interaction, each user's in their order."""
    folder = Path(os.environ["SKREC_DATA"]) / f"amazon-{name}"
    if name == "grocery":
        log = pd.read_csv(folder / "interactions.csv").sort_values(["user_id", "time"], kind="stable")
        category = pd.read_csv(folder / "items.csv").set_index("item_id")["i_category"]
    else:
        lines = [line.split() for line in (folder / "sequences.txt").read_text().splitlines()]
        pairs = [(user, item) for user, *items in lines for item in items]
        log = pd.DataFrame(pairs, columns=["user_id", "item_id"])
        attributes = json.loads((folder / "item_attributes.json").read_text())
        category = pd.Series({item: of_item[-1] for item, of_item in attributes.items() if of_item})
    log["category"] = log["item_id"].map(category)
    return log[["user_id", "item_id", "category"]].astype(str).reset_index(drop=True)


def load(name, valid):
    """Return the training positives, and the rows to rank: positives, each followed by its negative."""
    log = read_log(name)
    log["place"] = log.groupby("user_id").cumcount().astype(float)
    left = log.groupby("user_id").cumcount(ascending=False) - valid
    rows = HistoryEncoder("user_id", "item_id", "place", columns=["category"]).fit_transform(log).drop(columns="place")
    ranked = with_negatives(rows[left == 0], log, seed=0)
    return rows[left > 0], ranked


def with_negatives(rows, log, seed):
    """Return rows and behind each the same with an item that its user has nowhere in `log`, and which is which."""
    log = log[["user_id", "item_id", "category"]]
    both = add_negatives(rows, 1, log=log, items=["category"], random_state=seed)
    return both.drop(columns="label"), both["label"]


def epochs(model, train, fixed, seed):
    """Train a model epoch by epoch, and yield it after each.

    DIN and BST draw for themselves; for others other negatives are drawn here.
    """
    positives, draws = np.ones(len(train), int), "n_negatives" in model.get_params()
    if draws and not fixed:
        model.set_params(user="user_id", n_negatives=1)
    epoch = 0
    while True:
        if fixed or not draws:
            X, y = with_negatives(train, train, seed=1000 * seed + (0 if fixed else epoch))
            yield model.fit(X.drop(columns="user_id"), y)
        else:
            yield model.fit(train, positives)
        epoch += 1


def scores(model, ranked, y):
    """Return GAUC and AUC, and of each pair whether the positive is ahead."""
    score = model.decision_function(ranked[list(model.feature_names_in_)])
    ahead = np.sign(score[0::2] - score[1::2]) / 2 + 0.5
    return gauc_score(y, score, groups=ranked["user_id"]), roc_auc_score(y, score), ahead


def main():
    """Fit the models with each seed and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[1])
    parser.add_argument("data", choices=["beauty", "grocery"])
    parser.add_argument("models", nargs="*", metavar="MODEL", help=f"of {list(MODELS)}; all by default")
    parser.add_argument("--valid", action="store_true", help="rank the second-last rows instead, after each epoch")
    parser.add_argument("--fixed", action="store_true", help="train on negatives that are drawn once")
    parser.add_argument("--epochs", type=int, default=N_EPOCHS)
    parser.add_argument("--seeds", type=int, default=3)
    options = parser.parse_intermixed_args()
    train, (ranked, y) = load(options.data, options.valid)
    first = None
    for name in options.models or MODELS:
        found, pairs, start = [], [], time.process_time()
        for seed in range(options.seeds):
            run = epochs(clone(MODELS[name]).set_params(random_state=seed), train, options.fixed, seed)
            after = []
            for epoch, model in enumerate(itertools.islice(run, options.epochs), 1):
                if options.valid or epoch == options.epochs:
                    *metrics, ahead = scores(model, ranked, y)
                    after.append(metrics)
            found.append(after)
            pairs.append(ahead)
        seconds = (time.process_time() - start) / options.seeds
        for epoch, (gauc, auc) in enumerate(np.mean(found, 0), 1 if options.valid else options.epochs):
            print(f"{options.data} {name:17} epoch {epoch}: GAUC {gauc:.4f}, AUC {auc:.4f}")
        pairs = np.mean(pairs, 0)
        first = pairs if first is None else first
        gap, error = np.mean(first - pairs), np.std(first - pairs) / len(pairs) ** 0.5
        spread = np.ptp(found, 0)[-1, 0]
        print(
            f"    range {spread:.4f} over {options.seeds} seeds, first model ahead by {gap:.4f} +- {error:.4f}, "
            f"{seconds:.0f} s of processor a fit",
            flush=True,
        )


if __name__ == "__main__":
    main()
