"""A net of one's own as an estimator: bases, groups of parameters, and what columns and objectives are made of.

A model is a class with its own parameters as fields and one method, `_build_net`, which returns a torch module. The
groups of parameters beside the base say what else its constructor takes. All the rest is there: vocabularies, `fit`
and `partial_fit`, early stopping, validation rows, pickles, and what scikit-learn does with an estimator.

Examples
--------
>>> from numbers import Integral
>>> import pandas as pd
>>> import torch
>>> from skrec.base import ColumnParameters, NetClassifier, parameter, positive
>>> from skrec.nets.layers import FieldEmbedding, Linear
>>> class Net(torch.nn.Module):
...     def __init__(self, fields, n_outputs, width, generator):
...         super().__init__()
...         self.embedding = FieldEmbedding(fields, width, generator=generator)
...         self.out = Linear(width, n_outputs, bias=False, generator=generator)
...         self.bias = torch.nn.Parameter(torch.zeros(n_outputs))
...
...     def forward(self, inputs):
...         return self.bias + self.out(self.embedding(inputs).prod(1))  # (B, F, width) to (B, n_outputs)
>>> class ProductClassifier(ColumnParameters, NetClassifier):
...     width: int = parameter(8, "int", "Width of the vectors.", positive(Integral))
...
...     def _build_net(self, fields, n_outputs, generator):
...         return Net(fields, n_outputs, self.width, generator)
>>> df = pd.DataFrame({"user": ["ann", "bob"] * 200, "item": ["tea", "tea", "jam", "jam"] * 100})
>>> clicked = (df["user"] == "ann") == (df["item"] == "tea")
>>> ProductClassifier(lr=0.1, embedding_l2=0, random_state=0).fit(df, clicked).score(df, clicked)
1.0
"""

from skrec.estimators._base import (
    BilinearParameters,
    ClassifierParameters,
    ColumnParameters,
    CrossParameters,
    HistoryParameters,
    IdParameters,
    InitParameters,
    MemberParameters,
    MLPParameters,
    NegativeParameters,
    NetClassifier,
    NetEstimator,
    NetRegressor,
    NumericParameters,
    RankingParameters,
    SideParameters,
    TrainingParameters,
    UserColumnParameters,
    at_least_zero,
    mlp_spec,
    one_of,
    parameter,
    position,
    positive,
)
from skrec.estimators._base._objectives import ranking, ranking_loss, with_candidates, with_negatives
from skrec.estimators._columns import AllColumns, CrossedColumns, HistoryColumns, IdColumns, SideColumns

__all__ = [
    "AllColumns",
    "BilinearParameters",
    "ClassifierParameters",
    "ColumnParameters",
    "CrossParameters",
    "CrossedColumns",
    "HistoryColumns",
    "HistoryParameters",
    "IdColumns",
    "IdParameters",
    "InitParameters",
    "MLPParameters",
    "MemberParameters",
    "NegativeParameters",
    "NetClassifier",
    "NetEstimator",
    "NetRegressor",
    "NumericParameters",
    "RankingParameters",
    "SideColumns",
    "SideParameters",
    "TrainingParameters",
    "UserColumnParameters",
    "at_least_zero",
    "mlp_spec",
    "one_of",
    "parameter",
    "position",
    "positive",
    "ranking",
    "ranking_loss",
    "with_candidates",
    "with_negatives",
]
