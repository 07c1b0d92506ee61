"""Ranking metrics inside scikit-learn's model selection."""

import numpy as np
import pytest
import sklearn
from sklearn.model_selection import GroupKFold, cross_validate

from skrec import FMClassifier, FMRegressor
from skrec.metrics import hit_rate_at_k, ndcg_at_k, ranking_scorer
from tests.samples import mixed, scores, small


@pytest.mark.parametrize(("cls", "method"), [(FMClassifier, "decision_function"), (FMRegressor, "predict")])
def test_a_scorer_ranks_within_the_groups_that_are_routed_to_it(cls, method):
    frame = mixed(200)
    y, groups = (scores(frame) > 0).astype(int), np.random.default_rng(1).integers(0, 20, 200)
    with sklearn.config_context(enable_metadata_routing=True):
        scoring = {"ndcg": ranking_scorer(ndcg_at_k, k=3), "hit": ranking_scorer(hit_rate_at_k, k=1)}
        result = cross_validate(
            small(cls), frame, y, scoring=scoring, cv=GroupKFold(3), params={"groups": groups}, return_indices=True,
            return_estimator=True,
        )  # fmt: skip
    for i, test in enumerate(result["indices"]["test"]):
        y_score = getattr(result["estimator"][i], method)(frame.iloc[test])
        assert result["test_ndcg"][i] == ndcg_at_k(y[test], y_score, groups=groups[test], k=3)
        assert result["test_hit"][i] == hit_rate_at_k(y[test], y_score, groups=groups[test], k=1)


def test_it_needs_metadata_routing():
    with pytest.raises(RuntimeError, match=r"switch it on with sklearn.set_config\(enable_metadata_routing=True\)"):
        ranking_scorer(ndcg_at_k)
