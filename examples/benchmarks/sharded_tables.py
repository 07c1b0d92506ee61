"""How much memory each of two processes takes for a table of 20 million values, in parts and whole.

    python examples/benchmarks/sharded_tables.py [--values 20000000] [--kind sharded auto] [--batch 65536]

An FM of one column of so many ids, vectors of 15 numbers and a weight each, learns one epoch of a row a value, and is
saved and loaded. Prints of each process how many rows of the table it holds, the most memory that was its own before
and during the fit, and rows/s by wall, which say something on a quiet machine alone.
"""

import argparse
import os
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
import torch
import torch.distributed as dist

from skrec import FMClassifier
from skrec.distributed import load, save


def peak():
    """Return the most memory that this process has had since it was asked last, in GiB."""
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
    Path("/proc/self/clear_refs").write_text("5")
    return int(line.split()[1]) / 2**20


def work(rank, world, meeting, kind, args):
    os.environ["GLOO_SOCKET_IFNAME"] = "lo"
    dist.init_process_group("gloo", init_method=meeting, rank=rank, world_size=world)
    rng = np.random.default_rng(0)
    X = pd.DataFrame({"id": rng.permutation(args.values)[rank::world]})
    y = np.random.default_rng(rank).integers(0, 2, len(X))
    model = FMClassifier(
        categorical_features=["id"],
        embedding_dim=15,
        embedding_l2=0.0,
        batch_size=args.batch,
        max_epochs=1,
        early_stopping=False,
        data_parallel=kind,
        n_threads=1,
        random_state=0,
    )
    before, start = peak(), time.perf_counter()
    model.fit(X, y)
    seconds, during = time.perf_counter() - start, peak()
    table = model.net_.module_.embedding.table
    print(
        f"{kind}, process {rank}: {len(table):,} rows of {table.shape[1]}, {table.nbytes / 2**30:.2f} GiB; "
        f"{before:.2f} GiB before, at most {during:.2f} GiB in a fit of {seconds:.0f} s, of which the epoch took "
        f"{model.history_['seconds'].iloc[0]:.0f} s",
        flush=True,
    )
    if kind == "sharded":
        few = X[:10_000]
        expected, folder = model.predict_proba(few), meeting.removeprefix("file://") + ".model"
        start = time.perf_counter()
        save(model, folder)
        saved, start = time.perf_counter() - start, time.perf_counter()
        again = load(folder).predict_proba(few)
        assert (again == expected).all()
        print(f"process {rank}: saved in {saved:.0f} s, loaded in {time.perf_counter() - start:.0f} s", flush=True)
        print(f"process {rank}: at most {peak():.2f} GiB meanwhile", flush=True)
    dist.destroy_process_group()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--values", type=int, default=20_000_000)
    parser.add_argument("--kind", nargs="+", choices=["sharded", "auto"], default=["sharded"])
    parser.add_argument("--batch", type=int, default=65_536)
    args = parser.parse_args()
    for kind in args.kind:
        with tempfile.TemporaryDirectory() as folder:
            torch.multiprocessing.spawn(work, (2, f"file://{folder}/meeting", kind, args), nprocs=2)
