"""
IntTower beside two towers and a model of crosses
=================================================

What it brings that the layers of a user's tower meet the item's, when the features are the same: likes of MovieLens
learnt by IntTower, by two towers, and by DeepFM, which is free to cross all columns and has no vectors to store.

The rows of MovieLens-1M are cut by time (test is 2001 to 2003), or at random 8:1:1, with which a model sees what a user
does next; the figures of the one say nothing of the other. ``ml-100k`` is MovieLens-100k in its split `ua`, a random
tenth of the training rows to stop on. The user's columns are id, gender, age and occupation, of MovieLens-1M the zip
area too, the movie's id, year and genres; no column is a statistic of labels. Settings were chosen for each model on
the validation rows of MovieLens-1M cut by time.

    SKREC_DATA=... python examples/benchmarks/int_tower.py [MODEL ...] [--split {time,random,ml-100k}] [--seeds 0 1 2]
    SKREC_DATA=... python examples/benchmarks/int_tower.py --memory

The second fits IntTower to a quarter of the rows in batches of 2048, each time in a process of its own, and prints the
most that was in memory: with one epoch, with five, and with one and ten times as many rows to evaluate.
"""

import argparse
import multiprocessing
import resource
import time

import numpy as np
import pandas as pd
import torch
from ml1m_binary import load
from ml100k_ratings import COLUMNS
from ml100k_ratings import load as load_100k
from sklearn.metrics import accuracy_score, log_loss, roc_auc_score

import skrec

ITEM = ["item_id", "movie_id", "year", "year_band", "genres"]  # names of either data set
SETTINGS = {
    "embedding_dim": 16,
    "weight_decay": 0.1,
    "embedding_l2": 0.01,
    "lr": 0.004,
    "batch_size": 4096,
    "max_epochs": 8,
    "n_iter_no_change": 2,
    "scoring": "roc_auc",
}
NOISE = {"batch_norm": True, "dropout": 0.2}
MODELS = {
    "IntTower": skrec.IntTowerClassifier(**SETTINGS),
    "two towers": skrec.TwoTowerClassifier(**SETTINGS, **NOISE),
    "DeepFM": skrec.DeepFMClassifier(**{**SETTINGS, **NOISE, "lr": 0.002, "embedding_l2": 0.003}),
}


def parts(split):
    """Return training, validation and test rows with their labels."""
    if split == "ml-100k":
        frame, train, test = load_100k()
        train = np.random.default_rng(0).permutation(train)
        rows = [train[len(train) // 10 :], train[: len(train) // 10], test]
        X = frame[COLUMNS].astype({name: "category" for name in COLUMNS if name != "genres"})
        return [(X.iloc[of], (frame["rating"] >= 4).iloc[of]) for of in rows]
    by_time = list(load())
    if split == "time":
        return by_time
    X = pd.concat([X.astype(dict.fromkeys(X.columns[:-1], "str")) for X, _ in by_time], ignore_index=True)
    X = X.astype(dict.fromkeys(X.columns[:-1], "category"))
    y = pd.concat([y for _, y in by_time], ignore_index=True)
    order = np.random.default_rng(0).permutation(len(X))
    return [(X.iloc[rows], y.iloc[rows]) for rows in np.split(order, [len(X) * 8 // 10, len(X) * 9 // 10])]


def compare(options):
    """Fit the models with each seed and print a line a fit."""
    train, valid, test = parts(options.split)
    for name in options.models or MODELS:
        for seed in options.seeds:
            model = MODELS[name].set_params(random_state=seed)
            if name != "DeepFM":
                model.set_params(item_features=[column for column in train[0] if column in ITEM])
            if options.split == "ml-100k":
                model.set_params(batch_size=512)
            start = time.perf_counter()
            model.fit(*train, X_val=valid[0], y_val=valid[1])
            seconds = time.perf_counter() - start
            liked = model.predict_proba(test[0])[:, 1]
            print(
                f"{options.split:6} {name:10} seed {seed}: AUC {roc_auc_score(test[1], liked):.4f}, "
                f"accuracy {accuracy_score(test[1], liked > 0.5):.4f}, log loss {log_loss(test[1], liked):.4f}; "
                f"validation AUC {model.history_['valid_roc_auc'].max():.4f} in epoch {model.best_epoch_}, "
                f"fit {seconds:.0f} s",
                flush=True,
            )


def peak(epochs, times):
    """Fit IntTower, score so many times the test rows, and print the most that was in memory."""
    torch.set_num_threads(1)
    train, valid, test = load()
    more = [(pd.concat([X] * times, ignore_index=True), pd.concat([y] * times)) for X, y in (valid, test)]
    data = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    item = [column for column in train[0] if column in ITEM]
    model = skrec.IntTowerClassifier(item_features=item, max_epochs=epochs, batch_size=2048, n_iter_no_change=9)
    model.fit(*(part.iloc[: 100 * 2048] for part in train), X_val=more[0][0], y_val=more[0][1])
    model.predict_proba(more[1][0])
    whole = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(
        f"{epochs} epochs, {len(more[0][0]):,} rows to stop on, {len(more[1][0]):,} to test: "
        f"{data / 2**20:.2f} GiB with the data alone, {whole / 2**20:.2f} GiB at most",
        flush=True,
    )


def memory():
    """Measure each peak in a process of its own."""
    for arguments in ((1, 1), (5, 1), (1, 10)):
        process = multiprocessing.get_context("spawn").Process(target=peak, args=arguments)
        process.start()
        process.join()
        if process.exitcode:
            raise SystemExit(process.exitcode)


def main():
    """Compare the models, or measure memory."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[1])
    parser.add_argument("models", nargs="*", metavar="MODEL", help=f"of {list(MODELS)}; all by default")
    parser.add_argument("--split", choices=["time", "random", "ml-100k"], default="time")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--memory", action="store_true", help="of IntTower instead")
    options = parser.parse_args()
    if options.memory:
        memory()
    else:
        compare(options)


if __name__ == "__main__":
    main()
