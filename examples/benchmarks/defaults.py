"""
Bare defaults on many kinds of data
===================================

Every model as it is, on the sets of ``defaults_data.py``: fitted on the training rows alone, which it may split as it
likes, scored on validation and on test rows. Defaults are chosen by validation scores on half of the sets and confirmed
on the other half. Scores are AUC, of numbers the share of variance explained; the table has them scaled, 0 a constant
and 1 the best of all models in the files, and the spread over seeds.

    SKREC_DATA=... python examples/benchmarks/defaults.py [MODEL ...] [--sets choose] [--set embedding_l2=.01]
        [--peers lightgbm gradient-boosting rechub myfm] [--json FILE]
    python examples/benchmarks/defaults.py --table before.json after.json

Fits are appended to a file of json lines, each under its label. Peers are optional: ``pip install lightgbm torch-rechub
myfm``.
"""

import argparse
import json
import time
from ast import literal_eval
from pathlib import Path

import numpy as np
import pandas as pd
from defaults_data import CHOOSE, CONFIRM, load
from defaults_peers import PEERS
from sklearn.metrics import r2_score, roc_auc_score

import skrec

HALVES = {"choose": CHOOSE, "confirm": CONFIRM}
MODELS = ["FM", "DeepFM", "DCNv2"]
OUTPUT = Path(__file__).parents[1] / "output" / "defaults.json"


def score(parts, part, prediction):
    """Return the AUC or the share of variance explained."""
    y = getattr(parts, part)[1]
    return float(roc_auc_score(y, prediction) if parts.is_class else r2_score(y, prediction))


def predict(model, X, is_class):
    """Return probabilities or numbers."""
    return model.predict_proba(X)[:, 1] if is_class else model.predict(X)


def run(name, options, parts, seed):
    """Return the validation score, the test score, the epochs and the seconds of a fit of ours."""
    model = getattr(skrec, name + ("Classifier" if parts.is_class else "Regressor"))(random_state=seed)
    known = model.get_params()
    model.set_params(**{key: value for key, value in options.items() if key in known})
    if "categorical_features" in known:
        model.set_params(categorical_features=[])  # text alone is: numbers are numbers, without a warning
    start = time.perf_counter()
    model.fit(*parts.train)
    seconds = time.perf_counter() - start
    scores = [score(parts, part, predict(model, getattr(parts, part)[0], parts.is_class)) for part in ("valid", "test")]
    return {"valid": scores[0], "test": scores[1], "epochs": model.n_iter_, "seconds": seconds}


def measure(options):
    """Run what the command line asks for, and append each fit to the file."""
    options.json.parent.mkdir(exist_ok=True)
    given = dict(setting.split("=", 1) for setting in options.set)
    settings = {name: _value(text) for name, text in given.items()}
    names = options.only or [name for half in options.sets for name in HALVES[half]]
    for set_name in names:
        parts = load(set_name, options.rows)
        for name in [*options.models, *options.peers]:
            for seed in options.seeds:
                result = PEERS[name](parts, seed) if name in PEERS else run(name, settings, parts, seed)
                if result is None:  # not for this kind of data
                    break
                row = {"label": options.label, "model": name, "set": set_name, "seed": seed, **result}
                with options.json.open("a") as file:
                    file.write(json.dumps(row) + "\n")
                scores = f"{result['valid']:.4f} {result['test']:.4f}"
                print(f"{options.label} {name:8} {set_name:22} {seed} {scores} {result['seconds']:.1f} s", flush=True)


def _value(text):
    try:
        return literal_eval(text)
    except (ValueError, SyntaxError):
        return text


def table(paths, part):
    """Return the scaled scores, a row a label and model, with the mean over seeds of each set."""
    fits = pd.concat([pd.read_json(path, lines=True) for path in paths])
    by = ["label", "model", "set"]
    scores = fits.groupby(by)[part].mean().unstack()
    is_number = [name for name in scores if name.startswith(("stars", "diabetes", "made: amounts"))]
    constant = pd.Series({name: 0.0 if name in is_number else 0.5 for name in scores})
    best = scores.max()
    scaled = (scores - constant) / (best - constant)
    spread = fits.groupby(by)[part].agg(np.ptp).unstack() / (best - constant)
    means = {"chosen on": [*CHOOSE], "confirmed on": [*CONFIRM]}
    columns = {title: scaled[[name for name in names if name in scaled]].mean(axis=1) for title, names in means.items()}
    seconds = fits.groupby(["label", "model"])["seconds"].sum()
    beside = pd.DataFrame({"mean": scaled.mean(axis=1), **columns, "spread": spread.mean(axis=1), "seconds": seconds})
    return beside.sort_values("mean"), scores


def main():
    """Measure, or print the table of what has been measured."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[1])
    parser.add_argument("models", nargs="*", metavar="MODEL", help=f"of skrec, without Classifier; {MODELS} by default")
    parser.add_argument("--sets", nargs="+", choices=["choose", "confirm"], default=["choose", "confirm"])
    parser.add_argument("--only", nargs="+", metavar="SET", help="sets by name")
    parser.add_argument("--set", nargs="+", default=[], metavar="NAME=VALUE", help="parameters of our models")
    parser.add_argument("--peers", nargs="+", default=[])
    parser.add_argument("--rows", type=int, default=20_000, help="training rows, at most")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--label", default="now")
    parser.add_argument("--json", type=Path, default=OUTPUT)
    parser.add_argument("--table", type=Path, nargs="+", metavar="FILE")
    parser.add_argument("--part", choices=["valid", "test"], default="valid")
    options = parser.parse_args()
    if options.table:
        for frame in table(options.table, options.part):
            print(frame.round(4).to_string(), end="\n\n")
        return
    options.models = options.models or ([] if options.peers else MODELS)
    measure(options)


if __name__ == "__main__":
    main()
