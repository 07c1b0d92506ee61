"""Displays over fitted estimators; matplotlib is imported only when something is drawn."""

from skrec.inspection._attention import AttentionDisplay
from skrec.inspection._history import HistoryDisplay

__all__ = ["AttentionDisplay", "HistoryDisplay"]
