"""Ten million items x 64 in shards: built, searched, and built again while the old ones are searched; and the memory.

    python examples/benchmarks/sharded_index.py build FOLDER [--kind approximate] [--items 10000000] [--seed 1]
    python examples/benchmarks/sharded_index.py search FOLDER [--queries 256] [--probe 16] [--threads 1]
    python examples/benchmarks/sharded_index.py rebuild FOLDER      # searches the old one before, meanwhile and after

Vectors are drawn in parts of 500,000 as a model would give them, some 500 around each centre. Prints seconds of the
wall, and of memory the most that was the process's own, and that with the pages of files it has looked at, which the
system may take back.
"""

import argparse
import threading
import time
from pathlib import Path

import numpy as np
import torch

from skrec.retrieval import ApproximateIndex, ExactIndex, ShardedIndex

WIDTH, BEST, PART, IN_CLUSTER = 64, 100, 500_000, 500
KINDS = {"exact": ExactIndex, "approximate": ApproximateIndex}


def draw(n, seed, spread=0.7):
    """Return vectors of length 1 around centres that are the same for all seeds."""
    centres = np.random.default_rng(0).normal(size=(PART // IN_CLUSTER, WIDTH)).astype(np.float32)
    rng = np.random.default_rng(seed)
    vectors = centres[rng.integers(len(centres), size=n)]
    vectors += spread * rng.standard_normal((n, WIDTH), np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def parts(n_items, seed):
    for start in range(0, n_items, PART):
        n = min(PART, n_items - start)
        yield np.arange(start, start + n), draw(n, [seed, start])


class Memory:
    """Looks every 50 ms how much memory the process has."""

    def __enter__(self):
        self.own = self.all = 0
        self.done = threading.Event()
        self.thread = threading.Thread(target=self._watch)
        self.thread.start()
        return self

    def __exit__(self, *error):
        self.done.set()
        self.thread.join()

    def __str__(self):
        return f"at most {self.own / 2**20:.2f} GiB of its own, {self.all / 2**20:.2f} GiB with pages of files"

    def _watch(self):
        while not self.done.wait(0.05):
            status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
            anonymous, resident = (int(status[name].split()[0]) for name in ("RssAnon", "VmRSS"))
            self.own, self.all = max(self.own, anonymous), max(self.all, resident)


def build(args, seed):
    start = time.perf_counter()
    with Memory() as memory:
        ShardedIndex(KINDS[args.kind]()).write(args.folder, parts(args.items, seed), fingerprint=f"seed {seed}")
    print(f"built {args.items:,} items, {args.kind}, in {time.perf_counter() - start:.0f} s; {memory}", flush=True)


def search(args, index=None, name="searched"):
    queries = draw(args.queries, 7)
    with Memory() as memory:
        start = time.perf_counter()
        if index is None:
            index = ShardedIndex.load(args.folder, mmap_mode="r")
            print(f"loaded {len(index.ids):,} items in {time.perf_counter() - start:.0f} s", flush=True)
        if hasattr(index.index, "n_probe"):
            index.index.n_probe = args.probe
        start = time.perf_counter()
        found = index.search(queries, BEST)
        seconds = time.perf_counter() - start
    print(f"{name}: {args.queries / seconds:,.1f} queries/s, the best {BEST}; {memory}", flush=True)
    return index, found


def recall(args):
    """Print how many of the best an approximate index finds, of a few queries."""
    args.queries = 32
    index, found = search(args, name="few queries")
    exact = ShardedIndex()
    exact.shards, exact.ids = [], index.ids
    for shard in index.shards:
        one = ExactIndex()
        one.ids, one.vectors = shard.ids, shard.vectors
        exact.shards.append(one)
    _, best = search(args, exact, "the same, exactly")
    share = np.mean([len(np.intersect1d(a, b)) for a, b in zip(found.rows, best.rows, strict=True)]) / BEST
    print(f"recall {share:.3f} with {args.probe} clusters of each shard looked into")


def rebuild(args):
    index, before = search(args, name="old, before")
    work = threading.Thread(target=build, args=(args, args.seed + 1))
    work.start()
    while work.is_alive():
        _, found = search(args, index, "old, meanwhile")
        assert (found.rows == before.rows).all()
        work.join(10)
    _, found = search(args, name="new")
    assert (found.rows != before.rows).any()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=["build", "search", "recall", "rebuild"])
    parser.add_argument("folder")
    parser.add_argument("--kind", choices=KINDS, default="approximate")
    parser.add_argument("--items", type=int, default=10_000_000)
    parser.add_argument("--queries", type=int, default=256)
    parser.add_argument("--probe", type=int, default=16)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    {"build": lambda args: build(args, args.seed), "search": search, "recall": recall, "rebuild": rebuild}[args.what](
        args
    )
