"""What all metrics of rankings have in common."""

import inspect
from collections.abc import Callable
from typing import Any, Protocol

from skrec._validation import Whole, validate_params
from skrec.metrics._ranks import ranks_of

PARAMETERS = """\
Parameters
----------
y_true : array-like of shape (n_rows,) or (n_users, n_items), 0 or 1
    What is relevant; the matrix may be sparse.
y_score : array-like of shape (n_rows,) or (n_users, n_items), float
    The higher, the better the rank. Where something relevant ties with others, they are ranked before it, where
    trec_eval goes by the names of items: a model that gives all the same score gains nothing. -inf in a matrix ranks
    an item last.
groups : array-like of shape (n_rows,), optional
    The user of each row, or whatever makes one ranking; a list, an array, a column of pandas, polars or Arrow. Without
    it a row of the matrices is a ranking. Groups without anything relevant are left out, where
    trec_eval counts them as 0.
k : int, default=10
    Ranks that count.

Returns
-------
score : float in [0, 1]

Raises
------
ValueError
    If a score is not finite, `y_true` has other values than 0 and 1 or no 1, a group is missing, or shapes differ."""


class RankingMetric(Protocol):
    """What a metric of rankings is to a type checker."""

    of_groups: Callable[..., Any]

    def __call__(self, y_true: Any, y_score: Any, *, groups: Any = None, k: int = 10) -> float: ...


def ranking_metric(of_groups: Callable[..., Any]) -> RankingMetric:
    """Make of a function, from Ranks and k to a value a group, the metric that is their mean over the groups.

    The function stays at hand as ``metric.of_groups``; where its docstring has ``{parameters}`` the metric's has what
    all metrics share.
    """

    def metric(y_true, y_score, *, groups=None, k=10):
        return float(of_groups(ranks_of(y_true, y_score, groups), k).mean())

    for name in ("__name__", "__qualname__", "__module__"):
        setattr(metric, name, getattr(of_groups, name))
    metric.__doc__ = inspect.cleandoc(str(of_groups.__doc__)).replace("{parameters}", PARAMETERS)
    checked = validate_params({"k": [Whole(1)]}, prefer_skip_nested_validation=True)
    public: Any = checked(metric)
    public.of_groups = of_groups
    return public
