"""Rows that nobody logged: negatives for data that have positives alone."""

from skrec.sampling._negatives import add_negatives

__all__ = ["add_negatives"]
