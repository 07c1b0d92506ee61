"""Splits that train on what came before and test on what came after."""

from skrec.model_selection._last import LeaveLastOut
from skrec.model_selection._temporal import GroupedTemporalSplit, TemporalSplit

__all__ = ["GroupedTemporalSplit", "LeaveLastOut", "TemporalSplit"]
