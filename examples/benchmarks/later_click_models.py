"""
Later click models beside DCN-V2 and DeepFM
===========================================

Whether a model earns its place: the likes of MovieLens-1M cut by time, and two made sets whose best AUC is known, one
of ids, one of columns of every kind. Every model has the same settings to choose from, and takes those with the best
AUC on the validation rows, seed 0; the test rows are looked at with them, all seeds. README.md beside this file has the
results. Each run appends its fits to a csv, and fits nothing that is in it.

    SKREC_DATA=... python examples/benchmarks/later_click_models.py [MODEL ...] [--sets ml1m ids mixed] [--seeds 0 1 2]
"""

import argparse
import time
from pathlib import Path

import ml1m_binary
import pandas as pd
from sklearn.metrics import roc_auc_score

import skrec
from skrec.datasets import make_ctr

MODELS = ["DeepFM", "DCNv2", "FwFM", "FINAL"]  # PNN, GDCN and MaskNet were here too
DEEP = {"batch_norm": True, "dropout": 0.2, "weight_decay": 0.1}
OF_ALL = {"scoring": "roc_auc", "n_iter_no_change": 2}
SETTINGS = {  # what a model does not have is left out
    "ml1m": [
        {"batch_size": 4096, "lr": 0.002, "embedding_l2": 0.003, "max_epochs": 6, **DEEP},
        {"batch_size": 4096, "lr": 0.006, "embedding_l2": 0.01, "max_epochs": 12},
    ],
    "made": [{"lr": lr, "embedding_l2": l2, "max_epochs": 20} for lr in (0.002, 0.005) for l2 in (0.001, 0.01)],
}
MADE = {
    "ids": {"n_categorical": 8, "cardinality": [5000, 2000, 1000, 500, 200, 100, 50, 20], "n_numeric": 0},
    "mixed": {"n_categorical": 6, "cardinality": 300, "n_numeric": 6, "n_sequence": 2},
}
OUTPUT = Path(__file__).parents[1] / "output" / "later_click_models.csv"


def load(name):
    """Return features and labels of the training, the validation and the test rows, and columns that are lists."""
    if name == "ml1m":
        return list(ml1m_binary.load()), None
    data = make_ctr(100_000, random_state=0, **({"n_sequence": 0} | MADE[name]))
    parts = [slice(0, 60_000), slice(60_000, 70_000), slice(70_000, None)]
    print(f"{name}: best test AUC {roc_auc_score(data.y[parts[2]], data.probability[parts[2]]):.4f}", flush=True)
    return [(data.X[part], data.y[part]) for part in parts], data.sequence_features or None


def fit(name, settings, seed, data, lists):
    """Fit a model; return its scores, its epochs and its seconds."""
    (X, y), (X_valid, y_valid), (X_test, y_test) = data
    model = getattr(skrec, f"{name}Classifier")(random_state=seed, sequence_features=lists, **OF_ALL)
    model.set_params(**{key: value for key, value in settings.items() if key in model.get_params()})
    start = time.perf_counter()
    model.fit(X, y, X_val=X_valid, y_val=y_valid)
    seconds = time.perf_counter() - start
    scores = [roc_auc_score(y, model.predict_proba(X)[:, 1]) for X, y in ((X_valid, y_valid), (X_test, y_test))]
    return {"valid": scores[0], "test": scores[1], "epochs": model.n_iter_, "seconds": seconds}


def run(csv, key, settings, data, lists):
    """Return the row of a fit, which `csv` has or is given."""
    if csv.exists():
        done = pd.read_csv(csv)
        found = done[(done[list(key)] == pd.Series(key)).all(axis=1)]
        if len(found):
            return found.iloc[-1].to_dict()
    row = key | fit(key["model"], settings, key["seed"], data, lists)
    pd.DataFrame([row]).round(5).to_csv(csv, mode="a", header=not csv.exists(), index=False)
    return row


def main():
    """Choose settings by validation rows, fit all seeds with them, print the test scores."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[1])
    parser.add_argument("models", nargs="*", metavar="MODEL", help=f"of {MODELS}; all by default")
    parser.add_argument("--sets", nargs="+", default=["ml1m", *MADE])
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--csv", type=Path, default=OUTPUT)
    options = parser.parse_args()
    options.csv.parent.mkdir(exist_ok=True)
    for part in options.sets:
        data, lists = load(part)
        choices = SETTINGS["ml1m" if part == "ml1m" else "made"]
        for name in options.models or MODELS:
            key = {"set": part, "model": name}
            tried = [
                run(options.csv, key | {"setting": place, "seed": 0}, settings, data, lists)
                for place, settings in enumerate(choices)
            ]
            best = max(tried, key=lambda row: row["valid"])["setting"]
            keys = [key | {"setting": best, "seed": seed} for seed in options.seeds]
            runs = pd.DataFrame([run(options.csv, key, choices[best], data, lists) for key in keys])
            spread = runs["test"].max() - runs["test"].min()
            print(
                f"{part:6} {name:10} setting {best}: validation AUC {runs['valid'].mean():.4f}, test "
                f"{runs['test'].mean():.4f} (range {spread:.4f}), {runs['seconds'].mean():.0f} s a fit",
                flush=True,
            )


if __name__ == "__main__":
    main()
