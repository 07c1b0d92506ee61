"""Where the negatives of a batch of positives come from: a class each, with `pairs` and `to`."""

from skrec.objectives.samplers._accidental_hits import AccidentalHits
from skrec.objectives.samplers._in_batch import InBatch
from skrec.objectives.samplers._per_batch import PerBatch
from skrec.objectives.samplers._per_row import PerRow

__all__ = ["AccidentalHits", "InBatch", "PerBatch", "PerRow"]
