"""
How fast DIN learns
===================

Rows a second of one epoch of ``DINClassifier``, where histories have at most 20, 50 or 100 steps, an item and its
category each, and 26 other categorical columns stand beside them; with ``--peers`` torch-rechub's DIN too, on the same
rows (``pip install torch-rechub``). Lengths are even from 1 up, or with ``--full`` all the longest, so that nothing is
there to pad.

    python examples/benchmarks/din_speed.py [--full] [--rows 51200] [--threads 1] [--repeat 1] [--peers] [LENGTH ...]

All have vectors of 8, hidden layers of 256 and 128 units with Dice, an attention of 36, batches of 2048 and Adam at
1e-3, without regularisation. Each run has a process of its own, they take turns, and medians are printed: on a shared
machine only the ratios within one run mean something, of seconds of the processor. The peer's are those of one epoch
over batches that are sliced from ready codes, without its own loader; ours the fit of a typed frame, its vocabulary
included, after a small one that imports and compiles.
"""

import argparse
import json
import resource
import statistics
import subprocess
import sys
import time

import numpy as np
import pandas as pd
import pyarrow as pa
from speed import CARDINALITIES

ITEMS, CATEGORIES = 50_000, 500
DIM, HIDDEN, ATTENTION, BATCH, LR = 8, (256, 128), (36,), 2048, 1e-3
HISTORIES = {"hist_item": "item", "hist_category": "category"}


def make_codes(n_rows, length, full):
    """Return the codes of each column, of histories (n_rows, length), and the labels.

    Codes start at 1; 0 stands in front of a history that is shorter.
    """
    rng = np.random.default_rng(0)
    popular = np.minimum(rng.zipf(1.2, (n_rows, length + 1)), ITEMS).astype(np.int32)
    longest = np.full(n_rows, length) if full else rng.integers(1, length + 1, n_rows)
    there = np.arange(length) >= length - longest[:, None]
    codes = {f"C{j}": rng.integers(1, size + 1, n_rows, np.int32) for j, size in enumerate(CARDINALITIES)}
    for name, items in (("item", popular), ("category", popular % CATEGORIES + 1)):
        codes[name], codes[f"hist_{name}"] = items[:, 0].copy(), items[:, 1:] * there
    return codes, rng.integers(0, 2, n_rows)


def typed(codes):
    """Return the frame of columns of codes, histories as Arrow lists without what is not there."""

    def cells(values):
        offsets = np.cumsum([0, *(values > 0).sum(axis=1)], dtype=np.int32)
        return pa.ListArray.from_arrays(offsets, values[values > 0])

    columns = {name: pd.Series(pd.arrays.ArrowExtensionArray(cells(codes[name]))) for name in HISTORIES}
    return pd.DataFrame(
        {**{name: pd.Categorical(of) for name, of in codes.items() if name not in HISTORIES}, **columns}
    )


def run_skrec(codes, y, n_threads):
    """Return the seconds of a fit, by the clock and of the processor."""
    from skrec import DINClassifier

    frame = typed(codes)
    model = DINClassifier(
        sequence_features=HISTORIES,
        embedding_dim=DIM,
        hidden_layer_sizes=HIDDEN,
        attention_hidden_layer_sizes=ATTENTION,
        activation="dice",
        lr=LR,
        max_epochs=1,
        batch_size=BATCH,
        embedding_l2=0,
        weight_decay=0,
        early_stopping=False,
        n_threads=n_threads,
        random_state=0,
    )
    few = np.arange(20 * BATCH) % len(y)
    model.fit(frame.iloc[few], y[few])
    start = time.perf_counter(), time.process_time()
    model.fit(frame, y)
    return time.perf_counter() - start[0], time.process_time() - start[1]


def run_rechub(codes, y, n_threads):
    """Return the same of an epoch of torch-rechub's DIN."""
    from rechub_din import RechubDIN

    sizes = dict(zip([f"C{j}" for j in range(26)], [size + 1 for size in CARDINALITIES], strict=True))
    model = RechubDIN(
        {**sizes, "item": ITEMS + 1, "category": CATEGORIES + 1},
        HISTORIES,
        embedding_dim=DIM,
        hidden_layer_sizes=list(HIDDEN),
        attention_hidden_layer_sizes=list(ATTENTION),
        lr=LR,
        weight_decay=0.0,
        batch_size=BATCH,
        seed=0,
    )
    start = time.perf_counter(), time.process_time()
    model.fit_epoch(codes, y.astype(np.float32))
    return time.perf_counter() - start[0], time.process_time() - start[1]


RUNS = {"skrec": run_skrec, "torch-rechub": run_rechub}


def measure(library, length, n_rows, n_threads, full):
    """Learn once; print rows a second, by the clock and of the processor, and the peak memory in GiB, as JSON."""
    import torch

    torch.set_num_threads(n_threads)
    seconds, processor = RUNS[library](*make_codes(n_rows, length, full), n_threads)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(json.dumps([n_rows / seconds, n_rows / processor, peak]))


def main():
    """Run every case in turn and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[1])
    parser.add_argument("lengths", nargs="*", type=int, metavar="LENGTH", help="20, 50 and 100 by default")
    parser.add_argument("--rows", type=int, default=51_200)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--repeat", type=int, default=1)
    parser.add_argument("--peers", action="store_true")
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--measure", help=argparse.SUPPRESS)
    options = parser.parse_intermixed_args()
    lengths = options.lengths or [20, 50, 100]
    if options.measure:
        return measure(options.measure, lengths[0], options.rows, options.threads, options.full)
    command = [sys.executable, __file__, "--rows", str(options.rows), "--threads", str(options.threads)]
    command += ["--full"] * options.full
    for length in lengths:
        found = {name: [] for name in RUNS if name == "skrec" or options.peers}
        for _ in range(options.repeat):
            for name, runs in found.items():
                done = subprocess.run(
                    [*command, str(length), "--measure", name], capture_output=True, text=True, check=True
                )
                runs.append(json.loads(done.stdout.splitlines()[-1]))
        medians = {name: [statistics.median(of) for of in zip(*runs, strict=True)] for name, runs in found.items()}
        for name, (rate, processor, peak) in medians.items():
            print(
                f"{length:4} steps, {name:13}{rate:9,.0f} rows/s, {processor:9,.0f} rows a second of processor, "
                f"skrec {medians['skrec'][1] / processor:.1f} times that; peak {peak:.2f} GiB",
                flush=True,
            )
    return None


if __name__ == "__main__":
    main()
