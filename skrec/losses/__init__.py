"""Losses of single rows and their weighted mean; losses that rank a positive above negatives, a class each.

A ranking loss that is exported here is a choice of the parameter `loss` of every estimator that ranks, a loss of groups
one of `group_loss` of every classifier of labels.
"""

from typing import Any

from skrec.losses._auxiliary import AuxiliaryLoss
from skrec.losses._binary import SampledBinaryCrossEntropy
from skrec.losses._bpr import BayesianPersonalizedRanking, bayesian_personalized_ranking
from skrec.losses._ccl import CosineContrastive, cosine_contrastive, cosine_contrastive_slopes
from skrec.losses._contrastive import ContrastiveRegularized
from skrec.losses._gbce import GeneralizedBinaryCrossEntropy
from skrec.losses._groups import GroupCriterion, GroupLoss, GroupSoftmax, ListNet
from skrec.losses._hinge import PairwiseHinge
from skrec.losses._labels import binary_cross_entropy, cross_entropy, squared_error
from skrec.losses._ranking import RankingCriterion, RankingLoss
from skrec.losses._softmax import SampledSoftmax, sampled_softmax, sampled_softmax_slopes
from skrec.losses._targets import TargetsLoss
from skrec.losses._weighted import WeightedLoss, weighted_mean

__all__ = [
    "AuxiliaryLoss",
    "BayesianPersonalizedRanking",
    "ContrastiveRegularized",
    "CosineContrastive",
    "GeneralizedBinaryCrossEntropy",
    "GroupCriterion",
    "GroupLoss",
    "GroupSoftmax",
    "ListNet",
    "PairwiseHinge",
    "RankingCriterion",
    "RankingLoss",
    "SampledBinaryCrossEntropy",
    "SampledSoftmax",
    "TargetsLoss",
    "WeightedLoss",
    "bayesian_personalized_ranking",
    "binary_cross_entropy",
    "cosine_contrastive",
    "cosine_contrastive_slopes",
    "cross_entropy",
    "group_losses",
    "ranking_losses",
    "sampled_softmax",
    "sampled_softmax_slopes",
    "squared_error",
    "weighted_mean",
]


def ranking_losses() -> Any:
    """Return {name: class} of the losses that rank."""
    return _named(RankingLoss)


def group_losses() -> Any:
    """Return {name: class} of the losses of groups."""
    return _named(GroupLoss)


def _named(base: Any) -> Any:
    exported: Any = [value for name, value in globals().items() if name in __all__ and isinstance(value, type)]
    return {cls.name: cls for cls in exported if issubclass(cls, base) and cls is not base}
