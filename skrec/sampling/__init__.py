"""Rows that nobody logged: negatives for data that have positives alone, and probabilities where some were left out."""

from skrec.sampling._correction import undo_downsampling
from skrec.sampling._negatives import add_negatives

__all__ = ["add_negatives", "undo_downsampling"]
