"""
What the second core is worth
=============================

Rows a second of whole fits in one process at one thread, in one at two, and in two processes of one thread side by
side, whose sum is what two cores can give to this work without waiting for each other.

    OMP_WAIT_POLICY=passive python examples/benchmarks/two_threads.py [MODEL ...] [--rows 300000] [--repeat 3] [--busy]

The data are generated clicks of 26 categorical columns with 1.1 million categories and, but for MF, which sees two of
the columns, 13 numbers; DIN has a history of 5 to 29 items. Vectors are of 8, hidden layers of 256 and 128 units,
batches of 2048. The three take turns, and medians are printed. With ``--busy`` a further process keeps a core busy.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time

import numpy as np
import pandas as pd
from speed import HIDDEN, make_data, two_sides

MODELS = ["LR", "FM", "MF", "DeepFM", "DCNv2", "DIN", "TwoTower"]
BUSY = "while True: pass"


def make_rows(model, n_rows):
    """Return a frame, labels, and what the model has to know of the columns."""
    X, y = make_data(n_rows)
    X, y = X[:n_rows], y[:n_rows]
    if model == "MF":
        return X, y, {"user": "C3", "item": "C7"}
    if model == "TwoTower":
        return X, y, dict(zip(("user_features", "item_features"), two_sides(X), strict=True))
    if model == "DIN":
        rng = np.random.default_rng(0)
        ends = np.cumsum(rng.integers(5, 30, n_rows))
        items = X["C4"].to_numpy()
        history = np.split(items[rng.integers(0, n_rows, ends[-1])], ends[:-1])
        return X.assign(history=pd.Series(history, index=X.index)), y, {"sequence_features": {"history": "C4"}}
    return X, y, {}


def work(args):
    """Fit once when told to on standard input, and print rows a second."""
    import skrec

    X, y, columns = make_rows(args.worker, args.rows)
    options = {"embedding_dim": 8, "lr": 4e-3, "batch_size": 2048, "embedding_l2": 0, "hidden_layer_sizes": HIDDEN}
    options |= {"numeric_embedding": None, "early_stopping": False, "precision": args.precision}
    cls = getattr(skrec, args.worker + "Classifier")
    known = cls().get_params()
    options = {name: value for name, value in options.items() if name in known}
    estimator = cls(n_threads=args.threads, max_epochs=args.epochs, random_state=0, **options, **columns)
    estimator.fit(X[:60_000], y[:60_000])  # compiles, and is learnt in bfloat16 as all rows are
    print("ready", flush=True)
    sys.stdin.readline()
    start = time.perf_counter()
    estimator.fit(X, y)
    print(json.dumps(args.epochs * len(y) / (time.perf_counter() - start)), flush=True)


def rates(args, model, n_threads, n_processes):
    """Return rows a second of so many processes at once."""
    environment = {**os.environ, "OMP_NUM_THREADS": str(n_threads)}
    options = {"--threads": n_threads, "--rows": args.rows, "--epochs": args.epochs, "--precision": args.precision}
    command = [sys.executable, "-W", "ignore", __file__, "--worker", model]
    command += [str(word) for option in options.items() for word in option]
    workers = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment)
        for _ in range(n_processes)
    ]
    for worker in workers:
        if worker.stdout.readline().strip() != "ready":
            sys.exit(f"{model} failed")
    for worker in workers:
        worker.stdin.write("go\n")
        worker.stdin.flush()
    found = [json.loads(worker.stdout.readline()) for worker in workers]
    for worker in workers:
        worker.wait()
    return sum(found)


def measure(args):
    """Print a line a model."""
    cases = {"1 thread": (1, 1), "2 threads": (2, 1), "2 processes": (1, 2)}
    for model in args.models:
        runs = {case: [] for case in cases}
        for _ in range(args.repeat):
            for case, how in cases.items():
                runs[case].append(rates(args, model, *how))
        one, two, both = (statistics.median(found) for found in runs.values())
        print(
            f"| {model} | {one:,.0f} | {two:,.0f} | {both:,.0f} | {two / one:.2f} | {two / both:.2f} |",
            flush=True,
        )


def main():
    """Measure all models, or work for a measurement."""
    parser = argparse.ArgumentParser()
    parser.add_argument("models", nargs="*", default=MODELS)
    parser.add_argument("--rows", type=int, default=300_000)
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--precision", default="auto")
    parser.add_argument("--busy", action="store_true")
    parser.add_argument("--worker", help=argparse.SUPPRESS)
    parser.add_argument("--threads", type=int, default=1, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.worker:
        work(args)
        return
    busy = subprocess.Popen([sys.executable, "-c", BUSY]) if args.busy else None
    print("| model | 1 thread | 2 threads | 2 processes | threads | of the processes |\n|---|---|---|---|---|---|")
    try:
        measure(args)
    finally:
        if busy is not None:
            busy.kill()


if __name__ == "__main__":
    main()
