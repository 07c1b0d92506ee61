"""How high a ranking puts what users took."""

from skrec.metrics._ranking import hit_rate_at_k, ndcg_at_k

__all__ = ["hit_rate_at_k", "ndcg_at_k"]
