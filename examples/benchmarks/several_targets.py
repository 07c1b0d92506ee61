"""
Several targets on MovieLens-1M, cut by time
============================================

Is a movie rated, and is it liked, 4 stars or more, if it is rated? To each rating come four movies that its user did
not rate. Models of both targets stand beside one model of each, with the same columns, vectors, layers and training.
MMoE has two experts of the layers of a single model, as many weights as both of those; PLE has one more. ESMM learns of
all rows whether a movie is rated, and rated and liked; beside it is the model that learns likes of rated rows alone,
where both are asked about all rows.

    SKREC_DATA=... python examples/benchmarks/several_targets.py [MODEL ...] [--part 8] [--seeds 0 1 2] [--csv FILE]

Every eighth user (--part 8), ratings until December 2000 to learn from, the month after to stop on, those from then to
2003 to test. Data and settings are those of ml1m_binary.py, where the settings were chosen for DeepFM; nothing was
chosen here. README.md beside this file has the results. Each run appends its fits to a csv.
"""

import argparse
import time
from pathlib import Path

import ml1m_binary
import numpy as np
import pandas as pd
from sklearn.metrics import roc_auc_score

import skrec
from skrec.metrics import target_scorer
from skrec.sampling import add_negatives

SETTINGS = ml1m_binary.SETTINGS["DNNClassifier"]
SINGLE = {"hidden_layer_sizes": (128, 64, 32)}
MODELS = {
    "rated alone": ("DNN", SINGLE),
    "liked alone": ("DNN", SINGLE),
    "SharedBottom": ("SharedBottom", {"hidden_layer_sizes": (128, 64)}),
    "MMoE": ("MMoE", {"hidden_layer_sizes": (128, 64), "n_experts": 2}),
    "PLE": ("PLE", {"hidden_layer_sizes": (128, 64), "n_levels": 1, "n_experts": 1, "n_target_experts": 1}),
    "ESMM": ("ESMM", SINGLE),
}
OUTPUT = Path(__file__).parents[1] / "output" / "several_targets.csv"


def load(part):
    """Yield the columns and both targets of the training, the validation and the test rows."""
    parts = [X.assign(liked=liked.to_numpy()) for X, liked in ml1m_binary.load()]
    movies = pd.concat(parts)[["movie_id", "year", "genres"]].drop_duplicates("movie_id")
    for place, rated in enumerate(parts):
        log = pd.concat(parts[: place + 1])  # of what came until then
        rated = rated[rated["user_id"].astype(int) % part == 0]
        rows = add_negatives(rated, 4, item="movie_id", label="rated", log=log, items=movies, random_state=place)
        y = pd.DataFrame({"rated": rows["rated"], "liked": rows["liked"].where(rows["rated"] == 1)})
        yield rows.drop(columns=["rated", "liked"]).astype(dict.fromkeys(ml1m_binary.CATEGORIES, "category")), y


def fit(name, seed, data):
    """Fit a model; return its scores on the test rows, its epochs and its seconds."""
    cls, own = MODELS[name]
    model = getattr(skrec, f"{cls}Classifier")(random_state=seed, **{**SETTINGS, **own})
    targets = ["rated", "liked"]
    if cls == "DNN":
        targets = [name.split()[0]]
        data = [(X[y[targets[0]].notna()], y[targets[0]].dropna()) for X, y in data[:2]] + data[2:]
    else:
        model.set_params(scoring=target_scorer("roc_auc"))
    (X, y), (X_valid, y_valid), (X_test, y_test) = data
    start = time.perf_counter()
    model.fit(X, y, X_val=X_valid, y_val=y_valid)
    seconds = time.perf_counter() - start
    found = model.predict_proba(X_test)
    found = {target: p[:, 1] for target, p in zip(targets, [found] if cls == "DNN" else found, strict=True)}
    rated = (y_test["rated"] == 1).to_numpy()
    row = {"rated": np.nan, "liked_if_rated": np.nan, "liked_of_all": np.nan}
    if "rated" in found:
        row["rated"] = roc_auc_score(rated, found["rated"])
    if "liked" in found:
        # ESMM has the probability of rated and liked, the others that of a like of what is rated
        given = found["liked"] / found["rated"] if cls == "ESMM" else found["liked"]
        both = given * found.get("rated", 1)  # all that a model of likes alone can say
        row["liked_if_rated"] = roc_auc_score(y_test["liked"][rated], given[rated])
        row["liked_of_all"] = roc_auc_score(y_test["liked"] == 1, both)
    return {**row, "epochs": model.n_iter_, "seconds": seconds}


def main():
    """Fit the models with each seed, print the table and append the fits to the csv."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[1])
    parser.add_argument("models", nargs="*", metavar="MODEL", help=f"of {list(MODELS)}; all by default")
    parser.add_argument("--part", type=int, default=8, help="one user in so many")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--csv", type=Path, default=OUTPUT)
    options = parser.parse_args()
    options.csv.parent.mkdir(exist_ok=True)
    data = list(load(options.part))
    print("rows:", *(f"{len(X):,}" for X, _ in data), flush=True)
    runs = []
    for seed in options.seeds:
        for name in options.models or MODELS:
            runs.append({"model": name, "seed": seed, **fit(name, seed, data)})
            row = pd.DataFrame(runs[-1:]).round(5)
            row.to_csv(options.csv, mode="a", header=not options.csv.exists(), index=False)
            print(row.to_string(index=False, header=len(runs) == 1), flush=True)
    columns = ["rated", "liked_if_rated", "liked_of_all", "seconds"]
    print(pd.DataFrame(runs).groupby("model", sort=False)[columns].agg(["mean", np.ptp]).round(4).to_string())


if __name__ == "__main__":
    main()
