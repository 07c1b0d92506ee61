"""
Likes of MovieLens-1M, cut by time
==================================

Whether a user gives a movie 4 or 5 stars: learnt on the ratings until December 2000, tested on those from its end to
2003, with the month between them to stop early on. Every click model with the settings of ``ml1m_binary.json``, or
bare: its defaults, with vectors of 16.

The settings were chosen on the validation rows alone; README.md beside this file says how, and has the results. Each
run of this script appends its fits to a csv.

    SKREC_DATA=... python examples/benchmarks/ml1m_binary.py [MODEL ...] [--bare] [--seeds 0 1 2] [--csv FILE]

The folder ``ml-1m-binary`` of ``SKREC_DATA`` has train, valid, test (user_id, movie_id, liked), users and movies as
parquet. The training rows carry no time, so no model gets one.
"""

import argparse
import json
import os
import time
from pathlib import Path

import pandas as pd
import pyarrow as pa
from sklearn.metrics import log_loss, roc_auc_score

import skrec

SETTINGS = json.loads(Path(__file__).with_suffix(".json").read_text())
CATEGORIES = ["user_id", "movie_id", "gender", "age", "occupation", "zip_area", "year"]
BARE = {"embedding_dim": 16}
OUTPUT = Path(__file__).parents[1] / "output"


def load():
    """Return features and labels of the training, the validation and the test rows."""
    folder = Path(os.environ["SKREC_DATA"]) / "ml-1m-binary"
    users, movies = (pd.read_parquet(folder / f"{name}.parquet") for name in ("users", "movies"))
    users = users.assign(zip_area=users["zip_code"].str[:3])
    movies = movies.assign(
        year=movies["title"].str[-5:-1],
        genres=movies["genres"].str.split("|").astype(pd.ArrowDtype(pa.list_(pa.string()))),
    )
    for name in ("train", "valid", "test"):
        rows = pd.read_parquet(folder / f"{name}.parquet").merge(users, "left").merge(movies, "left")
        yield rows[[*CATEGORIES, "genres"]].astype(dict.fromkeys(CATEGORIES, "category")), rows["liked"]


def run(name, settings, seed, train, valid, test):
    """Fit a model; return its scores, its epochs and its seconds."""
    model = getattr(skrec, name)(random_state=seed)
    model.set_params(**{key: settings[key] for key in settings.keys() & model.get_params().keys()})
    start = time.perf_counter()
    model.fit(*train, X_val=valid[0], y_val=valid[1])
    seconds = time.perf_counter() - start
    liked_valid, liked = (model.predict_proba(X)[:, 1] for X, _ in (valid, test))
    return {
        "valid_auc": roc_auc_score(valid[1], liked_valid),
        "test_auc": roc_auc_score(test[1], liked),
        "test_log_loss": log_loss(test[1], liked),
        "epochs": model.n_iter_,
        "seconds": seconds,
    }


def main():
    """Fit the models with each seed, print the table and append the fits to the csv."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[1])
    parser.add_argument("models", nargs="*", metavar="MODEL", help=f"of {list(SETTINGS)}; all by default")
    parser.add_argument("--bare", action="store_true", help="the defaults, with vectors of 16")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--csv", type=Path, default=OUTPUT / "ml1m_binary.csv")
    options = parser.parse_args()
    options.csv.parent.mkdir(exist_ok=True)
    data = list(load())
    for name in options.models or SETTINGS:
        runs = []
        for seed in options.seeds:
            which = {"model": name, "settings": "bare" if options.bare else "chosen", "seed": seed}
            runs.append(which | run(name, BARE if options.bare else SETTINGS[name], seed, *data))
            row = pd.DataFrame(runs[-1:]).round(5)
            row.to_csv(options.csv, mode="a", header=not options.csv.exists(), index=False)
        mean, auc = pd.DataFrame(runs).mean(numeric_only=True), [run["test_auc"] for run in runs]
        print(
            f"{name:22} test AUC {mean.test_auc:.4f} (range {max(auc) - min(auc):.4f}), "
            f"log loss {mean.test_log_loss:.4f}, {len(runs)} seeds, {mean.seconds:.0f} s a fit",
            flush=True,
        )


if __name__ == "__main__":
    main()
