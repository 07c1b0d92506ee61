r"""
How fast items are found, and how much memory `recommend` takes
===============================================================

A million vectors of 64 numbers in clusters, the 100 best of each query: `ExactIndex` and `ApproximateIndex` with more
and more clusters looked into, queries a second and recall. Then DeepFM scores 20 users with 900,000 items, and the
memory that this takes is printed.

    python examples/benchmarks/retrieval.py [--items 1000000] [--queries 256] [--in-cluster 500] [--threads 1] \
        [--peers] [--memory]

What `ApproximateIndex` finds depends on the vectors: lists that are longer than the clusters, as with
`--in-cluster 50`, reach into clusters that have nothing to do with the query, and half of them is missed.

`--peers` adds the exact search of implicit's matrix factorizations, where implicit is installed. `--memory` measures
memory alone.
"""

import argparse
import ctypes
import time

import numpy as np
import pandas as pd
import torch

from skrec import DeepFMClassifier
from skrec.retrieval import ApproximateIndex, ExactIndex, Recommender

WIDTH, BEST, PROBES = 64, 100, (4, 8, 16, 32, 64)


def make(n_items, n_queries, in_cluster, spread=0.7):
    """Return vectors of different lengths, some `in_cluster` around each of many centres, and queries near these."""
    rng = np.random.default_rng(0)
    centres = rng.normal(size=(max(1, n_items // in_cluster), WIDTH)).astype(np.float32)

    def draw(n, noise):
        drawn = centres[rng.integers(len(centres), size=n)] + noise * rng.normal(size=(n, WIDTH)).astype(np.float32)
        return (drawn / np.linalg.norm(drawn, axis=1, keepdims=True)).astype(np.float32)

    lengths = np.exp(rng.normal(0, 0.15, (n_items, 1))).astype(np.float32)
    return draw(n_items, spread) * lengths, draw(n_queries, spread)


def timed(search):
    """Return seconds and what was found."""
    start = time.perf_counter()
    found = search()
    return time.perf_counter() - start, found


def implicit_search(vectors, queries):
    """Return a search by implicit's own top-k over all items."""
    from implicit.cpu.topk import topk

    return lambda: topk(vectors, queries, BEST, num_threads=torch.get_num_threads())[0]


def speed(n_items, n_queries, in_cluster, peers):
    """Print queries a second and recall of every way to search."""
    vectors, queries = make(n_items, n_queries, in_cluster)
    print(f"{n_items:,} items x {WIDTH}, the best {BEST}, {n_queries} queries, {torch.get_num_threads()} threads")
    exact = ExactIndex().build(np.arange(n_items), vectors, fingerprint="benchmark")
    seconds, truth = timed(lambda: exact.search(queries, BEST))
    print(f"{'ExactIndex':36}{n_queries / seconds:10,.0f} queries/s   recall 1")
    if peers:
        seconds, rows = timed(implicit_search(vectors, queries))
        print(f"{'implicit, exact':36}{n_queries / seconds:10,.0f} queries/s   recall {recall(rows, truth.rows):.3f}")
    seconds, index = timed(lambda: ApproximateIndex().build(np.arange(n_items), vectors, fingerprint="benchmark"))
    print(f"{'ApproximateIndex':36}built in {seconds:.0f} s")
    for index.n_probe in PROBES:
        seconds, found = timed(lambda: index.search(queries, BEST))
        name = f"  n_probe={index.n_probe}"
        print(
            f"{name:36}{n_queries / seconds:10,.0f} queries/s   recall {recall(found.rows, truth.rows):.3f}", flush=True
        )


def recall(rows, truth):
    """Return the share of the truth that was found."""
    return np.mean([len(np.intersect1d(a, b)) for a, b in zip(rows, truth, strict=True)]) / truth.shape[1]


def memory(n_users=20, n_items=900_000):
    """Print the memory that `recommend` takes, and its time."""
    rng = np.random.default_rng(0)
    users = pd.DataFrame({"user_id": np.arange(n_users).astype(str), "age": rng.normal(size=n_users)})
    brands = rng.integers(0, 1000, n_items).astype(str)
    items = pd.DataFrame(
        {"item_id": np.arange(n_items).astype(str), "brand": brands, "price": rng.normal(size=n_items)}
    )
    log = pd.concat([users.iloc[rng.integers(0, n_users, n_items)].reset_index(drop=True), items], axis=1)
    model = DeepFMClassifier(max_epochs=1, early_stopping=False, random_state=0).fit(log, rng.integers(0, 2, n_items))
    recommender = Recommender(model, items)
    ctypes.CDLL(None).malloc_trim(0)  # what the fit has freed would hide what comes
    with open("/proc/self/clear_refs", "w") as file:
        file.write("5")  # forget the peak so far
    before = status("VmRSS")
    seconds, lists = timed(lambda: recommender.recommend(users, BEST))
    peak, speed = status("VmHWM"), n_users * n_items / seconds
    print(f"DeepFM, {n_users} users x {n_items:,} items: {speed:,.0f} pairs/s, {len(lists)} rows; peak of the process")
    print(f"{peak / 2**10:.0f} MiB, {(peak - before) / 2**10:.0f} MiB above what it held before")


def status(name):
    """Return a line of /proc/self/status, in KiB."""
    with open("/proc/self/status") as file:
        return next(int(line.split()[1]) for line in file if line.startswith(name))


def main():
    """Run what is asked for."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--items", type=int, default=1_000_000)
    parser.add_argument("--queries", type=int, default=256)
    parser.add_argument("--in-cluster", type=int, default=500)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--peers", action="store_true")
    parser.add_argument("--memory", action="store_true")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    if not options.memory:
        speed(options.items, options.queries, options.in_cluster, options.peers)
    memory()


if __name__ == "__main__":
    main()
