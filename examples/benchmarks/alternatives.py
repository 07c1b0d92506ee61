"""
What else one would take
========================

Libraries that people take for clicks beside ours, on the generated clicks of ``speed.py``: rows a second of a whole fit
and of a prediction, and test AUC.

    pip install vowpalwabbit lightgbm catboost myfm
    python examples/benchmarks/alternatives.py [--rows 200000] [--threads 2] [NAME ...]

Each has its defaults, or what its documentation gives for such columns, and vectors of 8 where it has vectors. Who
stops early holds a tenth of the training rows back for it; nothing was chosen by the test rows.

* Ours: the defaults, early stopping among them; from the typed frame.
* Vowpal Wabbit: one pass, reading a text file that was written before the clock starts; ``-q ::`` are all pairs,
  hashed. The learning rate is the best of .5, .1 and .02 on a tenth of the training rows.
* LightGBM and CatBoost: codes as categorical columns, at most 1,000 and 500 trees, stopped on the tenth.
* myFM: a Bayesian factorization machine, 50 samples, of a sparse matrix that is made before the clock starts; one
  thread.
* scikit-learn: logistic regression by SGD on the same matrix, stopped on the tenth; one thread.

Each has a process of its own. A library that is not installed is left out, and said to be.
"""

import argparse
import importlib.util
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from speed import DIM, N_TEST, columns, make_data

VW = "--loss_function logistic --link logistic -b 24 -l 0.1 --quiet --no_stdin"
FIELDS = "abcdefghijklmnopqrstuvwxyz"


def ours(name, options=None):
    """Return a run of one of our classifiers."""

    def run(X, y, n_rows, n_threads):
        import skrec

        model = getattr(skrec, f"{name}Classifier")(**(options or {}), n_threads=n_threads, random_state=0)
        model.fit(X[:25_600], y[:25_600])  # imports and compiles
        start = time.perf_counter()
        model.fit(X[:n_rows], y[:n_rows])
        fitted = time.perf_counter()
        return start, fitted, model.predict_proba(X[n_rows:])[:, 1]

    return run


def vowpal_wabbit(options):
    """Return a run of Vowpal Wabbit."""

    def run(X, y, n_rows, n_threads):
        from vowpalwabbit import Workspace

        folder = Path(tempfile.mkdtemp())
        for part, rows in (("train", slice(n_rows)), ("test", slice(n_rows, None))):
            (folder / part).write_text("".join(lines(X[rows], y[rows])))
        start = time.perf_counter()
        Workspace(f"{VW} {options} -d {folder / 'train'} -f {folder / 'model'}").finish()
        fitted = time.perf_counter()
        Workspace(f"--quiet --no_stdin -t -d {folder / 'test'} -i {folder / 'model'} -p {folder / 'scores'}").finish()
        return start, fitted, np.loadtxt(folder / "scores")

    return run


def lines(X, y):
    """Yield the rows in Vowpal Wabbit's format, a namespace a categorical column and one for the numbers."""
    codes = [each.tolist() for name, each in columns(X).items() if name[0] == "C"]
    numbers = [each.tolist() for name, each in columns(X).items() if name[0] == "I"]
    for label, *row in zip(y, *codes, *numbers, strict=True):
        fields = " ".join(f"|{letter} {code}" for letter, code in zip(FIELDS, row[: len(codes)], strict=True))
        values = " ".join(f"{j}:{value:.5g}" for j, value in enumerate(row[len(codes) :]))
        yield f"{1 if label else -1} {fields} |N {values}\n"


def lightgbm(X, y, n_rows, n_threads):
    """Run LightGBM."""
    from lightgbm import LGBMClassifier, early_stopping

    data = as_codes(X)
    start = time.perf_counter()
    few = n_rows // 10
    model = LGBMClassifier(n_estimators=1000, n_jobs=n_threads, random_state=0, verbose=-1)
    model.fit(
        data[few:n_rows],
        y[few:n_rows],
        eval_set=[(data[:few], y[:few])],
        categorical_feature=[name for name in data if name[0] == "C"],
        callbacks=[early_stopping(10, verbose=False)],
    )
    return start, time.perf_counter(), model.predict_proba(data[n_rows:])[:, 1]


def catboost(X, y, n_rows, n_threads):
    """Run CatBoost."""
    from catboost import CatBoostClassifier

    data = as_codes(X)
    start = time.perf_counter()
    few = n_rows // 10
    names = [name for name in data if name[0] == "C"]
    options = {"thread_count": n_threads, "random_state": 0, "verbose": 0, "allow_writing_files": False}
    model = CatBoostClassifier(iterations=500, cat_features=names, **options)
    model.fit(data[few:n_rows], y[few:n_rows], eval_set=(data[:few], y[:few]), early_stopping_rounds=10)
    return start, time.perf_counter(), model.predict_proba(data[n_rows:])[:, 1]


def as_codes(X):
    """Return the frame with codes in place of categories."""
    return X.assign(**{name: codes.astype("int32") for name, codes in columns(X).items() if name[0] == "C"})


def myfm(X, y, n_rows, n_threads):
    """Run myFM."""
    from myfm import MyFMClassifier

    data = one_hot(X)
    start = time.perf_counter()
    model = MyFMClassifier(rank=DIM, random_seed=0).fit(data[:n_rows], y[:n_rows], n_iter=50, n_kept_samples=40)
    return start, time.perf_counter(), model.predict_proba(data[n_rows:])


def sgd(X, y, n_rows, n_threads):
    """Run scikit-learn's logistic regression."""
    from sklearn.linear_model import SGDClassifier

    data = one_hot(X)
    start = time.perf_counter()
    model = SGDClassifier(loss="log_loss", early_stopping=True, random_state=0).fit(data[:n_rows], y[:n_rows])
    return start, time.perf_counter(), model.predict_proba(data[n_rows:])[:, 1]


def one_hot(X):
    """Return the categories one-hot and the numbers beside them, in one sparse matrix."""
    from scipy import sparse
    from sklearn.preprocessing import OneHotEncoder

    names = [name for name in X if name[0] == "C"]
    return sparse.hstack([OneHotEncoder().fit_transform(X[names]), X.drop(columns=names).to_numpy()], format="csr")


DEEP = {"embedding_dim": DIM, "hidden_layer_sizes": (256, 128)}
RUNS = {  # name: package, run
    "LR": ("skrec", ours("LR")),
    "FM": ("skrec", ours("FM", {"embedding_dim": DIM})),
    "DeepFM": ("skrec", ours("DeepFM", DEEP)),
    "DCNv2": ("skrec", ours("DCNv2", DEEP)),
    "VW linear": ("vowpalwabbit", vowpal_wabbit("")),
    "VW -q ::": ("vowpalwabbit", vowpal_wabbit("-q ::")),
    "LightGBM": ("lightgbm", lightgbm),
    "CatBoost": ("catboost", catboost),
    "myFM": ("myfm", myfm),
    "SGDClassifier": ("sklearn", sgd),
}


def measure(name, n_rows, n_threads):
    """Fit and predict once; print rates (rows/s), AUC and seconds as JSON."""
    import torch
    from sklearn.metrics import roc_auc_score

    torch.set_num_threads(n_threads)
    X, y = make_data(n_rows)
    start, fitted, score = RUNS[name][1](X, y, n_rows, n_threads)
    seconds = {"fit": fitted - start, "predict": time.perf_counter() - fitted}
    print(json.dumps({**seconds, "auc": roc_auc_score(y[n_rows:], score)}))


def main():
    """Run each in a process of its own and print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(RUNS))
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--case", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.case:
        return measure(args.case, args.rows, args.threads)
    environment = {**os.environ, "OMP_NUM_THREADS": str(args.threads), "OMP_WAIT_POLICY": "passive"}
    print(f"{'':16}{'fit, s':>10}{'fit, rows/s':>14}{'predict, rows/s':>18}{'AUC':>8}")
    for name in args.names or RUNS:
        if importlib.util.find_spec(RUNS[name][0]) is None:
            print(f"{name:16}  {RUNS[name][0]} is not installed")
            continue
        command = [sys.executable, __file__, "--rows", str(args.rows), "--threads", str(args.threads), "--case", name]
        done = subprocess.run(command, env=environment, capture_output=True, text=True)
        if done.returncode:
            print(f"{name:16}  failed: {done.stderr.strip().splitlines()[-1]}")
            continue
        own = json.loads(done.stdout.splitlines()[-1])
        rates = f"{args.rows / own['fit']:>14,.0f}{N_TEST / own['predict']:>18,.0f}"
        print(f"{name:16}{own['fit']:>10.1f}{rates}{own['auc']:>8.4f}", flush=True)


if __name__ == "__main__":
    main()
