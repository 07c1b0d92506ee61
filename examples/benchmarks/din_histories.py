"""
DIN on Amazon's reviews
=======================

What does a user take next? A row is a user's history, the items and their categories, and a candidate: what came next,
or an item that the user never had. The last of each user are the test rows, each beside one such item, all before them
the training rows, for which other candidates are drawn anew each epoch or, with ``--fixed``, once. No model sees who
the user is.

Settings and epochs were chosen with ``--valid``, the settings on beauty: on the second-last of each user, after
training on what was before.
GAUC is the mean of the users' own AUC, here the share of users whose next item is ahead of the other.

    SKREC_DATA=... python examples/benchmarks/din_histories.py beauty [MODEL ...] [--valid] [--fixed] [--seeds 0 1 2]

Each fit is appended to a csv, and the table is of all fits of this data in it. The model ``torch-rechub's DIN`` runs on
fixed rows alone and only when named (``pip install torch-rechub``).

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
PEER = "torch-rechub's DIN"
PEER_SETTINGS = {
    "embedding_dim": 16,
    "hidden_layer_sizes": [128, 64],
    "attention_hidden_layer_sizes": [32],
    "lr": 2e-3,
    "weight_decay": 1e-5,
    "batch_size": 1024,
}
MAX_LENGTH = 50
# grocery's fixed rows as beauty's
EPOCHS = {("beauty", "redrawn"): 5, ("beauty", "fixed"): 3, ("grocery", "redrawn"): 6, ("grocery", "fixed"): 3}
OUTPUT = Path(__file__).parents[1] / "output"


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


def epochs(name, train, fixed, seed):
    """Train a model epoch by epoch, and yield after each what scores rows.

    DIN and BST draw for themselves; for others other negatives are drawn here.
    """
    if name == PEER:
        yield from peer_epochs(*with_negatives(train, train, seed=1000 * seed), seed)
    model, positives = clone(MODELS[name]).set_params(random_state=seed), np.ones(len(train), int)
    draws = not fixed and "n_negatives" in model.get_params()
    if draws:
        model.set_params(user="user_id", n_negatives=1)
    for epoch in itertools.count():
        if draws:
            model.fit(train, positives)
        else:
            if epoch == 0 or not fixed:
                X, y = with_negatives(train, train, seed=1000 * seed + epoch)
            model.fit(X.drop(columns="user_id"), y)
        yield lambda rows: model.decision_function(rows[list(model.feature_names_in_)])


def peer_epochs(X, y, seed):
    """The same of torch-rechub's DIN, which needs another column beside item and category: a constant."""
    from rechub_din import RechubDIN, pad

    codes = {name: {value: 1 + i for i, value in enumerate(X[name].unique())} for name in HISTORIES.values()}

    def encode(rows):
        scalars = {name: rows[name].map(of).fillna(0).to_numpy(np.int32) for name, of in codes.items()}
        lists = {name: pad(rows[name], codes[of], MAX_LENGTH) for name, of in HISTORIES.items()}
        return {**scalars, **lists, "constant": np.ones(len(rows), np.int32)}

    sizes = {**{name: 1 + len(of) for name, of in codes.items()}, "constant": 2}
    model = RechubDIN(sizes, HISTORIES, **PEER_SETTINGS, seed=seed)
    encoded, labels = encode(X), y.to_numpy(np.float32)
    while True:
        model.fit_epoch(encoded, labels)
        yield lambda rows: model.predict(encode(rows))


def scores(score, ranked, y):
    """Return GAUC and AUC, and of each pair whether the positive is ahead."""
    ahead = np.sign(score[0::2] - score[1::2]) / 2 + 0.5
    return gauc_score(y, score, groups=ranked["user_id"]), roc_auc_score(y, score), ahead


def table(key):
    """Return a row a model: means and range over its seeds, and how far DIN is ahead on the same pairs."""
    fits = pd.read_csv(OUTPUT / "din_histories.csv")
    fits = fits[fits["key"] == key].drop_duplicates(["model", "seed"], keep="last")
    ahead, rows = {}, {}
    for name, its in fits.groupby("model", sort=False):
        ahead[name] = np.mean([np.load(OUTPUT / file)["ahead"] for file in its["pairs"]], axis=0)
        gap = ahead["DIN"] - ahead[name] if "DIN" in ahead else np.full(1, np.nan)
        rows[name] = {
            "epochs": its["epochs"].iloc[-1],
            "seeds": len(its),
            "GAUC": its["gauc"].mean(),
            "range": np.ptp(its["gauc"]),
            "AUC": its["auc"].mean(),
            "behind DIN": gap.mean(),
            "standard error": gap.std() / len(gap) ** 0.5,
            "processor seconds a fit": its["seconds"].mean(),
        }
    return pd.DataFrame(rows).T


def main():
    """Fit the models with each seed, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[1])
    parser.add_argument("data", choices=["beauty", "grocery"])
    parser.add_argument("models", nargs="*", metavar="MODEL", help=f"of {[*MODELS, PEER]}; by default all but the last")
    parser.add_argument("--valid", action="store_true", help="rank the second-last rows instead, after each epoch")
    parser.add_argument("--fixed", action="store_true", help="train on negatives that are drawn once")
    parser.add_argument("--epochs", type=int, help="instead of those that were chosen")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    options = parser.parse_intermixed_args()
    drawn = "fixed" if options.fixed else "redrawn"
    key = f"{options.data} {drawn}{' valid' * options.valid}"
    train, (ranked, y) = load(options.data, options.valid)
    (OUTPUT / "din_histories").mkdir(parents=True, exist_ok=True)
    csv = OUTPUT / "din_histories.csv"
    for name, seed in itertools.product(options.models or MODELS, options.seeds):
        n_epochs = options.epochs or EPOCHS[options.data, drawn]
        start = time.process_time()
        for epoch, score in enumerate(itertools.islice(epochs(name, train, options.fixed, seed), n_epochs), 1):
            if options.valid or epoch == n_epochs:
                gauc, auc, ahead = scores(score(ranked), ranked, y)
                print(f"{key}, {name}, seed {seed}, epoch {epoch}: GAUC {gauc:.4f}, AUC {auc:.4f}", flush=True)
        pairs = f"din_histories/{key} {name} {seed}.npz".replace(" ", "_")
        np.savez(OUTPUT / pairs, ahead=ahead)
        fit = {"key": key, "model": name, "seed": seed, "epochs": n_epochs, "gauc": gauc, "auc": auc}
        fit = pd.DataFrame([{**fit, "seconds": time.process_time() - start, "pairs": pairs}])
        fit.to_csv(csv, mode="a", header=not csv.exists(), index=False)
    print(table(key).to_string(float_format="{:.4f}".format))


if __name__ == "__main__":
    main()
