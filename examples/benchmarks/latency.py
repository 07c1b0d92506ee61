"""
How soon a single row is answered
=================================

Median and 99th percentile of calls of `predict_proba` with one row of 26 categorical columns, 130,000 categories, and
13 numbers: of the estimator given a typed row, and of a pipeline with a `TableEncoder` given a row of text and numbers.

    python examples/benchmarks/latency.py [--calls 1000]
"""

import argparse
import pickle
import time

import numpy as np
import pandas as pd
from sklearn.pipeline import make_pipeline

from skrec import DeepFMClassifier, FMClassifier
from skrec.preprocessing import TableEncoder

N_ROWS, N_CATEGORICAL, N_NUMERIC, N_VALUES = 20_000, 26, 13, 5_000


def clicks(rng):
    """Return a frame of text and numbers, and clicks."""
    values = np.array([f"value {k:07d}" for k in range(N_VALUES)])
    columns = {f"C{j}": values[rng.integers(N_VALUES, size=N_ROWS)] for j in range(N_CATEGORICAL)}
    columns |= {f"I{j}": rng.normal(size=N_ROWS) for j in range(N_NUMERIC)}
    return pd.DataFrame(columns), rng.integers(2, size=N_ROWS)


def seconds(predict, rows, n_calls):
    """Return the wall time of each call, after a tenth of them that do not count."""
    taken = []
    for call in range(-n_calls // 10, n_calls):
        row = rows[call % len(rows)]
        start = time.perf_counter()
        predict(row)
        if call >= 0:
            taken.append(time.perf_counter() - start)
    return taken


def main():
    """Fit both models and print a line for each and for each kind of row."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--calls", type=int, default=1000)
    n_calls = parser.parse_args().calls
    X, y = clicks(np.random.default_rng(0))
    print(f"{'milliseconds':30}{'median':>10}{'p99':>10}")
    for model in (FMClassifier, DeepFMClassifier):
        pipeline = make_pipeline(TableEncoder(), model(max_epochs=1, random_state=0)).fit(X, y)
        pipeline = pickle.loads(pickle.dumps(pipeline))  # as it is served
        rows = [X.iloc[i : i + 1] for i in range(100)]
        typed = [pipeline[:-1].transform(row) for row in rows]
        for what, predict, some in (
            ("typed row", pipeline[-1].predict_proba, typed),
            ("pipeline", pipeline.predict_proba, rows),
        ):
            taken = 1e3 * np.array(seconds(predict, some, n_calls))
            print(f"{model.__name__ + ', ' + what:30}{np.median(taken):>10.2f}{np.quantile(taken, 0.99):>10.2f}")


if __name__ == "__main__":
    main()
