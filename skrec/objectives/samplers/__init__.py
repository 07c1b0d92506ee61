"""Where the negatives of a batch of positives come from.

Which items are drawn is a `NegativeSampling`; one that is exported here is a choice of the parameter `negatives` of
every estimator that ranks. What holds a batch against them has `pairs` and `to`.
"""

from typing import Any

from skrec.objectives.samplers._accidental_hits import AccidentalHits
from skrec.objectives.samplers._all_items import AllItems
from skrec.objectives.samplers._in_batch import InBatch
from skrec.objectives.samplers._mixed import MixedSampling
from skrec.objectives.samplers._per_batch import PerBatch
from skrec.objectives.samplers._per_row import PerRow
from skrec.objectives.samplers._popularity import PopularitySampling
from skrec.objectives.samplers._sampling import Draws, NegativeSampling
from skrec.objectives.samplers._uniform import UniformSampling

__all__ = [
    "AccidentalHits",
    "AllItems",
    "Draws",
    "InBatch",
    "MixedSampling",
    "NegativeSampling",
    "PerBatch",
    "PerRow",
    "PopularitySampling",
    "UniformSampling",
    "negative_samplings",
]


def negative_samplings() -> Any:
    """Return {name: class} of the choices of which items are drawn."""
    exported = [value for name, value in globals().items() if name in __all__ and isinstance(value, type)]
    return {cls.name: cls for cls in exported if issubclass(cls, NegativeSampling) and cls is not NegativeSampling}
