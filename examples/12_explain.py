"""
What a model learnt: four pictures
==================================

A model says which movies a person of MovieLens-100k will like. Why does it say so? Which columns does it need, which of
them together, what does each do to the answer, and which movies does it take for alike? Every picture is a Display in
scikit-learn's form: `from_estimator`, `ax`, `figure_`. They take the pipeline and the raw frame, as they are.

    python examples/12_explain.py

The data is read from `$SKREC_DATA`, else downloaded once, else, on a machine without network, generated.
"""

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from sklearn.inspection import permutation_importance
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline

from skrec import DeepFMClassifier, FMClassifier
from skrec.datasets import fetch_movielens, make_ratings
from skrec.inspection import EffectDisplay, EmbeddingDisplay, InteractionDisplay
from skrec.preprocessing import TableEncoder

OUTPUT = Path("output")  # where this is run


def load():
    """Return ratings with the users' and movies' columns, of which in generated ones the ids alone matter."""
    try:
        movielens = fetch_movielens("100k")
    except OSError as error:
        print(f"{error}\nSo here are generated ratings instead, in which only the ids matter.\n")
        rng, made = np.random.default_rng(0), make_ratings(943, 1682, 100_000, random_state=0)
        user, item = (made.X[name].to_numpy() for name in ("user_id", "item_id"))
        of_user = {"gender": rng.choice(["F", "M"], 943)[user], "age": rng.uniform(18, 70, 943)[user]}
        of_item = {"genres": [[["Drama"], ["War", "Drama"], ["Comedy"]][one % 3] for one in item]}
        of_item["release_year"] = 1950.0 + item % 50
        names = {"occupation": np.array(["artist", "writer"])[user % 2], "title": [f"movie {one}" for one in item]}
        return made.X.assign(**of_user, **of_item, **names, rating=np.clip(made.y, 1, 5))
    return movielens.ratings.merge(movielens.users, on="user_id").merge(movielens.movies, on="item_id")


# %%
# Two models
# ----------
# Likes are 4 stars or more. Pictures are made of rows that the models did not learn from.

frame = load()
liked = (frame["rating"] >= 4).astype(int)
columns = {
    "categorical": ["user_id", "item_id", "gender", "occupation"],
    "numeric": ["age", "release_year"],
    "sequence": ["genres"],
}
seen = [name for names in columns.values() for name in names]
X_train, X_test, y_train, y_test = train_test_split(frame, liked, test_size=0.1, random_state=0)
models = {
    "FM": make_pipeline(TableEncoder(**columns), FMClassifier(max_epochs=6, random_state=0)),
    "DeepFM": make_pipeline(TableEncoder(**columns), DeepFMClassifier(max_epochs=6, random_state=0)),
}
for model in models.values():
    model.fit(X_train, y_train)
OUTPUT.mkdir(exist_ok=True)

# %%
# Which columns
# -------------
# scikit-learn's `permutation_importance`: how much less is the AUC when one column is shuffled?

asked, answers = X_test[seen][:3000], y_test[:3000]
found = permutation_importance(models["FM"], asked, answers, scoring="roc_auc", n_repeats=2, random_state=0)
print(pd.Series(found.importances_mean, seen).sort_values(ascending=False).round(4).to_string())

# %%
# Which of them together
# ----------------------
# An FM says itself what it makes of each pair of columns. Of any other model, permutation says it: how much of the
# answer, in log odds, needs both columns?

display = InteractionDisplay.from_estimator(models["FM"], X_test[seen])
display.figure_.savefig(OUTPUT / "12_pairs.png", dpi=120)

# %%

options = {"method": "permutation", "kind": "pairs", "max_rows": 200}
display = InteractionDisplay.from_estimator(models["DeepFM"], X_test[seen], **options)
print(display.pairs()[:5].round(2).to_string())

# %%
# What a column does
# ------------------
# The mean answer if every row had the same value: of numbers a curve, several models on the same axes; of text, ids and
# lists a bar a value. Dotted is the mean of the rows as they are, marks on the axis are the deciles of the data.

figure, ax = plt.subplots(figsize=(7, 4), layout="constrained")
for name, model in models.items():
    EffectDisplay.from_estimator(model, X_test[seen], "release_year", ax=ax, name=name)
figure.savefig(OUTPUT / "12_year.png", dpi=120)

# %%

display = EffectDisplay.from_estimator(models["FM"], X_test[seen], "genres", n_values=12)
display.figure_.savefig(OUTPUT / "12_genres.png", dpi=120)

# %%
# Which values are alike
# ----------------------
# Vectors of movies that many have rated, along the two directions in which they differ most. Neighbours are found in
# all dimensions, so that they may lie apart on the picture; near ones are liked by the same people.

titles = frame.drop_duplicates("item_id").set_index("item_id")["title"]
often = frame["item_id"].value_counts().index[:150]
figure, ax = plt.subplots(figsize=(9, 6.5), layout="constrained")
options = {"values": often, "neighbors_of": often[:2], "n_neighbors": 4, "labels": titles}
EmbeddingDisplay.from_estimator(models["FM"], "item_id", **options, ax=ax)
figure.savefig(OUTPUT / "12_movies.png", dpi=120)
print(f"The pictures are in {OUTPUT.name}.")
