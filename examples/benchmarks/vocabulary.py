"""
Vocabularies of text columns
============================

Seconds that `TableEncoder` takes to learn 26 columns of text with 1.1 million values, and to turn them into categories,
and the memory that it takes beside the frame.

    python examples/benchmarks/vocabulary.py [--rows 1000000 10000000] [--dtypes str object]

Values come up by a power law, so that most are rare. Each case has a process of its own; `object` columns, which hold a
Python string a cell, are measured at the first number of rows alone.
"""

import argparse
import os
import resource
import subprocess
import sys
import time

from speed import CARDINALITIES

CHUNK_ROWS = 2**20


def make_column(n_rows, n_values, rng):
    """Return `n_rows` of `n_values` strings, a chunk at a time: value k has a weight of (k + 1) ** -1.05."""
    import numpy as np
    import pyarrow as pa

    names, power = pa.array([f"value {k:07d}" for k in range(n_values)]), -0.05
    chunks = []
    for start in range(0, n_rows, CHUNK_ROWS):
        uniform = rng.random(min(CHUNK_ROWS, n_rows - start))
        places = ((((n_values + 1) ** power - 1) * uniform + 1) ** (1 / power) - 1).astype(np.int64)
        chunks.append(names.take(places.clip(max=n_values - 1)))
    return pa.chunked_array(chunks)


def resident():
    """Return the memory that this process has now, in GiB."""
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**30


def measure(n_rows, dtype):
    """Print a line of the table."""
    import numpy as np
    import pandas as pd

    from skrec.preprocessing import TableEncoder

    rng = np.random.default_rng(0)
    columns = {
        f"C{j}": pd.Series(make_column(n_rows, size, rng).to_pandas()).astype(dtype)
        for j, size in enumerate(CARDINALITIES, start=1)
    }
    frame = pd.DataFrame(columns, copy=False)
    del columns
    TableEncoder().fit_transform(frame[:1000])  # imports
    before, start = resident(), time.perf_counter()
    encoder = TableEncoder().fit(frame)
    fitted, peak_fit = time.perf_counter(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    out = encoder.transform(frame)
    done, peak = time.perf_counter(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    n_values = sum(len(values) for values in encoder.categorical_encoder_.categories_)
    size = sum(out[name].array.codes.nbytes for name in out) / 2**30
    print(
        f"{n_rows:>12,}{dtype:>8}{n_values:>12,}{fitted - start:>8.1f}{done - fitted:>12.1f}"
        f"{before:>12.2f}{peak_fit - before:>12.2f}{peak - before:>12.2f}{size:>12.2f}",
        flush=True,
    )


def main():
    """Run every case in a process of its own."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, nargs="+", default=[1_000_000, 10_000_000])
    parser.add_argument("--dtypes", nargs="+", default=["str", "object"])
    parser.add_argument("--case", nargs=2, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.case:
        return measure(int(args.case[0]), args.case[1])
    print(f"{'':32}{'seconds':>20}{'GiB':>12}{'beside it, peak of':>24}{'':>12}")
    print(f"{'rows':>12}{'dtype':>8}{'values':>12}{'fit':>8}{'transform':>12}{'frame':>12}", end="")
    print(f"{'fit':>12}{'both':>12}{'its codes':>12}", flush=True)
    for n_rows in args.rows:
        for dtype in args.dtypes:
            if dtype != "object" or n_rows == args.rows[0]:
                subprocess.run([sys.executable, __file__, "--case", str(n_rows), dtype], check=True)


if __name__ == "__main__":
    main()
