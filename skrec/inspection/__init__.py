"""Displays over fitted estimators, and what a net is made of; matplotlib is imported only when something is drawn."""

from skrec.inspection._attention import AttentionDisplay
from skrec.inspection._effect import EffectDisplay
from skrec.inspection._embedding import EmbeddingDisplay
from skrec.inspection._history import HistoryDisplay
from skrec.inspection._interaction import InteractionDisplay
from skrec.inspection._ranking import RankingDisplay
from skrec.inspection._summary import summary

__all__ = [
    "AttentionDisplay",
    "EffectDisplay",
    "EmbeddingDisplay",
    "HistoryDisplay",
    "InteractionDisplay",
    "RankingDisplay",
    "summary",
]
