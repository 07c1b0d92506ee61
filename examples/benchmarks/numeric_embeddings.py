"""
What vectors for numbers are worth
==================================

A table made like a census: 30,000 people, six numeric columns whose effect bends, jumps or shows in a narrow range, and
five of categories; the question is who earns much. Every model has its defaults but for `numeric_embedding`. Beside
them stand scikit-learn's gradient boosting, also untuned, and the probabilities that the labels were drawn from.

    python examples/benchmarks/numeric_embeddings.py [MODEL ...] [--kinds auto ...] [--seeds 0 1 2]

The defaults of the embeddings were chosen on another table, ``--table 0``.
"""

import argparse
import time

import numpy as np
import pandas as pd
from scipy.special import expit
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import train_test_split

import skrec

KINDS = [None, "linear", "periodic", "piecewise", "auto"]
MODELS = ["DNNClassifier", "DeepFMClassifier", "DCNv2Classifier", "AutoIntClassifier", "FinalMLPClassifier"]


def make_census(n_rows, seed):
    """Return people, whether each earns much, and the log odds of it."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "age": rng.gamma(7, 5.7, n_rows).clip(17, 90).round(),
            "education_years": rng.normal(10, 2.6, n_rows).clip(1, 16).round(),
            "hours": np.where(rng.random(n_rows) < 0.47, 40, rng.normal(40, 14, n_rows).clip(1, 99)).round(),
            "gain": np.where(rng.random(n_rows) < 0.083, rng.lognormal(8.8, 1.1, n_rows).clip(0, 99_999), 0).round(),
            "loss": np.where(rng.random(n_rows) < 0.047, rng.normal(1870, 360, n_rows).clip(150, 4356), 0).round(),
            "weight": rng.lognormal(12, 0.5, n_rows).round(),  # tells nothing
            "sex": rng.choice(["F", "M"], n_rows, p=[0.33, 0.67]),
            "occupation": rng.integers(0, 14, n_rows).astype(str),
            "sector": rng.choice(8, n_rows, p=[0.7, 0.08, 0.06, 0.05, 0.04, 0.03, 0.02, 0.02]).astype(str),
            "country": rng.choice(40, n_rows, p=np.r_[0.9, np.full(39, 0.1 / 39)]).astype(str),
        }
    )
    once = rng.random(n_rows) < expit((frame["age"] - 30) / 6)
    later = rng.choice(["married", "divorced", "widowed"], n_rows, p=[0.72, 0.2, 0.08])
    frame["status"] = np.where(once, later, "single")
    married, of_occupation = frame["status"] == "married", rng.normal(0, 0.8, 14)
    logit = -3.3 + 1.9 * married + 0.3 * (frame["sex"] == "M") * ~married
    logit += of_occupation[frame["occupation"].astype(int)]
    logit += 0.33 * (frame["education_years"] - 10) + 0.5 * (frame["education_years"] >= 13)
    logit += -0.0028 * (frame["age"] - 48) ** 2 + 0.03 * (frame["hours"] - 40).clip(upper=15) * (frame["age"] > 25)
    logit += np.select([frame["gain"] > 7000, frame["gain"] > 3000, frame["gain"] > 0], [5, 0.5, -1.5], 0)
    loss = frame["loss"]
    logit += np.select([loss.between(1800, 2000), loss > 2200, loss > 0], [3, 1.2, -1], 0)
    return frame, (rng.random(n_rows) < expit(logit)).astype(int), logit


def main():
    """Print the AUC of every model with every embedding."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[1])
    parser.add_argument("models", nargs="*", metavar="MODEL", help=f"of skrec; {MODELS} by default")
    parser.add_argument("--kinds", nargs="+", choices=list(map(str, KINDS)), default=list(map(str, KINDS)))
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--table", type=int, default=1, help="the seed of the table")
    options = parser.parse_args()
    parts = train_test_split(*make_census(30_000, options.table), test_size=1 / 3, random_state=0)
    X, X_test, y, y_test, _, logit = parts
    print(f"what the labels were drawn from  {roc_auc_score(y_test, logit):.4f}")
    categories = {name: "category" for name in X if X[name].dtype.kind not in "fi"}
    trees = HistGradientBoostingClassifier(categorical_features="from_dtype", random_state=0)
    probability = trees.fit(X.astype(categories), y).predict_proba(X_test.astype(categories))[:, 1]
    print(f"HistGradientBoostingClassifier   {roc_auc_score(y_test, probability):.4f}")
    for name in options.models or MODELS:
        for kind in options.kinds:
            start = time.perf_counter()
            # all its numbers are numbers
            options_of = {"numeric_embedding": None if kind == "None" else kind, "categorical_features": []}
            models = [getattr(skrec, name)(**options_of, random_state=seed) for seed in options.seeds]
            auc = [roc_auc_score(y_test, model.fit(X, y).predict_proba(X_test)[:, 1]) for model in models]
            seconds = (time.perf_counter() - start) / len(auc)
            spread = max(auc) - min(auc)
            print(f"{name:20} {kind:11} {np.mean(auc):.4f} (range {spread:.4f})  {seconds:.1f} s", flush=True)


if __name__ == "__main__":
    main()
