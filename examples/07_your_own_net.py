"""
A net of your own, with all that the others have
================================================

The attentional factorization machine (Xiao et al. 2017) is not in this package. Here it is in a file of its own: a
torch module of twenty-five lines, a class of ten that has its parameters and builds it, and a name each for clicks and
for ratings. With that come columns of any kind, vocabularies, validation, early stopping, `sample_weight`, Datasets
larger than memory, pickles, and all that scikit-learn does with an estimator.

    python examples/07_your_own_net.py

The data is read from `$SKREC_DATA`, else downloaded once, else, on a machine without network, generated.
"""

from itertools import combinations
from numbers import Integral

import numpy as np
import torch
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from torch import nn

from skrec.base import ColumnParameters, NetClassifier, NetEstimator, NetRegressor, parameter, positive
from skrec.datasets import fetch_movielens, make_ratings
from skrec.nets.layers import FieldEmbedding, Linear
from skrec.preprocessing import TableEncoder

# %%
# The net
# -------
# Tensors in, logits out. `FieldEmbedding` has the vectors of all columns: categories, the values of lists, numbers.
# Layers of `skrec.nets.layers` draw their initial values from the generator, so that `random_state` decides them.


class AFM(nn.Module):
    """Factorization machine whose pairs count by attention: b + sum w_i x_i + p . sum a_ij (v_i * v_j) x_i x_j."""

    def __init__(self, fields, n_outputs, embedding_dim, attention_dim, generator):
        super().__init__()
        self.embedding = FieldEmbedding(fields, embedding_dim, n_linear=n_outputs, generator=generator)
        self.attention = nn.Sequential(
            Linear(embedding_dim, attention_dim, generator=generator),
            nn.ReLU(),
            Linear(attention_dim, 1, bias=False, generator=generator),
        )
        self.project = Linear(embedding_dim, n_outputs, bias=False, generator=generator)
        self.bias = nn.Parameter(torch.zeros(n_outputs))
        pairs = torch.tensor(list(combinations(range(len(fields)), 2)), dtype=torch.int64).view(-1, 2)
        self.register_buffer("pairs", pairs.T.contiguous(), persistent=False)

    def forward(self, inputs):
        vectors, linear = self.embedding.split(self.embedding(inputs))  # (B, F, D) and (B, n_outputs)
        left, right = self.pairs
        products = vectors[:, left] * vectors[:, right]  # (B, F (F - 1) / 2, D)
        share = self.attention(products).softmax(1)  # (B, F (F - 1) / 2, 1)
        return self.bias + linear + self.project((share * products).sum(1))


# %%
# The estimators
# --------------
# A field is a parameter: its default, its type and its text for the docstring, and what `fit` accepts.
# `ColumnParameters` are `categorical_features`, `sequence_features` and `pooling`.


class _AFM(ColumnParameters, NetEstimator):
    embedding_dim: int = parameter(16, "int", "Width D of the vectors.", positive(Integral))
    attention_dim: int = parameter(8, "int", "Hidden units of the attention.", positive(Integral))
    lr: float = 5e-3  # another default of a parameter that all have

    def _build_net(self, fields, n_outputs, generator):
        return AFM(fields, n_outputs, self.embedding_dim, self.attention_dim, generator)


class AFMClassifier(_AFM, NetClassifier):
    """Attentional factorization machine for clicks.

    {parameters}

    {attributes}
    """


class AFMRegressor(_AFM, NetRegressor):
    """Attentional factorization machine for ratings."""


# %%
# As any other
# ------------


def load():
    """Return ratings with the columns of users and movies, where those are known."""
    try:
        movielens = fetch_movielens("100k")
    except OSError as error:
        print(f"{error}\nSo here are generated ratings instead: ids only, on a scale of their own.\n")
        made = make_ratings(943, 1682, 100_000, random_state=0)
        return made.X.assign(rating=np.clip(made.y, 1, 5))
    return movielens.ratings.merge(movielens.users, on="user_id").merge(movielens.movies, on="item_id")


def main():
    frame = load().sample(30_000, random_state=0)
    columns = {"categorical": ["user_id", "item_id", "gender"], "numeric": ["age"], "sequence": ["genres"]}
    columns = {role: [name for name in names if name in frame] for role, names in columns.items()}
    settings = {"max_epochs": 5, "early_stopping": False, "random_state": 0}

    clicks = make_pipeline(TableEncoder(**columns), AFMClassifier(**settings))
    grid = {"afmclassifier__attention_dim": [4, 16], "afmclassifier__embedding_l2": [1e-3, 1e-2]}
    search = GridSearchCV(clicks, grid, scoring="roc_auc", cv=3).fit(frame, frame["rating"] >= 4)
    print(f"liked: AUC {search.best_score_:.3f} with {search.best_params_}")

    ratings = make_pipeline(TableEncoder(**columns), AFMRegressor(**settings, embedding_l2=0.03))
    errors = -cross_val_score(ratings, frame, frame["rating"], scoring="neg_root_mean_squared_error", cv=3)
    print(f"stars: RMSE {errors.mean():.3f}", end="\n\n")

    best = search.best_estimator_[-1]
    print(best.summary().to_string(), end="\n\n")
    print(best.embedding("item_id").iloc[:3, -3:].round(3).to_string())


if __name__ == "__main__":
    main()
