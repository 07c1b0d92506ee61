"""Which columns a model sees, and what they are to it."""

from skrec.estimators._columns._all import AllColumns
from skrec.estimators._columns._crossed import CrossedColumns
from skrec.estimators._columns._histories import HistoryColumns
from skrec.estimators._columns._ids import IdColumns
from skrec.estimators._columns._sequences import SequenceColumns
from skrec.estimators._columns._sides import SideColumns

__all__ = ["AllColumns", "CrossedColumns", "HistoryColumns", "IdColumns", "SequenceColumns", "SideColumns"]
