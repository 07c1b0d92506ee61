"""
How fast and how large a fit is
===============================

FM and DeepFM on generated clicks, 26 categorical and 13 numeric columns, 1.1 million categories: rows a second of a
whole `fit` of one epoch and of `predict_proba`, with and without the compiled kernels, and the memory that `fit`
takes beside frame and codes, against the weights with their moments.

    python examples/benchmarks/engine.py [--rows 500000] [--threads 2] [--repeat 3]

Each measurement has a process of its own, they take turns, and medians are printed: on a shared machine only the
ratios within one run mean something.
"""

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import time

from speed import CARDINALITIES

MODELS = {"FM": "FMClassifier", "DeepFM": "DeepFMClassifier"}


def resident():
    """Return the memory that this process has now, in bytes."""
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def measure(model, compiled, n_rows, n_threads, seed):
    """Fit and predict once; print rates (rows/s) and memory (bytes) as JSON."""
    import skrec
    from skrec.datasets import make_ctr
    from skrec.estimators import _training

    if not compiled:
        _training.can_compile = lambda: False
    data = make_ctr(n_rows, n_categorical=26, cardinality=CARDINALITIES, n_numeric=13, n_sequence=0, random_state=0)
    X, y = data.X.astype({name: "float32" for name in data.X if name.startswith("I")}), data.y
    options = {"hidden_layer_sizes": (256, 128)} if model == "DeepFM" else {}
    estimator = getattr(skrec, MODELS[model])(
        embedding_dim=8, batch_size=2048, max_epochs=1, early_stopping=False, n_threads=n_threads, random_state=seed
    ).set_params(**options)
    estimator.fit(X[:40_960], y[:40_960])  # imports and compiles
    before = resident()
    start = time.perf_counter()
    estimator.fit(X, y)
    fitted = time.perf_counter()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    estimator.predict_proba(X)
    predicted = time.perf_counter()
    weights = 3 * sum(p.numel() * p.element_size() for p in estimator.net_.module_.parameters())
    codes = n_rows * (26 + 13) * 4
    print(
        json.dumps(
            {
                "fit": n_rows / (fitted - start),
                "predict": n_rows / (predicted - fitted),
                "memory": (peak - before - codes) / weights,
            }
        )
    )


def main():
    """Run every case in turn and print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=500_000)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--case", nargs=3, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.case:
        model, compiled, seed = args.case
        return measure(model, compiled == "True", args.rows, args.threads, int(seed))
    environment = {**os.environ, "OMP_NUM_THREADS": str(args.threads), "OMP_WAIT_POLICY": "passive"}
    runs = {(model, compiled): [] for model in MODELS for compiled in (True, False)}
    for seed in range(args.repeat):
        for case, results in runs.items():
            command = [sys.executable, __file__, "--rows", str(args.rows), "--threads", str(args.threads), "--case"]
            done = subprocess.run(
                [*command, *map(str, case), str(seed)], env=environment, capture_output=True, text=True
            )
            if done.returncode:
                sys.exit(done.stderr[-2000:])
            results.append(json.loads(done.stdout.splitlines()[-1]))
    print(f"{'':22}{'fit, rows/s':>14}{'predict, rows/s':>18}{'memory / (weights + moments)':>32}")
    for (model, compiled), results in runs.items():
        fit, predict, memory = (statistics.median(r[key] for r in results) for key in ("fit", "predict", "memory"))
        print(
            f"{model + (' compiled' if compiled else ' torch alone'):22}{fit:>14,.0f}{predict:>18,.0f}{memory:>32.2f}"
        )


if __name__ == "__main__":
    main()
