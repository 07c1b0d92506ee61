"""
Stars of MovieLens-100k
=======================

The published split `ua` (90,570 ratings to learn from, 10 of each user to predict), predictions clipped to [1, 5], mean
squared error over three seeds. Settings were chosen on splits of the training rows; the test rows were used once.

    python examples/benchmarks/ml100k_ratings.py
"""

import time

import numpy as np
import pandas as pd

from skrec import FMRegressor, MFRegressor
from skrec.datasets import fetch_movielens

AGES = [0, 18, 24, 29, 34, 39, 44, 49, 55, 99]
YEARS = [0, 1940, 1950, 1960, 1970, 1980, 1985, 1990, 1993, 1994, 1995, 1996, 1997, 1999]
IDS = ["user_id", "item_id"]
COLUMNS = [*IDS, "age_band", "gender", "occupation", "year_band", "genres"]

MODELS = {
    "MFRegressor(), ids only": (MFRegressor(), IDS),
    "MFRegressor as the well-known notebook has it": (
        MFRegressor(
            y_range=(0.5, 5.5),
            embedding_dim=50,
            init="truncated_normal",
            init_scale=0.01,
            optimizer="adam",
            lr=5e-3,
            lr_schedule="onecycle",
            max_epochs=5,
            batch_size=64,
            embedding_l2=0.06,
        ),
        IDS,
    ),
    "FMRegressor, ids, user and movie columns": (
        FMRegressor(embedding_dim=64, lr=0.007, lr_schedule="linear", embedding_l2=0.1, early_stopping=False),
        COLUMNS,
    ),
}


def load():
    """Return the frame, and the positions of training and of test rows."""
    movielens = fetch_movielens("100k")
    users, movies = movielens.users, movielens.movies
    # bands, for a taste is no straight line in the age of a person or of a movie
    users = users.assign(age_band=pd.cut(users["age"], AGES).astype(str))
    movies = movies.assign(year_band=pd.cut(movies["release_year"], YEARS).astype(str))
    return movielens.ratings.merge(users, on="user_id").merge(movies, on="item_id"), *movielens.splits["ua"]


def main():
    """Fit every model with seeds 0, 1, 2 and print the table."""
    frame, train, test = load()
    stars = frame["rating"].to_numpy()
    for name, (model, columns) in MODELS.items():
        errors, start = [], time.perf_counter()
        for seed in range(3):
            model.set_params(random_state=seed).fit(frame[columns].iloc[train], stars[train])
            rated = np.clip(model.predict(frame[columns].iloc[test]), 1, 5)
            errors.append(np.mean((rated - stars[test]) ** 2))
        seconds = (time.perf_counter() - start) / 3
        seeds = ", ".join(f"{error:.4f}" for error in errors)
        print(f"{name:46} MSE {np.mean(errors):.4f} ± {np.std(errors, ddof=1):.4f} ({seeds}), {seconds:.0f} s a fit")


if __name__ == "__main__":
    main()
