"""
Users and items that come later
===============================

MovieLens-100k, a tenth of the users and a tenth of the movies held out with all of their ratings, and a tenth of the
other ratings for the known. How well are the stars of pairs predicted of which both are new, by columns of users and
movies and by what `unknown_rate` lets a model learn of the unknown?

    SKREC_DATA=... python examples/benchmarks/cold_start.py [MODEL ...] [--rates 0 .1] [--ids] [--beside] [--seeds 0 1]

With ``--ids`` users and movies alone are taken for unknown. With ``--beside`` there are two more fits: without ids, of
the columns of users and movies alone, and of the rows with a copy of them in which half of the ids are missing.

And a log cut in ten days, each with users and items of its own: a model that goes on day by day and takes what is new
(``new_values="grow"``), beside one that leaves it unknown, and beside one that is fitted afresh on all days. Each is
scored on the last tenth of every day's rows.

    python examples/benchmarks/cold_start.py --growing
"""

import argparse

import numpy as np
import pandas as pd
from ml100k_ratings import COLUMNS, IDS, load
from sklearn.metrics import roc_auc_score

import skrec
from skrec.datasets import make_ctr


def root_mean_square(error):
    """Return the root of the mean square."""
    return float(np.sqrt(np.mean(np.square(error))))


def parts_of(frame, seed):
    """Return which rows are to learn from, and {part: which rows are to predict}, by other ids for each seed."""
    rng = np.random.default_rng(seed)
    users, items = (rng.permutation(frame[column].unique()) for column in IDS)
    new_user = frame["user_id"].isin(users[: len(users) // 10]).to_numpy()
    new_item = frame["item_id"].isin(items[: len(items) // 10]).to_numpy()
    known_test = ~new_user & ~new_item & (rng.random(len(frame)) < 0.1)
    parts = {"known": known_test, "new user": new_user & ~new_item, "new item": new_item & ~new_user}
    return ~new_user & ~new_item & ~known_test, {**parts, "both new": new_user & new_item}


def with_blank_copy(X, stars, seed):
    """Return rows, and behind them the same with half of their ids missing."""
    rng = np.random.default_rng(seed)
    copy = X.assign(**{column: X[column].where(rng.random(len(X)) < 0.5) for column in IDS})
    return pd.concat([X, copy], ignore_index=True), np.concatenate([stars, stars])


def cold_start(name, cases, seeds):
    """Print the errors of each case (title, columns, options, copied), means over seeds."""
    frame, *_ = load()
    stars = frame["rating"].to_numpy(float)
    for title, columns, options, copied in cases:
        rows = []
        for seed in seeds:
            train, parts = parts_of(frame, seed)
            X, known = frame[columns], (frame[columns][train], stars[train])
            model = getattr(skrec, name)(random_state=seed, **options)
            model.fit(*(with_blank_copy(*known, seed) if copied else known))
            errors = {part: root_mean_square(model.predict(X[of]).clip(1, 5) - stars[of]) for part, of in parts.items()}
            mean = {"mean of both new": root_mean_square(stars[train].mean() - stars[parts["both new"]])}
            rows.append({**errors, **mean})
        means = pd.DataFrame(rows).mean()
        print(f"{name} {title:24}", ", ".join(f"{part} {error:.4f}" for part, error in means.items()), flush=True)


def cases_of(rates, ids, beside):
    """Return the cases that the command line asks for."""
    shares = [dict.fromkeys(IDS, rate) if ids else rate for rate in rates]
    titles = [f"unknown_rate={rate}{' of ids' if ids else ''}" for rate in rates]
    cases = [(title, COLUMNS, {"unknown_rate": share}, False) for title, share in zip(titles, shares, strict=True)]
    sides = [column for column in COLUMNS if column not in IDS]
    return cases + [("without ids", sides, {}, False), ("half blank in a copy", COLUMNS, {}, True)] * beside


def growing(name, seeds):
    """Print the AUC of a model that grows day by day, of one that does not, and of one that saw all days at once."""
    for seed in seeds:
        data = make_ctr(
            100_000, n_sequence=0, n_numeric=0, cardinality=[2000, 1000, 50, 20], n_categorical=4, random_state=seed
        )
        X, y = data.X.astype(str), data.y
        # a value comes when its number is due: each day has a tenth of the users and of the items that were not before
        first = np.maximum(*(X[column].astype(int).rank(pct=True).to_numpy() for column in ("C1", "C2")))
        first = np.maximum(first, np.random.default_rng(seed).random(len(X)))
        order = np.argsort(first, kind="stable")
        is_test = np.arange(len(X)) % 10 == 9
        days = np.array_split(order, 10)
        test = order[is_test[order]]
        options = {"random_state": seed, "early_stopping": False, "max_epochs": 5}
        scores = {}
        for new_values in ("grow", "unknown"):
            model = getattr(skrec, name)(**options, warm_start=True, new_values=new_values)
            for day in days:
                rows = day[~is_test[day]]
                model.fit(X.iloc[rows], y[rows])
            scores[new_values] = roc_auc_score(y[test], model.predict_proba(X.iloc[test])[:, 1])
        rows = order[~is_test[order]]
        model = getattr(skrec, name)(**options).fit(X.iloc[rows], y[rows])
        scores["all days afresh"] = roc_auc_score(y[test], model.predict_proba(X.iloc[test])[:, 1])
        print(name, seed, {key: round(value, 4) for key, value in scores.items()}, flush=True)


def main():
    """Print what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[1])
    parser.add_argument("models", nargs="*", metavar="MODEL")
    parser.add_argument("--rates", type=float, nargs="+", default=[0, 0.02, 0.05, 0.1, 0.2])
    parser.add_argument("--ids", action="store_true", help="take users and movies alone for unknown")
    parser.add_argument("--beside", action="store_true", help="without ids, and half of them blank in a copy, too")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--growing", action="store_true")
    options = parser.parse_args()
    for name in options.models or (["FMClassifier"] if options.growing else ["FMRegressor"]):
        if options.growing:
            growing(name, options.seeds)
        else:
            cold_start(name, cases_of(options.rates, options.ids, options.beside), options.seeds)


if __name__ == "__main__":
    main()
