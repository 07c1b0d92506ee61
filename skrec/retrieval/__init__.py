"""From vectors, or from any fitted estimator, to lists of items."""

from skrec.retrieval._exact import ExactIndex
from skrec.retrieval._recommender import Recommender

__all__ = ["ExactIndex", "Recommender"]
