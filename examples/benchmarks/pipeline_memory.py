"""Peak memory and speed of a pipeline over Parquet of raw rows, and over the same rows as a frame.

    python examples/benchmarks/pipeline_memory.py write 2000000 rows.parquet
    python examples/benchmarks/pipeline_memory.py dataset rows.parquet [--predict]
    python examples/benchmarks/pipeline_memory.py frame rows.parquet [--predict]

Rows have text of 50,000 values, whole numbers, numbers with gaps, and lists. One epoch of FM, one thread.
"""

import argparse
import resource
import time

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
from sklearn.pipeline import make_pipeline

from skrec import FMClassifier
from skrec.preprocessing import TableEncoder

PART = 250_000


def part(seed):
    rng = np.random.default_rng(seed)
    age = rng.normal(40, 10, PART)
    age[::11] = np.nan
    offsets = np.concatenate([[0], np.cumsum(rng.integers(0, 4, PART))])
    return pa.table(
        {
            "user": pa.array([f"user{i}" for i in rng.integers(0, 50_000, PART)]),
            "item": rng.integers(0, 20_000, PART),
            "age": age,
            "tags": pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), rng.integers(0, 200, offsets[-1])),
            "click": rng.integers(0, 2, PART),
        }
    )


def write(n_rows, path):
    with pq.ParquetWriter(path, part(0).schema) as writer:
        for seed in range(n_rows // PART):
            writer.write_table(part(seed), row_group_size=PART // 2)


def run(kind, path, predict):
    encoder = TableEncoder(categorical=["user", "item"], numeric=["age"], sequence=["tags"])
    model = FMClassifier(max_epochs=1, batch_size=8192, random_state=0, early_stopping=False, n_threads=1)
    pipe, start = make_pipeline(encoder, model), time.process_time()
    if kind == "dataset":
        rows = ds.dataset(path)
        pipe.fit(rows, "click")
    else:
        rows = pd.read_parquet(path, dtype_backend="pyarrow")
        pipe.fit(rows, rows["click"].to_numpy())
    if predict:
        pipe.predict_proba(rows)
    seconds, n_rows = time.process_time() - start, ds.dataset(path).count_rows()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"{kind}, {n_rows:,} rows: at most {peak:,} MB, {n_rows / seconds:,.0f} rows a second of processor")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=["write", "dataset", "frame"])
    parser.add_argument("arguments", nargs="+")
    parser.add_argument("--predict", action="store_true")
    args = parser.parse_args()
    if args.what == "write":
        write(int(args.arguments[0]), args.arguments[1])
    else:
        run(args.what, args.arguments[0], args.predict)
