"""Ranking metrics where scikit-learn wants a scorer."""

from typing import Any

from sklearn import get_config
from sklearn.metrics import make_scorer


def ranking_scorer(metric: Any, *, k: int = 10) -> Any:
    """Return a scorer for `GridSearchCV`, `cross_validate` and `scoring=...` that gets its groups by metadata routing.

    Parameters
    ----------
    metric : callable
        `ndcg_at_k` or any other ``metric(y_true, y_score, *, groups, k)``.
    k : int, default=10
        Ranks that count.

    Returns
    -------
    scorer : callable
        ``scorer(estimator, X, y, groups=...)``; it ranks by `decision_function`, else by the probability of the
        second class, else by `predict`.

    Raises
    ------
    RuntimeError
        If metadata routing is off.

    Examples
    --------
    >>> import numpy as np, pandas as pd, sklearn
    >>> from sklearn.model_selection import GridSearchCV, GroupKFold
    >>> from skrec import FMClassifier
    >>> from skrec.metrics import ndcg_at_k, ranking_scorer
    >>> X = pd.DataFrame({"user": list("aabbccdd"), "item": list("uvuvuvuv")})
    >>> y = np.array([1, 0] * 4)
    >>> with sklearn.config_context(enable_metadata_routing=True):
    ...     scoring = ranking_scorer(ndcg_at_k)
    ...     search = GridSearchCV(FMClassifier(), {"embedding_dim": [4]}, scoring=scoring, cv=GroupKFold(2))
    ...     search.fit(X, y, groups=X["user"]).best_score_
    np.float64(1.0)
    """
    if not get_config()["enable_metadata_routing"]:
        raise RuntimeError(
            "ranking_scorer needs metadata routing, which brings the groups to the scorer, and it is off; "
            "switch it on with sklearn.set_config(enable_metadata_routing=True)"
        )
    scorer = make_scorer(metric, response_method=("decision_function", "predict_proba", "predict"), k=k)
    return scorer.set_score_request(groups=True)
