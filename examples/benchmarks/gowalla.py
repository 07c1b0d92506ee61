"""
All items ranked on Gowalla
===========================

The split of He et al. (2020), LightGCN: for each of 29,858 users all 40,981 items are ranked but those of its training
rows, Recall@20 and NDCG@20. The models see positives alone and no column but the two ids.

``--valid`` ranks for a tenth of the training rows that the models then do not see; settings are chosen there, never on
the test rows, as published ones often were. The softmax's user tower is the mean of the vectors of the user's items,
which are those of the items' own tower: in training of at most 50 others than the row's own, drawn for each row once,
in ranking of all that the user has. README.md beside this file has the results, what was tried, and how the test rows
differ from that tenth.

    SKREC_DATA=... python examples/benchmarks/gowalla.py [--valid] [--seed N] [--threads N] [MODEL ...]

Peers run only when named: "implicit ALS", "implicit BPR", "torch-rechub DSSM" (``pip install implicit torch-rechub``).
The folder ``gowalla`` of ``SKREC_DATA`` has train.parquet and test.parquet (user_id, item_id). Each model runs in a
process of its own, so that its peak memory is its own.
"""

import argparse
import multiprocessing
import os
import resource
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import torch

from skrec import MFClassifier, TwoTowerClassifier

K, CHUNK = 20, 2048
HISTORY = 50  # items in a training row's history: a step's time is in proportion, and users have up to 811
SETTINGS = {
    "early_stopping": False,
    "embedding_dim": 64,
    "init_scale": 0.05,
    "optimizer": "adam",
    "lr_schedule": "linear",
    "lr": 0.02,
    "batch_size": 4096,
}
MODELS = {
    "popularity": None,
    "MF-BPR": MFClassifier(loss="bpr", n_negatives=8, embedding_l2=0.003, max_epochs=20, **SETTINGS),
    "MF-CCL": MFClassifier(
        loss="ccl", n_negatives=1024, margin=0.7, negative_weight=100, embedding_l2=0.0, max_epochs=24, **SETTINGS
    ),
    "two-tower softmax": TwoTowerClassifier(
        user="user_id",
        user_features=["history"],
        item_features=["item_id"],
        sequence_features={"history": "item_id"},
        loss="softmax",
        hidden_layer_sizes=(),
        temperature=0.08,
        n_negatives=4096,
        negatives="popularity",
        logq_correction=1.0,
        embedding_l2=0.0,
        max_epochs=14,
        **SETTINGS,
    ),
}


def load(valid):
    """Return the rows to learn from and those to find, ids as categories."""
    folder = Path(os.environ["SKREC_DATA"]) / "gowalla"
    train, test = (pd.read_parquet(folder / f"{name}.parquet") for name in ("train", "test"))
    if valid:
        held_out = np.random.default_rng(0).random(len(train)) < 0.1
        train, test = train[~held_out], train[held_out]
    known = test["user_id"].isin(train["user_id"])  # nobody without a row can be ranked for
    return train.reset_index(drop=True), test[known].reset_index(drop=True)


def histories(users, items, longest):
    """Return for each row a list of its user's other items, at most `longest`: those behind it on a shuffled circle."""
    order = np.lexsort((np.random.default_rng(0).random(len(users)), users))
    users, items = users[order], items[order]
    first = np.searchsorted(users, users)
    count = np.searchsorted(users, users, "right") - first
    place = np.empty(len(users), np.int64)  # of each row among the sorted ones
    place[order] = np.arange(len(users))
    first, count = first[place], count[place]
    length = np.minimum(count - 1, longest)
    offsets = np.concatenate([[0], np.cumsum(length)])
    row = np.repeat(np.arange(len(users)), length)
    step = 1 + np.arange(offsets[-1]) - offsets[row]
    return lists(items[first[row] + (place[row] - first[row] + step) % count[row]], offsets)


def lists(values, offsets):
    """Return a column of lists."""
    cells = pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), pa.array(values, pa.int32()))
    return pd.arrays.ArrowExtensionArray(cells)


def vectors(model, train):
    """Return users, items, and vectors of both whose inner products rank."""
    users, items = (np.sort(train[name].unique()) for name in ("user_id", "item_id"))
    if model is None:
        counts = train["item_id"].value_counts()[items].to_numpy(np.float32)
        return users, items, np.ones((len(users), 1), np.float32), counts[:, None]
    rows = train.astype("category")
    of_users = pd.DataFrame({"user_id": users}, dtype="category")
    of_items = pd.DataFrame({"item_id": items}, dtype="category")
    if isinstance(model, TwoTowerClassifier):
        rows = rows.assign(history=histories(*train.to_numpy().T, HISTORY))
        taken = train.sort_values("user_id")
        offsets = np.append(np.searchsorted(taken["user_id"], users), len(taken))
        of_users = pd.DataFrame({"history": lists(taken["item_id"], offsets)})
    model.fit(rows, np.ones(len(train), int))
    return users, items, model.embed_users(of_users), model.embed_items(of_items)


def of_peer(name, train, options):
    """Return the same of a peer."""
    from gowalla_peers import PEERS

    return PEERS[name](train, options.threads, options.seed)


def recall_and_ndcg(users, items, user_vectors, item_vectors, train, test):
    """Return Recall@20 and NDCG@20, averaged over the users of `test`; items without a training row are never found."""
    seen, wanted = (frame.groupby("user_id")["item_id"].agg(np.array) for frame in (train, test))
    discount = 1 / np.log2(np.arange(2, K + 2))
    recall, ndcg = [], []
    for start in range(0, len(wanted), CHUNK):
        chunk = wanted.iloc[start : start + CHUNK]
        scores = torch.from_numpy(user_vectors[np.searchsorted(users, chunk.index)] @ item_vectors.T)
        for row, user in enumerate(chunk.index):
            scores[row, np.searchsorted(items, seen[user])] = -torch.inf
        top = items[scores.topk(K).indices.numpy()]  # (users, 20)
        for ranked, of_user in zip(top, chunk, strict=True):
            hit = np.isin(ranked, of_user)
            recall.append(hit.sum() / len(of_user))
            ndcg.append((hit * discount).sum() / discount[: len(of_user)].sum())
    return np.mean(recall), np.mean(ndcg)


def run(name, options):
    """Fit one model, rank, and print its line."""
    torch.set_num_threads(options.threads)
    train, test = load(options.valid)
    model = MODELS.get(name)
    if model is not None:
        model.set_params(random_state=options.seed, n_threads=options.threads)
    start = time.perf_counter()
    found = vectors(model, train) if name in MODELS else of_peer(name, train, options)
    seconds = time.perf_counter() - start
    recall, ndcg = recall_and_ndcg(*found, train, test)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(f"{name:18} Recall@20 {recall:.4f}, NDCG@20 {ndcg:.4f}, fit {seconds:.0f} s, peak {peak:.2f} GiB", flush=True)


def main():
    """Run the models one after the other."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[1])
    parser.add_argument("models", nargs="*", metavar="MODEL", help=f"a peer, or of {list(MODELS)}; these by default")
    parser.add_argument("--valid", action="store_true", help="find a tenth of the training rows instead")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    for name in options.models or MODELS:
        process = multiprocessing.get_context("spawn").Process(target=run, args=(name, options))
        process.start()
        process.join()
        if process.exitcode:
            raise SystemExit(process.exitcode)


if __name__ == "__main__":
    main()
