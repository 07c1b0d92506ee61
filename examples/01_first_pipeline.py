"""
A raw frame in, a tuned click or rating model out
=================================================

MovieLens-100k holds 100,000 ratings of 1,682 movies by 943 people. This example joins who they are and what the
movies are, and asks two questions of the one frame: will this person *like* this movie (4 stars or more), and *how
many stars* will they give? Everything is scikit-learn: a pipeline, `cross_val_score`, `GridSearchCV`.

    make demo

The data is read from `$SKREC_DATA`, else downloaded once, else, on a machine without network, generated.
"""

import time
from pathlib import Path

import numpy as np
from sklearn.metrics import mean_squared_error, roc_auc_score
from sklearn.model_selection import GridSearchCV, StratifiedKFold, cross_val_score
from sklearn.pipeline import make_pipeline

from skrec import DeepFMClassifier, LRClassifier, MFRegressor
from skrec.datasets import fetch_movielens, make_ratings
from skrec.inspection import HistoryDisplay
from skrec.preprocessing import TableEncoder

OUTPUT = Path("output")  # where this is run


def load():
    """Return the ratings with the users' and movies' columns, the split's row positions, and where they are from."""
    try:
        movielens = fetch_movielens("100k")
    except OSError as error:
        print(f"{error}\nSo here are generated ratings instead: ids only, on a scale of their own.\n")
        made = make_ratings(943, 1682, 100_000, random_state=0)
        frame = made.X.assign(rating=np.clip(made.y, 1, 5))
        test = np.random.default_rng(0).permutation(len(frame))[:9_430]
        return frame, np.setdiff1d(np.arange(len(frame)), test), test, "generated ratings"
    frame = movielens.ratings.merge(movielens.users, on="user_id").merge(movielens.movies, on="item_id")
    return frame, *movielens.splits["ua"], "MovieLens-100k"


# %%
# The frame
# ---------
# Ids and text are categories, age and year are numbers, the genres of a movie are a list. `TableEncoder` takes the
# columns that it is told of and drops the others: the rating and its time must not leak into the features.

start = time.perf_counter()
frame, train, test, source = load()
liked = (frame["rating"] >= 4).astype(int)
columns = {
    "categorical": ["user_id", "item_id", "gender", "occupation"],
    "numeric": ["age", "release_year"],
    "sequence": ["genres"],
}
columns = {role: [name for name in names if name in frame] for role, names in columns.items()}
print(f"{source}: {len(frame):,} ratings, {liked.mean():.0%} of them liked")
print(frame.head(3).T.to_string(header=False, max_colwidth=20, float_format="{:g}".format), end="\n\n")

# %%
# A pipeline, cross-validated
# ---------------------------
# The model is an estimator like any other: it goes into a pipeline and into `cross_val_score`. Vocabularies are
# learnt from the training rows of each fold; a movie that only the held-out rows have is unknown, not an error.

settings = {"max_epochs": 4, "lr": 0.01, "lr_schedule": "onecycle", "early_stopping": False, "random_state": 0}
linear = make_pipeline(TableEncoder(**columns), LRClassifier(**settings))
deepfm = make_pipeline(TableEncoder(**columns), DeepFMClassifier(**settings))
X_train, X_test, y_train, y_test = frame.iloc[train], frame.iloc[test], liked.iloc[train], liked.iloc[test]
folds = StratifiedKFold(3, shuffle=True, random_state=0)

rows = []
for name, model in {"LRClassifier": linear, "DeepFMClassifier": deepfm}.items():
    began = time.perf_counter()
    scores = cross_val_score(model, X_train, y_train, scoring="roc_auc", cv=folds, n_jobs=2)
    seconds = time.perf_counter() - began
    result = f"{scores.mean():.4f} ± {scores.std():.4f}"
    rows.append((name, "AUC, 3-fold cross-validation", result, f"{seconds:.0f}"))

# %%
# A grid search
# -------------
# Any parameter of any step, two folds at a time.

began = time.perf_counter()
search = GridSearchCV(
    deepfm,
    {"deepfmclassifier__embedding_dim": [8, 16], "deepfmclassifier__embedding_l2": [1e-4, 1e-3]},
    scoring="roc_auc",
    cv=folds,
    n_jobs=2,
).fit(X_train, y_train)
best = ", ".join(f"{name.split('__')[1]}={value:g}" for name, value in search.best_params_.items())
seconds = time.perf_counter() - began
rows.append(("GridSearchCV", "AUC, 3-fold cross-validation", f"{search.best_score_:.4f}", f"{seconds:.0f}"))
auc = roc_auc_score(y_test, search.predict_proba(X_test)[:, 1])
rows.append(("the model it found", "AUC on the ua test set", f"{auc:.4f}", ""))

# %%
# Stars
# -----
# Matrix factorization needs the two id columns only. Its defaults are used as they are.

began = time.perf_counter()
ids = ["user_id", "item_id"]
stars = MFRegressor(random_state=0).fit(X_train[ids], X_train["rating"])
rated = np.clip(stars.predict(X_test[ids]), 1, 5)
mse = mean_squared_error(X_test["rating"], rated)
rows.append(("MFRegressor", "MSE in stars on the ua test set", f"{mse:.4f}", f"{time.perf_counter() - began:.0f}"))

line = "{:<18}  {:<31}  {:<15}  {:>7}".format
print(line("model", "measure", "value", "seconds"))
print("\n".join(line(*row) for row in rows))
print(f"\nGridSearchCV chose {best}.")

# %%
# How the training went
# ---------------------
# With validation rows the history has both curves, and the best epoch's weights are restored.

model = make_pipeline(TableEncoder(**columns), DeepFMClassifier(random_state=0)).fit(X_train, y_train)
display = HistoryDisplay.from_estimator(model)
OUTPUT.mkdir(exist_ok=True)
display.figure_.savefig(OUTPUT / "01_history.png", dpi=120, bbox_inches="tight")
print(f"The training history is drawn in {OUTPUT.name}/01_history.png; {time.perf_counter() - start:.0f} s in all.")
