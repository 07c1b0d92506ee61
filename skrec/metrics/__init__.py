"""How good lists are: how high they put what users took, how much of the catalogue they show, how alike they are.

`ranking_scorer` and `target_scorer` are what scikit-learn scores by, where there are groups and where targets are many.
"""

from skrec.metrics._evaluate import evaluate_ranking
from skrec.metrics._gauc import gauc_score
from skrec.metrics._lists import catalogue_coverage, intra_list_diversity, novelty
from skrec.metrics._ranking import hit_rate_at_k, map_at_k, mrr_at_k, ndcg_at_k, precision_at_k, recall_at_k
from skrec.metrics._scorer import ranking_scorer
from skrec.metrics._target_scorer import target_scorer

__all__ = [
    "catalogue_coverage",
    "evaluate_ranking",
    "gauc_score",
    "hit_rate_at_k",
    "intra_list_diversity",
    "map_at_k",
    "mrr_at_k",
    "ndcg_at_k",
    "novelty",
    "precision_at_k",
    "ranking_scorer",
    "recall_at_k",
    "target_scorer",
]
