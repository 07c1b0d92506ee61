"""
Speed of SASRec and GRU4Rec
===========================

Made sequences over 12,101 items, of 5 to LENGTH + 1 items each, popular ones more often; 64 numbers an item, batches of
128 sequences, one thread. SASRec has two blocks of two heads, and a negative for each position; GRU4Rec has two layers
of 64 units, and learns from a history and the item after it, beside the items of the batch's other rows, as that of
torch-rechub does.

A row is a sequence. Seconds are those of the processor, of an epoch behind the first, so that what else runs on the
machine counts little. Memory is what the process had at most beyond what it had before it read the first row. Each
library runs in a process of its own, RecTools in an environment of its own.

    python examples/benchmarks/next_item_speed.py [--lengths 20 50 100] [--models SASRec GRU4Rec] [--rectools PYTHON]
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import time
from pathlib import Path

N_ITEMS, DIM, BATCH = 12_101, 64, 128


def sequences(length, n_rows):
    """Return `n_rows` lists of 5 to `length` + 1 items, numbers from 1."""
    import numpy as np

    random = np.random.default_rng(0)
    lengths = random.integers(5, length + 2, n_rows)
    flat = 1 + (N_ITEMS * random.random(lengths.sum()) ** 3).astype(int)
    return [part.tolist() for part in np.split(flat, lengths.cumsum()[:-1])]


def skrec_seconds(name, rows, length):
    """Return the seconds of an epoch of ours: of a fit of three less those of one, by two."""
    import numpy as np
    import pandas as pd
    import pyarrow as pa

    import skrec

    def histories(cells):
        return pd.DataFrame({"items": pd.Series(cells, dtype=pd.ArrowDtype(pa.list_(pa.int64())))})

    shared = {
        "sequence_features": {"items": "item"},
        "embedding_dim": DIM,
        "max_length": length,
        "dropout": 0.2,
        "lr": 1e-3,
        "batch_size": BATCH,
        "early_stopping": False,
        "random_state": 0,
    }
    if name == "SASRec":
        X, model = histories(rows), skrec.SASRecClassifier(loss="sampled_bce", n_negatives=1, **shared)
    else:
        item = pd.Series([row[-1] for row in rows]).astype("category")
        X = histories([row[:-1] for row in rows]).assign(item=item)
        model = skrec.GRU4RecClassifier(loss="softmax", negatives="uniform", n_units=DIM, n_layers=2, **shared)
    seconds = []
    for n_epochs in (1, 1, 3):  # the first loads what is compiled
        start = time.process_time()
        model.set_params(max_epochs=n_epochs).fit(X, np.ones(len(X)))
        seconds.append(time.process_time() - start)
    return (seconds[2] - seconds[1]) / 2


def measure(library, name, length, n_rows):
    """Return rows/s and MB of one fit, in this process."""
    if library == "skrec":
        import skrec

        for lazy in ("SASRecClassifier", "GRU4RecClassifier"):
            getattr(skrec, lazy)
    else:
        sys.path.insert(0, str(Path(__file__).parent))
        import torch
        from next_item_peers import PEERS

        torch.set_num_threads(1)
    rows = sequences(length, n_rows)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    if library == "skrec":
        seconds = skrec_seconds(name, rows, length)
    else:
        seconds = PEERS[library, name](rows, n_items=N_ITEMS, length=length, dim=DIM, batch_size=BATCH)
    return {"rows/s": n_rows / seconds, "MB": (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024}


def main(args):
    import pandas as pd

    threads = os.environ | dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"), "1")
    cases = [("skrec", "SASRec"), ("torch-rechub", "SASRec"), ("RecTools", "SASRec"), ("skrec", "GRU4Rec")]
    cases.append(("torch-rechub", "GRU4Rec"))
    found = []
    for length in args.lengths:
        for library, name in cases:
            python = args.rectools if library == "RecTools" else sys.executable
            if python is None or name not in args.models:
                continue
            one = json.dumps([library, name, length, args.rows])
            told = subprocess.run([python, __file__, "--one", one], env=threads, capture_output=True, text=True)
            if told.returncode:
                print(library, name, length, told.stderr[-1000:], file=sys.stderr)
                continue
            found.append(
                {"model": name, "length": length, "library": library, **json.loads(told.stdout.splitlines()[-1])}
            )
            print(pd.DataFrame(found[-1:]).round(1).to_string(index=False, header=False), flush=True)
    table = pd.DataFrame(found).pivot(index=["model", "length"], columns="library")
    print(table.round(0))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[1])
    parser.add_argument("--lengths", type=int, nargs="+", default=[20, 50, 100])
    parser.add_argument("--models", nargs="+", default=["SASRec", "GRU4Rec"])
    parser.add_argument("--rows", type=int, default=4000)
    parser.add_argument("--rectools", metavar="PYTHON", help="the interpreter that has RecTools")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.one:
        print(json.dumps(measure(*json.loads(args.one))))
    else:
        main(args)
