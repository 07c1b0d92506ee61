"""Frames to typed frames: categories, numbers and lists, each column as what it is."""

from skrec.data import EncodedDataset
from skrec.preprocessing._category import CategoryEncoder
from skrec.preprocessing._hash import HashEncoder
from skrec.preprocessing._history import HistoryEncoder
from skrec.preprocessing._sequence import SequenceEncoder
from skrec.preprocessing._table import TableEncoder

__all__ = ["CategoryEncoder", "EncodedDataset", "HashEncoder", "HistoryEncoder", "SequenceEncoder", "TableEncoder"]
