"""Models without training in epochs, beside which a net has to show what it is worth.

They learn from positives alone, rows of a user and an item, and go through `skrec.retrieval.Recommender` and
`skrec.metrics.evaluate_ranking` as every other model does.
"""

from skrec.baselines._als import ALS
from skrec.baselines._ease import EASE
from skrec.baselines._item_knn import ItemKNN
from skrec.baselines._popularity import Popularity

__all__ = ["ALS", "EASE", "ItemKNN", "Popularity"]
