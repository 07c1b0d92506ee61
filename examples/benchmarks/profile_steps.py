"""
Where the time of a step goes
=============================

Training steps of five models, taken apart by Python's profiler, beside what the machine needs at least: the bytes that
a step has to move over the bandwidth of a copy, and its products over the rate of one large product in the same dtype,
both measured in the same process; and rows a second of a prediction. PROFILE.md beside this file has the lines.

    OMP_WAIT_POLICY=passive python examples/benchmarks/profile_steps.py [MODEL ...] [--threads 1 2] [--batch 2048 8192]

The data are generated clicks of 26 categorical columns with 1.1 million categories and, but for DIN, 13 numbers; DIN
has a history of at most 50 items and their categories. Two towers see them as the features of 50,000 users and 20,000
items, each row's against 1,024 drawn ones. Vectors are of 8, hidden layers of 256 and 128 units.

Bytes: a looked-up vector is read and written, its gradient read once, and of each distinct row the weights and both
moments are read and written. Flops: the products of forward and backward pass, as torch counts them. Neither knows of
what is written down between two layers, so nobody reaches the floor.
"""

import argparse
import cProfile
import pstats
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from torch.utils.flop_counter import FlopCounterMode

import skrec
from skrec.engine import Net

N_STEPS, N_PREDICTED = 40, 200_000
MLP = {"hidden_layer_sizes": (256, 128)}
USER = [f"C{j}" for j in range(1, 14)]
MODELS = {
    "FM": skrec.FMClassifier(numeric_embedding=None),
    "DeepFM": skrec.DeepFMClassifier(numeric_embedding=None, **MLP),
    "DCNv2": skrec.DCNv2Classifier(n_cross_layers=3, numeric_embedding=None, **MLP),
    "DIN": skrec.DINClassifier(attention_hidden_layer_sizes=(36,), activation="dice", **MLP),
    "TwoTower": skrec.TwoTowerClassifier(loss="softmax", n_negatives=1024, **MLP),
}
PHASES = {  # functions whose time, and that of all they call, is a phase's
    "batch": [("_rows.py", "batch"), ("_pairs.py", "batch")],
    "look up": [("_embedding_lookup.py", "forward"), ("_embedding_bag.py", "forward")],
    "forward": [("_net.py", "infer"), ("skorch/net.py", "get_loss")],
    "backward": [("torch/_tensor.py", "backward")],
    "its look-ups": [("_embedding_lookup.py", "backward"), ("_embedding_bag.py", "backward")],
    "table rows": [("_optimizers/_tables.py", "step")],
    "dense weights": [("optim/adam.py", "step")],
    "all": [("_net.py", "run_single_epoch")],
}
WITHIN = {"forward": "look up", "backward": "its look-ups"}


def make_data(model, n_rows):
    """Return a typed frame and labels."""
    if model == "DIN":
        from din_speed import HISTORIES, make_codes, typed

        codes, y = make_codes(n_rows, 50, full=False)
        return typed(codes), y, {"sequence_features": HISTORIES}
    from speed import make_data as make

    X, y = make(n_rows)
    if model != "TwoTower":
        return X[:n_rows], y[:n_rows], {}
    rng, item = np.random.default_rng(0), [name for name in X if name not in USER]
    sides = zip((USER, item), ("user", "item"), (50_000, 20_000), strict=True)
    drawn = [(X[names][:n].rename_axis(side).reset_index(), rng.integers(n, size=n_rows)) for names, side, n in sides]
    X = pd.concat([of_side.iloc[rows].reset_index(drop=True) for of_side, rows in drawn], axis=1)
    X = X.astype({"user": "category", "item": "category"})
    return X, np.ones(n_rows, int), {"user_features": ["user", *USER], "item_features": ["item", *item]}


def phases(profile):
    """Return the seconds of each phase, what lies within another taken out of it."""
    stats = pstats.Stats(profile).stats
    found = {
        phase: sum(
            cumulative
            for (file, _, function), (*_, cumulative, _) in stats.items()
            if any(file.endswith(name) and function == called for name, called in functions)
        )
        for phase, functions in PHASES.items()
    }
    for outer, inner in WITHIN.items():
        found[outer] -= found[inner]
    found["rest"] = 2 * found["all"] - sum(found.values())
    return found


def rates(dtype):
    """Return bytes a second of a copy, and flops a second of a product."""
    source, target = torch.ones(2**26), torch.empty(2**26)
    x, w = torch.ones(4096, 512, dtype=dtype), torch.ones(512, 512, dtype=dtype)
    return 2 * 4 * 2**26 / best(lambda: target.copy_(source)), 2 * 4096 * 512**2 / best(lambda: x @ w)


def best(function):
    """Return the least seconds of ten calls."""
    seconds = []
    for _ in range(10):
        start = time.perf_counter()
        function()
        seconds.append(time.perf_counter() - start)
    return min(seconds)


class Counted(Net):
    """Counts the flops of one step, and what it looks up."""

    def train_step_single(self, batch, **fit_params):
        """Return loss and outputs."""
        with FlopCounterMode(display=False) as counter:
            step = super().train_step_single(batch, **fit_params)
        table = self.module_.embedding.table
        ids = table.grad._indices()[0]
        width = table.shape[1]
        Counted.flops, Counted.bytes = counter.get_total_flops(), 4 * width * (3 * len(ids) + 6 * len(ids.unique()))
        Counted.dtype = torch.bfloat16 if self.autocast else torch.float32
        return step


def floor(estimator, X, y):
    """Return the seconds that a step takes at least, for its bytes and for its products."""
    from skrec.estimators import _training

    _training.Net = Counted
    estimator.fit(X, y)  # all rows, for their number decides the dtype
    _training.Net = Net
    bandwidth, rate = rates(Counted.dtype)
    return Counted.bytes / bandwidth, Counted.flops / rate, Counted.dtype


def measure(model, batch, n_threads):
    """Print the lines of one model."""
    torch.set_num_threads(n_threads)
    X, y, options = make_data(model, max(N_STEPS * batch, N_PREDICTED))
    estimator = MODELS[model].set_params(
        embedding_dim=8, batch_size=batch, max_epochs=1, early_stopping=False, embedding_l2=0, **options
    )
    estimator.set_params(n_threads=n_threads, random_state=0)
    n_rows = N_STEPS * batch
    estimator.fit(X[:n_rows], y[:n_rows])  # imports and compiles
    with cProfile.Profile() as profile:
        estimator.fit(X[:n_rows], y[:n_rows])
    found = phases(profile)
    of_bytes, of_flops, dtype = floor(estimator, X[:n_rows], y[:n_rows])
    least = best(lambda: estimator.predict_proba(X[:N_PREDICTED]))
    ms = {name: f"{1000 * seconds / N_STEPS:.2f}" for name, seconds in found.items()}
    order = ["batch", "look up", "forward", "backward", "its look-ups", "table rows", "dense weights", "rest", "all"]
    cells = [model, f"{batch:,}", n_threads, *(ms[name] for name in order)]
    cells += [f"{1000 * of_bytes:.2f}", f"{1000 * of_flops:.2f}", str(dtype)[6:], f"{N_PREDICTED / least:,.0f}"]
    print("| " + " | ".join(map(str, cells)) + " |", flush=True)


def main():
    """Measure each model in a process of its own."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[1])
    parser.add_argument("models", nargs="*", metavar="MODEL", help=f"of {list(MODELS)}; all by default")
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--batch", type=int, nargs="+", default=[2048, 8192])
    parser.add_argument("--measure", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        measure(options.models[0], options.batch[0], options.threads[0])
        return
    for model in options.models or MODELS:
        for batch in options.batch:
            for n_threads in options.threads:
                command = [sys.executable, Path(__file__), model, "--measure", "--batch", batch, "--threads", n_threads]
                subprocess.run(list(map(str, command)), check=True)


if __name__ == "__main__":
    main()
