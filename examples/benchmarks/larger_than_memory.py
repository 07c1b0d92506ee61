"""
A fit over more rows than memory
================================

Peak memory and speed of one epoch, and of a prediction, over Parquet files that a pyarrow Dataset reads a row group at
a time. The files are those of generated clicks, 26 categorical and 13 numeric columns as strings and floats.

    python examples/benchmarks/larger_than_memory.py [--rows 5000000 20000000] [--threads 2] [--model FM]

Each number of rows has a process of its own. All learn the same vocabulary: every file begins with the same rows, in
which each of the 1.1 million values comes up, so that peaks differ by what grows with the rows and by nothing else.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from speed import CARDINALITIES

N_NUMERIC, FILE_ROWS, GROUP_ROWS = 13, 2**20, 2**15


def write(folder, n_rows):
    """Write `n_rows` clicks, a file at a time: a sum of a weight for each value decides."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq

    rng = np.random.default_rng(0)
    names = [pa.array([f"{j:02d}-{k:07d}" for k in range(size)]) for j, size in enumerate(CARDINALITIES)]
    weights = [rng.normal(0, 0.3, size) for size in CARDINALITIES]
    folder.mkdir(exist_ok=True)
    for start in range(0, n_rows, FILE_ROWS):
        rng = np.random.default_rng(start)
        size = min(FILE_ROWS, n_rows - start)
        score, columns = np.zeros(size), {}
        for j, (values, weight) in enumerate(zip(names, weights, strict=True)):
            codes = (len(values) * rng.random(size) ** 2.5).astype(np.int64)  # few values have most rows
            codes[: len(values)] = np.arange(len(values))[:size]
            columns[f"C{j + 1}"], score = values.take(codes), score + weight[codes]
        for j in range(N_NUMERIC):
            number = rng.normal(size=size).astype(np.float32)
            columns[f"I{j + 1}"], score = number, score + 0.1 * number
        columns["click"] = (rng.random(size) < 1 / (1 + np.exp(1 - score))).astype(np.int8)
        pq.write_table(pa.table(columns), folder / f"{start // FILE_ROWS:03d}.parquet", row_group_size=GROUP_ROWS)


def measure(folder, model, n_threads):
    """Print seconds of a fit of one epoch, of the epoch in it and of a prediction, and the peak in GiB, as JSON."""
    import pyarrow.dataset as ds
    import torch

    import skrec

    torch.set_num_threads(n_threads)
    dataset = ds.dataset(folder)
    estimator = getattr(skrec, f"{model}Classifier")(
        embedding_dim=8, lr=4e-3, max_epochs=1, batch_size=2048, early_stopping=False, random_state=0
    )
    start = time.perf_counter()
    estimator.fit(dataset, "click")
    fitted = time.perf_counter()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    n_rows = len(estimator.predict_proba(dataset))
    predicted = time.perf_counter() - fitted
    epoch = float(estimator.history_["seconds"].sum())
    print(json.dumps({"rows": n_rows, "fit": fitted - start, "epoch": epoch, "predict": predicted, "peak": peak}))


def main():
    """Write, fit and print a line for each number of rows."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, nargs="+", default=[5_000_000, 20_000_000])
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--model", default="FM")
    parser.add_argument("--folder", type=Path, help="where to write, and to find files of an earlier run")
    parser.add_argument("--case", choices=["write", "measure"], help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.case == "write":
        return write(args.folder, args.rows[0])
    if args.case == "measure":
        return measure(args.folder, args.model, args.threads)
    environment = {**os.environ, "OMP_NUM_THREADS": str(args.threads), "OMP_WAIT_POLICY": "passive"}
    print(f"{'rows':>12}{'fit, rows/s':>14}{'epoch, rows/s':>16}{'predict, rows/s':>18}{'peak of fit, GiB':>20}")
    peaks = []
    with tempfile.TemporaryDirectory() as temporary:
        for n_rows in args.rows:
            folder = (args.folder or Path(temporary)) / str(n_rows)
            command = [sys.executable, __file__, "--rows", str(n_rows), "--threads", str(args.threads)]
            command += ["--model", args.model, "--folder", str(folder), "--case"]
            if not folder.exists():
                folder.mkdir(parents=True)
                subprocess.run([*command, "write"], env=environment, check=True)
            done = subprocess.run([*command, "measure"], env=environment, check=True, stdout=subprocess.PIPE, text=True)
            found = json.loads(done.stdout.splitlines()[-1])
            rates = (n_rows / found[part] for part in ("fit", "epoch", "predict"))
            peaks.append(found["peak"])
            print("{:>12,}{:>14,.0f}{:>16,.0f}{:>18,.0f}{:>20.2f}".format(n_rows, *rates, found["peak"]), flush=True)
    if len(peaks) > 1:
        print(f"peak of the last beside the first: {peaks[-1] / peaks[0]:.3f}")


if __name__ == "__main__":
    main()
