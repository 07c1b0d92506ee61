"""
Leave-one-out on MovieLens-1M
=============================

The protocol and the files of He et al. (2017), Neural Collaborative Filtering: the last movie of each of 6,040 users
among the 99 others that come with it, ties against the model, HR@10 and NDCG@10. The models see positives alone and
draw negatives anew each epoch. EASE, item-kNN and popularity, in closed form, are beside them.

Settings were chosen with ``--valid``, on the last training row of each user among 99 movies drawn here, never on the
test rows: those of MF in four runs, of NeuMF in two. GMF takes those of MF, the pretrained NeuMF those of NeuMF.

    SKREC_DATA=... python examples/benchmarks/ncf_ml1m.py [--valid] [--seeds N] [MODEL ...]

The folder ``ml-1m-ncf`` of ``SKREC_DATA`` has train.parquet and test.parquet (user, item) and test_negatives.parquet
(user, n0, ..., n98).
"""

import argparse
import os
import time
from pathlib import Path

import numpy as np
import pandas as pd

from skrec import GMFClassifier, MFClassifier, NeuMFClassifier
from skrec.baselines import EASE, ItemKNN, Popularity
from skrec.metrics import hit_rate_at_k, ndcg_at_k
from skrec.sampling import add_negatives

SETTINGS = {
    "n_negatives": 4,
    "optimizer": "adam",
    "lr": 4e-3,
    "lr_schedule": "linear",
    "early_stopping": False,
}
MODELS = {
    "MF": MFClassifier(embedding_dim=64, embedding_l2=0.003, max_epochs=15, **SETTINGS),
    "GMF": GMFClassifier(embedding_dim=64, embedding_l2=0.003, max_epochs=15, **SETTINGS),
    "NeuMF": NeuMFClassifier(embedding_l2=0.005, max_epochs=9, **SETTINGS),
    "NeuMF, pretrained": NeuMFClassifier(embedding_l2=0.005, max_epochs=5, pretrain_epochs=5, **SETTINGS),
}
BASELINES = {"EASE": EASE(), "item-kNN": ItemKNN(), "popularity": Popularity()}


def load(valid=False):
    """Return the training positives, and the rows to rank: user, item, label."""
    folder = Path(os.environ["SKREC_DATA"]) / "ml-1m-ncf"
    train, test = (pd.read_parquet(folder / f"{name}.parquet") for name in ("train", "test"))
    if valid:
        last = ~train["user"].duplicated(keep="last")
        ranked = add_negatives(train[last], 99, user="user", item="item", log=train, random_state=0)
        return train[~last], ranked
    negatives = pd.read_parquet(folder / "test_negatives.parquet").melt("user", value_name="item")
    return train, pd.concat([test.assign(label=1), negatives[["user", "item"]].assign(label=0)], ignore_index=True)


def scores(model, ranked):
    """Return HR@10 and NDCG@10."""
    score = model.decision_function(ranked[["user", "item"]])
    return tuple(metric(ranked["label"], score, groups=ranked["user"], k=10) for metric in (hit_rate_at_k, ndcg_at_k))


def main():
    """Fit the models with each seed and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[1])
    parser.add_argument("models", nargs="*", metavar="MODEL", help=f"of {[*MODELS, *BASELINES]}; all by default")
    parser.add_argument("--valid", action="store_true", help="rank the last training row of each user instead")
    parser.add_argument("--seeds", type=int, default=3)
    options = parser.parse_args()
    train, ranked = load(options.valid)
    for name in options.models or [*MODELS, *BASELINES]:
        found, seconds = [], 0.0
        seeds = range(1 if name in BASELINES else options.seeds)
        for seed in seeds:
            model = BASELINES[name] if name in BASELINES else MODELS[name].set_params(random_state=seed)
            start = time.perf_counter()
            model.fit(train, np.ones(len(train), int))
            seconds += (time.perf_counter() - start) / len(seeds)
            found.append(scores(model, ranked))
        (hit_rate, ndcg), spread = np.mean(found, 0), np.ptp(found, 0)
        print(
            f"{name:20} HR@10 {hit_rate:.4f} (range {spread[0]:.4f}), NDCG@10 {ndcg:.4f} (range {spread[1]:.4f}), "
            f"{len(seeds)} seeds, {seconds:.1f} s a fit",
            flush=True,
        )


if __name__ == "__main__":
    main()
