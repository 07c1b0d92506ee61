"""From vectors, or from any fitted estimator, to lists of items."""

from skrec.retrieval._approximate import ApproximateIndex
from skrec.retrieval._exact import ExactIndex
from skrec.retrieval._mmr import MMR
from skrec.retrieval._one_side import embed_items, embed_users, represent_items, score_items
from skrec.retrieval._recommender import Recommender
from skrec.retrieval._sharded import ShardedIndex

__all__ = [
    "MMR",
    "ApproximateIndex",
    "ExactIndex",
    "Recommender",
    "ShardedIndex",
    "embed_items",
    "embed_users",
    "represent_items",
    "score_items",
]
