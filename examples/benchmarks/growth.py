"""
How time and memory grow
========================

The second of two epochs, whole fit, rate of ``predict_proba`` and peak memory of FM and DeepFM, with one thing changed
at a time: rows, categories of all columns together, columns, embedding size, threads. The first epoch is left out of
the time of an epoch, for it touches the pages of weights and moments for the first time.

    python examples/benchmarks/growth.py [--rows 300000] [--repeat 1] [--figure growth.png] [THING ...]

All else is 26 categorical columns of a million categories together, of which the popular come up most, vectors of 8,
hidden layers of 256 and 128 units, batches of 2048 and one thread. Each run has a process of its own, they take turns,
and medians are printed and drawn. The frame is typed; its memory is part of the peak, the library's 0.4 GiB too.
"""

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

THINGS = {
    "rows": (100_000, 300_000, 1_000_000),
    "categories": (100_000, 1_000_000, 10_000_000),
    "columns": (10, 26, 50, 100),
    "embedding size": (4, 8, 16, 32, 64),
    "threads": (1, 2),
}
USUAL = {"rows": 300_000, "categories": 1_000_000, "columns": 26, "embedding size": 8, "threads": 1}
MODELS = {"FM": {}, "DeepFM": {"hidden_layer_sizes": (256, 128)}}
BATCH, N_PREDICTED = 2048, 200_000


def make_data(n_rows, n_categories, n_columns):
    """Return a typed frame and labels."""
    import pandas as pd

    rng, size = np.random.default_rng(0), n_categories // n_columns
    codes = {f"C{j}": (size * rng.random(n_rows) ** 4).astype(np.int32) for j in range(n_columns)}
    frame = {name: pd.Categorical.from_codes(of, categories=np.arange(size)) for name, of in codes.items()}
    return pd.DataFrame(frame), rng.integers(0, 2, n_rows)


def measure(model, case):
    """Fit and predict once; print seconds, rows a second and GiB as JSON."""
    import torch

    import skrec

    torch.set_num_threads(case["threads"])
    X, y = make_data(case["rows"], case["categories"], case["columns"])
    estimator = getattr(skrec, f"{model}Classifier")(
        embedding_dim=case["embedding size"],
        max_epochs=2,
        batch_size=BATCH,
        early_stopping=False,
        embedding_l2=0,
        n_threads=case["threads"],
        random_state=0,
        **MODELS[model],
    )
    few = 100_000 // case["columns"] * 10  # a million lookups, from which fits are compiled
    estimator.fit(X[:few], y[:few])
    start = time.perf_counter()
    estimator.fit(X, y)
    fitted = time.perf_counter()
    estimator.predict_proba(X[:N_PREDICTED])
    found = {
        "epoch": estimator.history_["seconds"].iloc[1],
        "fit": fitted - start,
        "predict": min(len(X), N_PREDICTED) / (time.perf_counter() - fitted),
        "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20,
    }
    print(json.dumps(found))


def run(model, case):
    """Return what `measure` finds in a process of its own."""
    threads = {"OMP_NUM_THREADS": str(case["threads"]), "OMP_WAIT_POLICY": "passive"}
    command = [sys.executable, __file__, "--case", model, json.dumps(case)]
    done = subprocess.run(command, env={**os.environ, **threads}, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{model} with {case} failed:\n{done.stderr[-2000:]}")
    return json.loads(done.stdout.splitlines()[-1])


def short(number):
    """Return 1000 as 1k, a million as 1M."""
    return next((f"{number // of}{sign}" for of, sign in ((10**6, "M"), (10**3, "k")) if number >= of), str(number))


def draw(found, path):
    """Draw seconds of an epoch and peak memory, a column of panels for each thing."""
    import matplotlib as mpl

    mpl.use("agg")
    import matplotlib.pyplot as plt
    from matplotlib.ticker import LogLocator

    things = list(dict.fromkeys(thing for thing, _, _ in found))
    figure, panels = plt.subplots(2, len(things), figsize=(2.6 * len(things), 5), sharey="row", squeeze=False)
    for column, thing in enumerate(things):
        for model, marker in zip(MODELS, "os", strict=True):
            values = [value for of, value, name in found if (of, name) == (thing, model)]
            for panel, key in zip(panels[:, column], ("epoch", "peak"), strict=True):
                panel.plot(values, [found[thing, value, model][key] for value in values], marker + "-", label=model)
        for panel in panels[:, column]:
            panel.set_xscale("log")
            panel.set_xticks(THINGS[thing], map(short, THINGS[thing]))
            panel.minorticks_off()
            panel.grid(alpha=0.3)
        panels[0, column].tick_params(labelbottom=False)
        panels[1, column].set_xlabel(thing)
    seconds = [own["epoch"] for own in found.values()]
    panels[0, 0].set(yscale="log", ylim=(min(seconds) / 2, max(seconds) * 2), ylabel="an epoch, s")
    panels[0, 0].yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    panels[0, 0].yaxis.set_major_formatter("{x:g}")
    panels[0, 0].minorticks_off()
    panels[1, 0].set(ylim=(0, None), ylabel="peak memory, GiB")
    panels[0, 0].legend(frameon=False)
    figure.tight_layout()
    figure.savefig(path, dpi=120)


def main():
    """Run every case in turn, print the table and draw it."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[1])
    parser.add_argument("things", nargs="*", metavar="THING", help=f"of {list(THINGS)}; all by default")
    parser.add_argument("--rows", type=int, default=USUAL["rows"], help="where they are not what is changed")
    parser.add_argument("--repeat", type=int, default=1)
    parser.add_argument("--figure", type=Path, default=Path(__file__).with_suffix(".png"))
    parser.add_argument("--case", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.case:
        return measure(options.case[0], json.loads(options.case[1]))
    found, known = {}, {}
    print(
        f"{'':16}{'':>12} {'':8}{'an epoch, s':>12}{'us/row':>8}{'fit, s':>9}{'predict, rows/s':>17}{'peak, GiB':>11}"
    )
    for thing in options.things or THINGS:
        for value in THINGS[thing]:
            case = {**USUAL, "rows": options.rows, thing: value}
            for model in MODELS:
                key = model, *case.values()
                if key not in known:
                    runs = [run(model, case) for _ in range(options.repeat)]
                    known[key] = {name: statistics.median(of[name] for of in runs) for name in runs[0]}
                own = found[thing, value, model] = known[key]
                print(
                    f"{thing:16}{value:>12,} {model:8}{own['epoch']:>12.2f}{1e6 * own['epoch'] / case['rows']:>8.2f}"
                    f"{own['fit']:>9.2f}{own['predict']:>17,.0f}{own['peak']:>11.2f}",
                    flush=True,
                )
    draw(found, options.figure)
    return None


if __name__ == "__main__":
    main()
