"""What a model learns from a row: a label, a number, or, of implicit feedback, a positive beside negatives."""

from skrec.objectives._candidates import SampledCandidates
from skrec.objectives._chain import ChainedTargets
from skrec.objectives._classification import Classification
from skrec.objectives._grouped import GroupedLabels
from skrec.objectives._negatives import SampledNegatives
from skrec.objectives._next_item import NextItem
from skrec.objectives._objective import Encoding, Objective, Streams
from skrec.objectives._ranking import Ranking
from skrec.objectives._regression import Regression
from skrec.objectives._several import SeveralTargets

__all__ = [
    "ChainedTargets",
    "Classification",
    "Encoding",
    "GroupedLabels",
    "NextItem",
    "Objective",
    "Ranking",
    "Regression",
    "SampledCandidates",
    "SampledNegatives",
    "SeveralTargets",
    "Streams",
]
